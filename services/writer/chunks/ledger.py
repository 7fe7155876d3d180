"""The ledger of chunks, and the ends of jobs beside it."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Job, JobStatus, RecordCounts, end_status
from libs.database.queries import QUERIES
from libs.jobs.reading import COUNTERS, Lease
from libs.jobs.values import JobEnd

Connection = psycopg.Connection[Any]


class Entry(Struct, frozen=True):
    """A chunk as the ledger has it: what every delivery of it settles with."""

    counts: RecordCounts
    outcome: bytes
    failure: str = ""
    error: str = ""
    own_ids: bytes = b""
    """Ids that came with the records; for the ledger alone."""
    end: JobEnd | None = None
    """How the job has ended, where that was written with the chunk."""


class Opening(Struct, frozen=True):
    """One opening of a job: Redis may lose a job that comes again, and failed chunks may be retried (ADR 0015)."""

    tenant_id: uuid.UUID
    job_id: uuid.UUID
    opening: int
    generation: int
    epoch_ms: int
    total: int
    chunks_total: int
    started_at: datetime | None = None
    finished_at: datetime | None = None
    """When the last chunk was settled; None for now."""


def opening_of(job: Job) -> Opening:
    """The opening that Redis knows, of a job whose chunks are settled."""
    return Opening(
        job.tenant_id, job.id, job.opening, job.generation, job.epoch_ms, job.records.total, job.chunks.total,
        job.started_at, job.finished_at or job.updated_at,
    )  # fmt: skip


class Sums(Struct, frozen=True):
    """A job as the ledger adds it up."""

    chunks: int
    counts: RecordCounts
    chunks_failed: int
    attempts: int
    error: str | None

    @property
    def status(self) -> JobStatus:
        """The state in which the job ends."""
        return end_status(self.counts, chunks_failed=self.chunks_failed)


def _key(ref: ChunkRef) -> dict[str, Any]:
    return {"tenant": ref.tenant_id, "job": ref.job_id, "chunk": ref.chunk_no}


def counts_of(values: Sequence[int]) -> RecordCounts:
    """Counters in the order of `COUNTERS`."""
    return RecordCounts(total=sum(values), **dict(zip(COUNTERS, values, strict=True)))


def claim(connection: Connection, lease: Lease, opening: int, writer: str) -> bool:
    """Enter the chunk into the ledger: the first statement of its transaction.

    What failed may be entered by a later opening; of a task's part also what was cancelled, since the task is retried.
    False where it stands there already: then nothing may be written. Waits for a transaction that is entering it now.
    """
    values = {
        **_key(lease.ref), "epoch_ms": lease.job.epoch_ms, "opening": opening, "generation": lease.generation,
        "records": lease.records, "writer": writer, "attempts": lease.attempts,
        "part": lease.job.parent_id is not None,
    }  # fmt: skip
    row = connection.execute(QUERIES["claim_chunk"], values).fetchone()
    if row and row[0]:
        connection.execute(QUERIES["forget_rejects"], _key(lease.ref))
    return row is not None


def record(connection: Connection, ref: ChunkRef, entry: Entry, state: str) -> None:
    """Complete the chunk's entry, in the transaction that claimed it."""
    values = {name: getattr(entry.counts, name) for name in COUNTERS}
    connection.execute(
        QUERIES["record_chunk"],
        {
            **_key(ref),
            **values,
            "state": state,
            "failure": entry.failure,
            "error": entry.error,
            "outcome": entry.outcome,
            "own_ids": entry.own_ids,
        },
    )


def read(connection: Connection, ref: ChunkRef) -> Entry:
    """The entry of a chunk that was recorded before."""
    row = connection.execute(QUERIES["read_chunk"], _key(ref)).fetchone()
    assert row is not None
    return Entry(counts_of(row[:6]), bytes(row[6]), row[7], row[8])


def sums(connection: Connection, job: Opening) -> Sums:
    """Add up the chunks of a job; records that no chunk accounts for count as failed."""
    row = connection.execute(QUERIES["sum_chunks"], {"tenant": job.tenant_id, "job": job.job_id}).fetchone()
    assert row is not None
    counts = counts_of([int(value) for value in row[1:7]])
    counts = replace(counts, total=job.total, failed=counts.failed + job.total - counts.total)
    return Sums(int(row[0]), counts, int(row[7]), int(row[8]), row[9])


def end_job(connection: Connection, job: Opening, total: Sums) -> bool:
    """Write down how a job ended, unless a later opening of it has been written down, or it has no row: then False."""
    values = {name: getattr(total.counts, name) for name in COUNTERS}
    ended = connection.execute(
        QUERIES["end_job"],
        {"tenant": job.tenant_id, "job": job.job_id, "opening": job.opening, "generation": job.generation, **values,
         "started_at": job.started_at, "finished_at": job.finished_at, "status": total.status,
         "chunks_failed": total.chunks_failed, "attempts": total.attempts, "last_error": total.error},
    )  # fmt: skip
    return ended.rowcount > 0


def open_jobs(connection: Connection, namespace: str, *, older_than_s: float, limit: int) -> list[Opening]:
    """Jobs of this namespace that PostgreSQL holds for open, unless they were touched lately."""
    values = {"namespace": namespace, "older_than_s": older_than_s, "limit": limit}
    rows = connection.execute(QUERIES["open_jobs"], values)
    return [Opening(*row) for row in rows]


def not_ended(connection: Connection, names: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> set[uuid.UUID]:
    """Those of the jobs, named by tenant and id, that have no row, or one that says that they are open."""
    tenants, jobs = zip(*names, strict=True) if names else ((), ())
    rows = connection.execute(QUERIES["not_ended"], {"tenants": list(tenants), "jobs": list(jobs)})
    return {job for (job,) in rows}


def give_up(connection: Connection, job: Opening, writer: str, error: str) -> Sums:
    """Enter what is not in the ledger as lost, for this reason: then nobody writes it but a later opening of the job.

    Returns the sums with which the job ends. To be called in a transaction.
    """
    values = {
        "tenant": job.tenant_id, "job": job.job_id, "epoch_ms": job.epoch_ms, "opening": job.opening,
        "generation": job.generation, "chunks_total": job.chunks_total, "writer": writer, "error": error,
    }  # fmt: skip
    connection.execute(QUERIES["give_up_chunks"], values)
    return sums(connection, job)
