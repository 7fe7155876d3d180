"""How chunks travel: what goes in comes out, small, and what is broken is told apart from what is not."""

import random
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Struct

from libs.contracts.chunks import Fault, Outcome, Reject
from libs.contracts.records import (
    ENTITIES,
    STORED_TYPES,
    DataCategory,
    DataTransfer,
    ProcessingActivity,
    Recipient,
    Record,
)
from libs.jobs.payload import (
    UNREADABLE,
    pack_outcome,
    pack_records,
    pack_rejects,
    unpack_outcome,
    unpack_records,
    unpack_rejects,
)

UNPACKERS = [unpack_records, unpack_rejects, unpack_outcome]
relaxed = settings(deadline=None, max_examples=40)

ids, id_lists, texts = st.none() | st.uuids(), st.lists(st.uuids(), max_size=3), st.none() | st.text(max_size=20)
RECORDS: dict[str, st.SearchStrategy[Record]] = {
    "processing-activities": st.builds(
        ProcessingActivity, activity_id=ids, external_id=texts, activity_name_vi=st.text(), purpose_vi=texts,
        legal_basis=st.just("consent"), retention_period_months=st.none() | st.integers(0, 1200),
        requires_dpia=st.booleans(), data_category_ids=id_lists, recipient_ids=id_lists, transfer_ids=id_lists,
    ),
    "data-categories": st.builds(DataCategory, data_category_id=ids, name_vi=st.text(), category_type=st.just("basic")),
    "recipients": st.builds(Recipient, recipient_id=ids, name_vi=st.text(), recipient_type=st.just("processor")),
    "data-transfers": st.builds(
        DataTransfer, transfer_id=ids, name_vi=st.text(), destination_country=st.just("SG"),
        data_subject_count=st.none() | st.integers(0, 2**31), started_on=st.none() | st.dates(),
    ),
}  # fmt: skip
indexes = st.integers(0, 2**24 - 1)
faults = st.builds(Fault, st.sampled_from(["REQUIRED", "REFERENCE_MISSING"]), st.text(max_size=9), st.just({"n": 5}))
rejects = st.builds(
    Reject, indexes, st.sampled_from(["validate", "reference", "write"]), st.lists(faults, min_size=1, max_size=2),
    st.binary(max_size=30), st.none() | st.uuids().map(str), st.none() | st.text(max_size=5), st.booleans(),
)  # fmt: skip
outcomes = st.builds(
    Outcome, st.integers(0, 2**48), st.lists(rejects, max_size=2),
    st.dictionaries(indexes, st.binary(min_size=16, max_size=16), max_size=3), st.booleans(),
)  # fmt: skip


def stored(value: Any) -> Any:
    """A field's value as the writer wants it: a UUID as its bytes."""
    if isinstance(value, list):
        return [item.bytes for item in value]
    return value.bytes if isinstance(value, uuid.UUID) else value


def by_field(record: Struct) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


@pytest.mark.parametrize("entity", RECORDS)
@given(data=st.data())
@relaxed
def test_records_come_out_as_the_writer_stores_them(entity: str, data: st.DataObject) -> None:
    records = data.draw(st.lists(RECORDS[entity], max_size=3))
    places = [3 * place for place in range(len(records))]

    content = unpack_records(pack_records(places, records))

    found = msgspec.msgpack.decode(content.records, type=list[STORED_TYPES[entity]])  # type: ignore[misc]
    assert content.indexes == places
    assert [by_field(one) for one in found] == [
        {name: stored(value) for name, value in by_field(one).items()} for one in records
    ]


@given(st.lists(rejects, max_size=3))
@relaxed
def test_rejects_come_out_as_they_went_in(values: list[Reject]) -> None:
    assert unpack_rejects(pack_rejects(values)) == values


@given(outcomes)
@relaxed
def test_an_outcome_comes_out_as_it_went_in(value: Outcome) -> None:
    assert unpack_outcome(pack_outcome(value)) == value


def test_every_entity_is_tried() -> None:
    assert RECORDS.keys() == ENTITIES.keys()


def test_no_rejects_take_no_room() -> None:
    assert pack_rejects([]) == b""
    assert unpack_rejects(b"") == []


def test_members_that_were_not_sent_take_no_room() -> None:
    activity = ProcessingActivity(activity_name_vi="Tính lương", legal_basis="contract")

    bare = zstandard.ZstdDecompressor().decompress(pack_records([0], [activity]))

    assert b"purpose_vi" not in bare
    assert b"recipient_ids" not in bare


def test_a_chunk_of_a_thousand_records_is_small() -> None:
    draw = random.Random(7)
    records = [
        Recipient(name_vi=f"Công ty {draw.randrange(10**6)}", recipient_type="processor", external_id=f"scan-{place}")
        for place in range(1_000)
    ]
    as_json = len(msgspec.json.encode(records))

    assert len(pack_records(list(range(1_000)), records)) < as_json / 5


@pytest.mark.parametrize("unpack", UNPACKERS)
@given(data=st.binary(min_size=1, max_size=40))
@relaxed
def test_bytes_that_nobody_packed_are_told_apart(unpack: Callable[[bytes], Any], data: bytes) -> None:
    with pytest.raises(UNREADABLE):
        unpack(data)


def flipped(data: bytes) -> Iterator[bytes]:
    """The bytes with one bit flipped, for every bit."""
    for place in range(8 * len(data)):
        broken = bytearray(data)
        broken[place // 8] ^= 1 << place % 8
        yield bytes(broken)


@pytest.mark.parametrize("unpack", UNPACKERS)
def test_a_flipped_bit_fails_in_a_way_that_is_known(unpack: Callable[[bytes], Any]) -> None:
    """Or it is not seen at all, as long as there is no checksum."""
    reject = Reject(256, "reference", [Fault("REQUIRED", "/name_vi", {"n": 5})], b'{"a": 1}', None, "scan-1")
    packed = pack_outcome(Outcome(2**32, [reject], {5: b"x" * 16}))
    inside = zstandard.ZstdDecompressor().decompress(packed)

    for broken in (*flipped(packed), *map(zstandard.ZstdCompressor().compress, flipped(inside))):
        with suppress(*UNREADABLE):
            unpack(broken)


@pytest.mark.parametrize("length", [0, 1, 10, -1])
def test_a_payload_that_was_cut_off_is_told_apart(length: int) -> None:
    records = [Recipient(name_vi="Ngân hàng", recipient_type="processor")]

    with pytest.raises(UNREADABLE):
        unpack_records(pack_records([0], records)[:length])
