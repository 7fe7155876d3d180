"""Lists of ids: each is read once, wherever it comes again, and what is none costs its record alone."""

import json
import uuid
from typing import Any

import pytest
from msgspec import UNSET

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.inventory.rows import split_ids
from libs.intake.validation import batch as validation
from libs.intake.validation import id_lists
from libs.intake.validation.batch import validate
from libs.intake.validation.bodies import NDJSON
from libs.intake.validation.id_lists import WRONG, ListReader, plain_members
from libs.intake.validation.judging import Batch

ACTIVITIES = ENTITIES["processing-activities"]
IDS = [str(uuid.UUID(int=number, version=4)) for number in range(1, 4)]
ACTIVITY = {"activity_name_vi": "A", "legal_basis": "consent"}


def validated(*members: dict[str, Any]) -> Batch:
    """Activities with these members."""
    return validate(ACTIVITIES, NDJSON, b"\n".join(json.dumps({**ACTIVITY, **each}).encode() for each in members))


def ids(value: bytes) -> list[str]:
    """A packed list as it came."""
    return [str(uuid.UUID(bytes=each)) for each in split_ids(value)]


def test_the_same_list_is_held_once() -> None:
    batch = validated(*[{"recipient_ids": IDS, "data_category_ids": IDS}] * 3)
    first, *others = [(record.recipient_ids, record.data_category_ids) for record in batch.records]
    assert list(map(ids, first)) == [IDS, IDS]
    assert all(each is first[0] for pair in (first, *others) for each in pair)


def test_ids_may_be_spelled_as_uuids_are() -> None:
    batch = validated({"recipient_ids": [IDS[0].upper(), uuid.UUID(IDS[1]).hex]})
    assert ids(batch.records[0].recipient_ids) == IDS[:2]


@pytest.mark.parametrize("wrong", [["x"], [IDS[0], None], IDS[0], {}, 1, True, "", [[]], [IDS[0]] * 1_001])
def test_what_is_no_list_of_ids_costs_its_record_alone(monkeypatch: pytest.MonkeyPatch, wrong: Any) -> None:
    monkeypatch.setattr(validation, "each_record", None)  # which reads a whole batch record by record
    nothing: list[dict[str, Any]] = [{}, {"recipient_ids": None}, {"recipient_ids": []}]
    batch = validated({"recipient_ids": IDS}, {"recipient_ids": wrong}, *nothing, {"recipient_ids": IDS[:1]})
    assert list(batch.indexes) == [0, 2, 3, 4, 5]
    held = [record.recipient_ids for record in batch.records]
    assert (ids(held[0]), held[1:4], ids(held[4])) == (IDS, [UNSET, None, b""], IDS[:1])
    (reject,) = batch.rejects
    assert {fault.pointer.rpartition("recipient_ids")[0] for fault in reject.faults} == {"/"}


def test_a_list_of_many_spaces_is_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_lists, "LONGEST", 50)
    body = b'{"activity_name_vi":"A","legal_basis":"consent","recipient_ids":["%s"%s]}'
    batch = validate(ACTIVITIES, NDJSON, body % (IDS[0].encode(), b" " * 100))
    assert ids(batch.records[0].recipient_ids) == IDS[:1]


def test_little_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_lists, "KEPT_BYTES", 5 * id_lists.ENTRY_BYTES)
    reader = ListReader()
    for number in range(1_000):
        text, wrong = json.dumps([str(uuid.UUID(int=number, version=4))]).encode(), b"%d" % number
        first, *others = reader.packed([text, wrong, b"null", text])
        assert (split_ids(first), others) == ([uuid.UUID(int=number, version=4).bytes], [WRONG, None, first])
        assert len(reader._known) <= 5
        assert wrong not in reader._known


def test_what_is_remembered_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = ListReader()
    text = json.dumps(IDS).encode()
    (before,) = reader.packed([text])
    monkeypatch.setattr(id_lists, "packed_lists", lambda lists: [None] * len(lists))
    assert reader.packed([text, b"[]"]) == [before, None]


def test_members_of_a_packed_record_are_those_that_came() -> None:
    came = [
        {"recipient_ids": IDS, "transfer_ids": [], "requires_dpia": True, "activity_id": IDS[0]},
        {"data_category_ids": None, "started_on": "2026-01-31", "recipient_external_ids": ["a"]},
    ]
    assert [plain_members(ACTIVITIES, record) for record in validated(*came).records] == [
        {**ACTIVITY, **each} for each in came
    ]
