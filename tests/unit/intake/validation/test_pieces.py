"""A body is decoded piece by piece, and comes to what its records come to."""

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.inventory.records import ENTITIES, Entity
from libs.contracts.inventory.usual import usual_record
from libs.contracts.refusals import Refusal
from libs.intake.validation import bodies, columns, judging
from libs.intake.validation.batch import each_record, validate
from libs.intake.validation.bodies import JSON, NDJSON, decoded, split
from libs.intake.validation.columns import in_order
from tests.unit.intake.validation.record_strategies import members_of

RECIPIENTS = ENTITIES["recipients"]
GOOD = b'{"name_vi":"A","recipient_type":"internal"}'
CUTS = ["a},{", "a} , {", "},{", "a}", "a},", '"},{"', "\\},{"]


def small_pieces(patch: pytest.MonkeyPatch) -> None:
    """Let each record be a piece, as far as that can be seen."""
    patch.setattr(bodies, "PIECE_BYTES", 1)
    patch.setattr(bodies, "PIECE_LINES", 1)


def said(entity: Entity, kind: str, body: bytes) -> Any:
    """What a body comes to: a batch, or the code of the refusal."""
    try:
        batch = validate(entity, kind, body)
    except Refusal as refusal:
        return refusal.problem.code
    return list(batch.indexes), [members_of(entity, record) for record in batch.records], batch.rejects


@given(st.lists(st.sampled_from(CUTS), min_size=1, max_size=6), st.sampled_from([b",", b" ,\n "]))
@settings(deadline=None)
def test_a_text_that_ends_as_records_do_is_a_text(names: list[str], between: bytes) -> None:
    raws = [msgspec.json.encode({"name_vi": name, "recipient_type": "internal"}) for name in names]
    with pytest.MonkeyPatch.context() as patch:
        small_pieces(patch)
        batch = validate(RECIPIENTS, JSON, b'{"recipients":[%s]}' % between.join(raws))
    assert [record.name_vi for record in batch.records] == names


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"recipients":[%s,%s],"recipients":[%s,%s]}', "MEMBER_REPEATED"),
        (b'{"recipients":[%s,%s],"others":[%s,%s]}', "BODY_SHAPE"),
        (b'{"recipients":[%s,%s],[%s,%s]}', "MALFORMED_BODY"),
        (b'{"recipients":[%s,%s]%s,%s]}', "MALFORMED_BODY"),
        (b'{"recipients":%s,%s,%s,%s]}', "BODY_SHAPE"),
    ],
)
def test_what_is_no_list_is_none_in_pieces_either(monkeypatch: pytest.MonkeyPatch, body: bytes, code: str) -> None:
    whole = said(RECIPIENTS, JSON, body % ((GOOD,) * 4))
    small_pieces(monkeypatch)
    assert said(RECIPIENTS, JSON, body % ((GOOD,) * 4)) == whole == code


def test_a_piece_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    raws = [b'{"name_vi":"%d","recipient_type":"internal"}' % number for number in range(1_000)]
    monkeypatch.setattr(bodies, "PIECE_BYTES", 10 * len(raws[0]))
    monkeypatch.setattr(bodies, "PIECE_LINES", 10)
    for kind, body in ((JSON, b'{"recipients":[%s]}' % b",".join(raws)), (NDJSON, b"\n".join(raws))):
        pieces = list(decoded(RECIPIENTS, usual_record(RECIPIENTS), kind, body))
        assert max(map(len, pieces)) <= 11
        assert [record.name_vi for piece in pieces for record in piece] == [str(number) for number in range(1_000)]


@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_no_more_is_decoded_than_it_takes_to_see_that_it_is_too_much(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    small_pieces(monkeypatch)
    raws = [GOOD] * (RECIPIENTS.max_records + 50)
    body = b"\n".join(raws) if kind == NDJSON else b'{"recipients":[%s]}' % b",".join(raws)
    pieces = decoded(RECIPIENTS, usual_record(RECIPIENTS), kind, body)
    assert sum(map(len, pieces)) == RECIPIENTS.max_records + 1
    assert said(RECIPIENTS, kind, body) == "TOO_MANY_RECORDS"


def test_a_record_that_is_larger_than_any_good_one_is_read_by_itself() -> None:
    """No piece of a body is larger than that."""
    large = b'{"name_vi":"A","recipient_type":"internal"%s}' % (b" " * 3_000_000)
    body = b'{"recipients":[%s,%s,%s]}' % (GOOD, large, GOOD)
    with pytest.raises(msgspec.DecodeError):
        list(decoded(RECIPIENTS, usual_record(RECIPIENTS), JSON, body))
    slow = each_record(RECIPIENTS, split(RECIPIENTS, JSON, body))
    assert said(RECIPIENTS, JSON, body) == ([0, 1, 2], [members_of(RECIPIENTS, each) for each in slow.records], [])


@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_texts_that_are_not_in_order_are_looked_at_once_all_has_decoded(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """To look at them is dear, and was for nothing where the last record does not decode."""
    looked: list[int] = []

    def counting(entity: Entity, records: list[Any]) -> bool:
        looked.append(len(records))
        return in_order(entity, records)

    monkeypatch.setattr(judging, "in_order", counting)
    monkeypatch.setattr(columns, "in_order", counting)
    monkeypatch.setattr(bodies, "PIECE_BYTES", 400)
    monkeypatch.setattr(bodies, "PIECE_LINES", 10)
    untidy = b'{"name_vi":"A ","recipient_type":"internal"}'
    raws = [untidy] * 1_000 + [b'{"name_vi":1,"recipient_type":"internal"}']
    body = b"\n".join(raws) if kind == NDJSON else b'{"recipients":[%s]}' % b",".join(raws)
    assert list(validate(RECIPIENTS, kind, body).indexes) == list(range(1_000))
    assert sum(looked) < 3.5 * len(raws)
