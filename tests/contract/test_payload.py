"""How chunks travel: what goes in comes out, small, and what is broken is told apart from what is not."""

import random
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from libs.contracts.chunks import REJECTS_PAGE, REJECTS_PAGE_BYTES, ChunkRecords, Fault, IdMaker, Outcome, Reject
from libs.contracts.inventory.members import MAX_TEXT
from libs.contracts.inventory.records import ENTITIES, DataCategory, DataTransfer, ProcessingActivity, Recipient, Record
from libs.contracts.inventory.rows import decode_row, split_ids
from libs.intake.chunking import chunk_content
from libs.jobs.payload import (
    UNREADABLE,
    pack_outcome,
    pack_records,
    pack_rejects,
    rejects_after,
    unpack_outcome,
    unpack_records,
    unpack_rejects,
)
from tests.writing import packed

IDS = IdMaker(uuid.uuid4(), 1_700_000_000_000)
UNPACKERS = [unpack_records, unpack_rejects, unpack_outcome]
relaxed = settings(deadline=None, max_examples=40)

name_lists = st.just(UNSET) | st.lists(st.sampled_from(["a", "á", "scan-1"]), max_size=3)
ids, id_lists, texts = st.none() | st.uuids(), st.lists(st.uuids(), max_size=3), st.none() | st.text(max_size=20)
RECORDS: dict[str, st.SearchStrategy[Record]] = {
    "processing-activities": st.builds(
        ProcessingActivity, activity_id=ids, external_id=texts, activity_name_vi=st.text(), purpose_vi=texts,
        legal_basis=st.just("consent"), retention_period_months=st.none() | st.integers(0, 1200),
        requires_dpia=st.booleans(), data_category_ids=id_lists, recipient_ids=id_lists, transfer_ids=id_lists,
        data_category_external_ids=name_lists, recipient_external_ids=name_lists,
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


def unpacked(entity: str, records: Sequence[Record]) -> ChunkRecords:
    """Records as they come out of Redis; each third record of a request is one of them."""
    places = [3 * place for place in range(len(records))]
    held = [packed(ENTITIES[entity], record) for record in records]
    return unpack_records(pack_records(chunk_content(ENTITIES[entity], IDS, places, held)))


@pytest.mark.parametrize("entity", RECORDS)
@given(data=st.data())
@relaxed
def test_records_come_out_as_they_went_in(entity: str, data: st.DataObject) -> None:
    records = data.draw(st.lists(RECORDS[entity], max_size=3))
    kind = ENTITIES[entity]
    content = unpacked(entity, records)
    assert content.indexes == [3 * place for place in range(len(records))]
    assert content.own_ids == [getattr(record, kind.id_field) is not None for record in records]
    for place, record in enumerate(records):
        sent = {name: value for name in kind.columns if (value := getattr(record, name)) not in (None, UNSET)}
        made = {kind.id_field: uuid.UUID(IDS.text(3 * place))}
        assert decode_row(kind, content.columns, content.rows[place]) == made | sent
        for link in kind.links:
            ids = [target.bytes for target in getattr(record, link.field)]
            assert (split_ids(content.links[link.field].lists[place]) if link.field in content.links else []) == ids
            names = getattr(record, link.names) or []
            assert (content.names[link.names].of(place) if link.names in content.names else []) == names


@given(st.lists(RECORDS["processing-activities"], max_size=4))
@relaxed
def test_what_a_chunk_refers_to_is_named_once(records: list[Any]) -> None:
    content = unpacked("processing-activities", records)
    for link in ENTITIES["processing-activities"].links:
        wanted = {target.bytes for record in records for target in getattr(record, link.field)}
        found = split_ids(content.links[link.field].targets) if link.field in content.links else []
        assert (set(found), len(found)) == (wanted, len(wanted))
        named = {name for record in records for name in getattr(record, link.names) or ()}
        found_names = content.names[link.names].names if link.names in content.names else []
        assert (set(found_names), len(found_names)) == (named, len(named))


@given(st.lists(rejects, max_size=3))
@relaxed
def test_rejects_come_out_as_they_went_in(values: list[Reject]) -> None:
    assert unpack_rejects(pack_rejects(values)) == values


@given(st.integers(0, 600), st.integers(0, 3), st.integers(-1, 2_000))
@relaxed
def test_rejects_are_read_in_pages_from_any_of_them_on(count: int, megabytes: int, after: int) -> None:
    """A page is bounded in records and in bytes, and only the pages that are asked for are unpacked."""
    raw = b"x" * (megabytes * REJECTS_PAGE_BYTES // 50)
    values = [Reject(3 * place, "validate", [], raw) for place in range(count)]
    pages = list(rejects_after(pack_rejects(values), after))
    assert [reject for page in pages for reject in page] == [each for each in values if each.index > after]
    assert all(0 < len(page) <= REJECTS_PAGE for page in pages)
    assert all(sum(len(reject.raw) for reject in page) <= REJECTS_PAGE_BYTES for page in pages)


def test_records_that_an_earlier_version_packed_are_read() -> None:
    """It knew no external ids in lists."""
    content = chunk_content(ENTITIES["recipients"], IDS, [0], [Recipient(name_vi="A", recipient_type="processor")])
    earlier = msgspec.structs.astuple(content)[:-1]
    assert unpack_records(zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(earlier))) == content


def test_rejects_that_an_earlier_version_packed_are_read() -> None:
    """Writers are deployed before ingest."""
    values = [Reject(3 * place, "validate", [], b"{}") for place in range(5)]
    packed = zstandard.ZstdCompressor().compress(msgspec.msgpack.encode(values))
    assert unpack_rejects(packed) == values
    assert list(rejects_after(packed, 5)) == [values[2:]]


def test_a_reject_larger_than_a_page_is_a_page() -> None:
    large = b"x" * (2 * REJECTS_PAGE_BYTES)
    values = [Reject(place, "validate", [], raw) for place, raw in enumerate([b"1", large, large, b"2", b"3"])]
    assert [[each.index for each in page] for page in rejects_after(pack_rejects(values), -1)] == [
        [0],
        [1],
        [2],
        [3, 4],
    ]


@given(outcomes)
@relaxed
def test_an_outcome_comes_out_as_it_went_in(value: Outcome) -> None:
    assert unpack_outcome(pack_outcome(value)) == value


def test_every_entity_is_tried() -> None:
    assert RECORDS.keys() == ENTITIES.keys()


def test_no_rejects_take_no_room() -> None:
    assert pack_rejects([]) == b""
    assert unpack_rejects(b"") == []


def test_lists_that_were_not_sent_take_no_room() -> None:
    activity = ProcessingActivity(activity_name_vi="Tính lương", legal_basis="contract")
    assert unpacked("processing-activities", [activity]).links == {}


def test_a_text_may_be_as_long_as_a_record_allows() -> None:
    """In characters of four bytes."""
    long = ProcessingActivity(activity_name_vi="Tính lương", legal_basis="contract", purpose_vi="\U0001f1fb" * MAX_TEXT)
    content = unpacked("processing-activities", [long])
    assert (
        decode_row(ENTITIES["processing-activities"], content.columns, content.rows[0])["purpose_vi"] == long.purpose_vi
    )


def test_a_chunk_of_a_thousand_records_is_small() -> None:
    draw = random.Random(7)
    records = [
        Recipient(name_vi=f"Công ty {draw.randrange(10**6)}", recipient_type="processor", external_id=f"scan-{place}")
        for place in range(1_000)
    ]
    as_json = len(msgspec.json.encode(records))

    assert len(pack_records(chunk_content(ENTITIES["recipients"], IDS, range(1_000), records))) < as_json / 5


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
        unpack_records(pack_records(chunk_content(ENTITIES["recipients"], IDS, [0], records))[:length])
