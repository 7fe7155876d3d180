"""Rows of which some are known to be faulty: the others are validated as a batch of their own, in their places."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.contracts.chunks import Fault
from libs.contracts.inventory.records import ENTITIES, Entity
from libs.intake.validation.batch import each_record
from libs.intake.validation.rows import Rows, validate_rows
from tests.unit.intake.validation.record_strategies import clean_bytes, entities, members_of, record_bytes

RECIPIENTS = ENTITIES["recipients"]
GOOD = b'{"name_vi":"A","recipient_type":"internal"}'
FAULTS = [Fault("ENCODING")]


def rows(*raws: bytes | None) -> Rows:
    """Rows; None stands for one that is faulty."""
    faulty = {index: FAULTS for index, raw in enumerate(raws) if raw is None}
    return Rows([raw or b"" for raw in raws], faulty)


@given(st.data())
@settings(deadline=None, max_examples=150)
def test_the_others_are_validated_alone_and_keep_their_places(data: st.DataObject) -> None:
    entity: Entity = data.draw(entities)
    record = data.draw(st.sampled_from([record_bytes(entity), clean_bytes(entity)]))
    given_rows: list[Any] = data.draw(st.lists(st.none() | record, max_size=6))
    made = validate_rows(entity, rows(*given_rows))
    good = [index for index, raw in enumerate(given_rows) if raw is not None]
    alone = each_record(entity, [given_rows[index] for index in good])
    assert made.total == len(given_rows)
    assert list(made.indexes) == [good[place] for place in alone.indexes]
    assert [members_of(entity, each) for each in made.records] == [members_of(entity, each) for each in alone.records]
    assert [reject for reject in made.rejects if reject.index in good] == [
        replace(reject, index=good[reject.index]) for reject in alone.rejects
    ]
    bad = [reject for reject in made.rejects if reject.index not in good]
    assert [(each.index, each.stage, each.faults, each.raw) for each in bad] == [
        (index, "validate", FAULTS, b"") for index, raw in enumerate(given_rows) if raw is None
    ]
    indexes = [reject.index for reject in made.rejects]
    assert indexes == sorted(set(indexes) - set(made.indexes))


def test_rows_without_a_good_one_are_no_refusal() -> None:
    made = validate_rows(RECIPIENTS, rows(None, b"{", None))
    assert (made.total, made.records, [each.index for each in made.rejects]) == (3, [], [0, 1, 2])


@pytest.mark.parametrize(
    "others",
    [
        rows(GOOD),
        rows(GOOD, None, None),
        rows(None, GOOD),
        rows(GOOD, GOOD),
        Rows([GOOD, b""], {1: [Fault("REQUIRED")]}),
    ],
)
def test_content_tells_rows_apart(others: Rows) -> None:
    content = list(rows(GOOD, None).content())
    assert content == list(rows(GOOD, None).content()) != list(others.content())
    assert json.loads(content[0])
