"""Cutting a batch into chunks: all of it, once, and always in the same places."""

import uuid
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.chunks import Fault, IdMaker, Reject
from libs.contracts.records import ENTITIES
from libs.contracts.rows import decode_row
from libs.intake.chunking import pack, spans
from libs.intake.validation import Batch
from libs.jobs.payload import unpack_records, unpack_rejects

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


def test_the_most_that_a_request_may_hold_has_an_id_for_every_record() -> None:
    assert max(entity.max_records for entity in ENTITIES.values()) <= IdMaker.MAX_INDEX
