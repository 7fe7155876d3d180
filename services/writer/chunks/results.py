"""What becomes of a chunk: its entry in the ledger, and its rejects."""

from msgspec import Struct

from libs.contracts.chunks import Fault, Outcome, Reject
from libs.contracts.jobs import RecordCounts
from libs.jobs.payload import UNREADABLE, pack_ids, pack_outcome, unpack_rejects
from libs.jobs.reading import Lease
from services.writer.chunks.ledger import Entry
from services.writer.inventory.rows import read_content
from services.writer.inventory.target import Applied


class Result(Struct, frozen=True):
    """A chunk's entry, its rejects with what came, and its state in the ledger."""

    entry: Entry
    rejects: list[Reject]
    state: str = "written"


def _entry(
    lease: Lease,
    counts: RecordCounts,
    rejects: list[Reject],
    applied: Applied | None = None,
    *,
    failure: str = "",
    error: str = "",
    own_ids: bytes = b"",
) -> Entry:
    bare = [Reject(r.index, r.stage, r.faults, b"", r.id, r.external_id, r.failed) for r in rejects]
    outcome = Outcome(lease.job.epoch_ms, bare, applied.resolved if applied else {}, applied is not None)
    return Entry(counts, pack_outcome(outcome), failure, error, own_ids)


def written(
    lease: Lease, earlier: list[Reject], rejects: list[Reject], applied: Applied, own_ids: dict[int, bytes]
) -> Result:
    """The good records are written; `earlier` are the rejects of ingest, `rejects` those of the writer.

    `own_ids` are the ids that came with records, by index.
    """
    counts = RecordCounts(
        total=lease.records,
        created=applied.created,
        updated=applied.updated,
        unchanged=applied.unchanged,
        rejected=len(earlier) + len(rejects),
    )
    return Result(_entry(lease, counts, rejects, applied, own_ids=pack_ids(own_ids)), earlier + rejects)


def aborted(lease: Lease, earlier: list[Reject], rejects: list[Reject]) -> Result:
    """on_error=abort and a bad record: nothing is written, and the good records count as failed."""
    rejected = len(earlier) + len(rejects)
    counts = RecordCounts(total=lease.records, rejected=rejected, failed=lease.records - rejected)
    entry = _entry(lease, counts, rejects, failure="permanent", error="BATCH_ABORTED")
    return Result(entry, earlier + rejects, "failed")


def failed(lease: Lease, failure: str, error: str) -> Result:
    """The chunk cannot be written: its records are kept with the rejects, so that they can be posted again."""
    fault = [Fault("WRITE_FAILED", params={"sqlstate": error})]
    try:
        earlier, content = unpack_rejects(lease.rejects), read_content(lease)
        rejects = content.rejects({row.position: fault for row in content.rows}, "write", failed=True)
    except Exception:  # noqa: BLE001 -- whatever the payload is, the chunk has an end
        return _failed_bare(lease, failure, error)
    counts = RecordCounts(total=lease.records, rejected=len(earlier), failed=lease.records - len(earlier))
    return Result(_entry(lease, counts, rejects, failure=failure, error=error), earlier + rejects, "failed")


def _failed_bare(lease: Lease, failure: str, error: str) -> Result:
    counts = RecordCounts(total=lease.records, failed=lease.records)
    return Result(_entry(lease, counts, [], failure=failure, error=error), [], "failed")


def cancelled(lease: Lease) -> Result:
    """The job is to end, and nothing more is written."""
    try:
        earlier = unpack_rejects(lease.rejects)
    except UNREADABLE:
        earlier = []
    counts = RecordCounts(total=lease.records, rejected=len(earlier), cancelled=lease.records - len(earlier))
    return Result(_entry(lease, counts, []), earlier, "cancelled")
