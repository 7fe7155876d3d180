"""Cutting a batch into chunks: all of it, once, and always in the same places."""

import uuid
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.contracts.chunks import Fault, IdMaker, Reject
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.inventory.rows import decode_row
from libs.intake import chunking
from libs.intake.chunking import chunk_size, pack, spans
from libs.intake.validation.judging import Batch
from libs.jobs.payload import unpack_records, unpack_rejects
from tests.writing import packed

relaxed = settings(deadline=None, max_examples=60)
RECIPIENTS = ENTITIES["recipients"]
IDS = IdMaker(uuid.uuid4(), 1_700_000_000_000)


def batch(verdicts: list[bool]) -> Batch:
    """A batch whose records are good where the list says so; each record is named by its place."""
    good = [index for index, verdict in enumerate(verdicts) if verdict]
    records = [RECIPIENTS.record(name_vi=str(index), recipient_type="internal") for index in good]
    faults = [Fault("REQUIRED", "/name_vi")]
    rejects = [
        Reject(index, "validate", faults, b"%d" % index) for index, verdict in enumerate(verdicts) if not verdict
    ]
    return Batch(RECIPIENTS, len(verdicts), good, records, rejects)


@given(st.integers(1, 10_000), st.integers(1, 10_000), st.booleans())
@relaxed
def test_spans_cover_every_record_once(total: int, size: int, whole: bool) -> None:
    cut = spans(total, chunk_records=size, whole=whole)
    assert cut[0].first == 0
    assert cut[-1].end == total
    assert all(before.end == after.first for before, after in pairwise(cut))
    assert all(span.first < span.end for span in cut)
    if whole:
        assert len(cut) == 1
    else:
        assert {span.end - span.first for span in cut[:-1]} <= {size}
        assert cut[-1].end - cut[-1].first <= size


@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 12), st.booleans())
@relaxed
def test_the_chunks_together_are_the_batch(verdicts: list[bool], size: int, whole: bool) -> None:
    made = batch(verdicts)
    cut = spans(made.total, chunk_records=size, whole=whole)
    blobs = pack(made, cut, IDS, accept=True)
    records, rejects = [], []
    for span, blob in zip(cut, blobs, strict=True):
        packed, refused = unpack_records(blob.payload), unpack_rejects(blob.rejects)
        names = [decode_row(RECIPIENTS, packed.columns, row)["name_vi"] for row in packed.rows]
        assert names == [str(index) for index in packed.indexes]
        assert all(span.first <= index < span.end for index in [*packed.indexes, *(each.index for each in refused)])
        assert blob.records == span.end - span.first == len(names) + blob.rejected
        assert blob.rejected == len(refused)
        records += packed.indexes
        rejects += refused
    assert records == list(made.indexes)
    assert rejects == made.rejects


@given(st.lists(st.booleans(), min_size=1, max_size=12), st.integers(1, 5))
@relaxed
def test_a_refused_batch_keeps_its_rejects_alone(verdicts: list[bool], size: int) -> None:
    made = batch(verdicts)
    blobs = pack(made, spans(made.total, chunk_records=size, whole=False), IDS, accept=False)
    assert [index for blob in blobs for index in unpack_records(blob.payload).indexes] == []
    assert [reject for blob in blobs for reject in unpack_rejects(blob.rejects)] == made.rejects
    assert sum(blob.records for blob in blobs) == made.total


weights = st.lists(st.integers(1, 60), min_size=1, max_size=40)


def weighing(sizes: list[int]) -> Batch:
    """A batch whose records weigh so much; every third one is rejected."""
    raws = [b"x" * size for size in sizes]
    bad = [Reject(index, "validate", [], raw) for index, raw in enumerate(raws) if index % 3 == 0]
    good = [index for index in range(len(sizes)) if index % 3]
    records = [RECIPIENTS.record(name_vi=raws[index].decode(), recipient_type="internal") for index in good]
    return Batch(RECIPIENTS, len(sizes), good, records, bad, sum(sizes))


def largest(weights: list[int], size: int) -> int:
    """Bytes of the largest chunk, where chunks have this many records."""
    return max(sum(weights[span.first : span.end]) for span in spans(len(weights), chunk_records=size, whole=False))


@given(weights, st.integers(1, 50), st.integers(1, 3_000))
@relaxed
def test_a_chunk_holds_no_more_bytes_than_it_may_or_one_record(sizes: list[int], most: int, limit: int) -> None:
    """Nor are chunks smaller than they have to be: by halves."""
    made = replace(weighing(sizes), size=limit + 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chunking, "CHUNK_BYTES", limit)
        size = chunk_size(made, most)
        assert chunk_size(made, most) == size <= most
    weights = [len(msgspec.json.encode(record)) for record in made.records]
    for reject in made.rejects:
        weights.insert(reject.index, len(reject.raw))
    assert size == 1 or largest(weights, size) <= limit
    assert size == most or max(largest(weights, 2 * size), largest(weights, 2 * size - 1)) > limit


def test_a_body_that_is_small_as_a_whole_is_not_weighed() -> None:
    """The usual batch pays nothing for it."""
    made = weighing([10, 10])
    assert chunk_size(replace(made, records=["no record"], size=chunking.CHUNK_BYTES), 2_000) == 2_000


@pytest.mark.parametrize("count", [None, 0, 1, 3])
def test_a_list_of_ids_weighs_what_its_json_weighs(count: int | None) -> None:
    activities = ENTITIES["processing-activities"]
    ids = None if count is None else [uuid.uuid4() for _ in range(count)]
    record = activities.record(activity_name_vi="A", legal_basis="consent", recipient_ids=ids)
    assert chunking._json_bytes(packed(activities, record)) == len(msgspec.json.encode(record))


def test_a_chunk_says_how_many_links_it_holds() -> None:
    """Repeats too: each costs its look-up."""
    activities = ENTITIES["processing-activities"]
    ids = [uuid.uuid4() for _ in range(3)]
    records = [
        activities.record(activity_name_vi="A", legal_basis="consent", recipient_ids=ids, transfer_ids=ids[:1] * 2),
        activities.record(
            activity_name_vi="B", legal_basis="consent", data_category_ids=ids[:1], recipient_external_ids=["a"]
        ),
    ]
    made = Batch(activities, 2, [0, 1], [packed(activities, record) for record in records], [])
    assert [blob.links for blob in pack(made, spans(2, chunk_records=1, whole=False), IDS, accept=True)] == [5, 2]
    assert [blob.links for blob in pack(made, spans(2, chunk_records=2, whole=False), IDS, accept=False)] == [0]


def test_short_names_weigh_more_than_their_letters() -> None:
    """A writer has an object for each: a chunk of millions would take hundreds of its bytes."""
    activities = ENTITIES["processing-activities"]
    names = [str(number) for number in range(1_000)]
    records = [
        activities.record(activity_name_vi="A", legal_basis="consent", recipient_external_ids=names) for _ in range(400)
    ]
    made = Batch(activities, 400, range(400), records, [], size=2_500_000)
    assert chunk_size(made, 400) == 100


def test_the_most_that_a_request_may_hold_has_an_id_for_every_record() -> None:
    assert max(entity.max_records for entity in ENTITIES.values()) <= IdMaker.MAX_INDEX
