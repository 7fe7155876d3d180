"""The ledger of chunks, and the jobs and rejects beside it."""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import psycopg
from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Job, JobStatus, RecordCounts, end_status
from libs.database.queries import QUERIES
from libs.jobs.reading import COUNTERS, Lease

Connection = psycopg.Connection[Any]
KNOWN_JOBS = 10_000


class Entry(Struct, frozen=True):
    """A chunk as the ledger has it: what every delivery of it settles with."""

    counts: RecordCounts
    outcome: bytes
    failure: str = ""
    error: str = ""


class Opening(Struct, frozen=True):
    """One opening of a job: Redis may lose a job that comes again, and failed chunks may be retried."""

    tenant_id: uuid.UUID
    job_id: uuid.UUID
    epoch_ms: int
    generation: int
    total: int
    chunks_total: int


def opening_of(job: Job) -> Opening:
    """The opening that Redis knows."""
    return Opening(job.tenant_id, job.id, job.epoch_ms, job.generation, job.records.total, job.chunks.total)


class Sums(Struct, frozen=True):
    """A job as the ledger adds it up."""

    chunks: int
    counts: RecordCounts
    chunks_failed: int
    attempts: int
    error: str | None


def _key(ref: ChunkRef) -> dict[str, Any]:
    return {"tenant": ref.tenant_id, "job": ref.job_id, "chunk": ref.chunk_no}


def counts_of(values: Sequence[int]) -> RecordCounts:
    """Counters in the order of `COUNTERS`."""
    return RecordCounts(total=sum(values), **dict(zip(COUNTERS, values, strict=True)))


class JobRows:
    """Opens a job's row before its first chunk, in a transaction of its own.

    Inside the chunk's transaction it would make the chunks of a job wait for one another. The memory of what is there
    saves the statement for the chunks that follow.
    """

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace
        self._known: OrderedDict[tuple[uuid.UUID, int, int], None] = OrderedDict()
        self._lock = threading.Lock()

    def ensure(self, connection: Connection, job: Job) -> None:
        """Have the job's row in the database, as open."""
        opening = (job.id, job.epoch_ms, job.generation)
        with self._lock:
            if opening in self._known:
                return
        values = {
            "tenant": job.tenant_id, "job": job.id, "entity": job.entity, "mode": job.mode, "on_error": job.on_error,
            "lane": job.lane, "created_by": job.created_by, "request_id": job.request_id,
            "epoch_ms": job.epoch_ms, "generation": job.generation, "created_at": job.created_at,
            "total": job.records.total, "chunks_total": job.chunks.total, "namespace": self._namespace,
        }  # fmt: skip
        with connection.transaction():
            connection.execute(QUERIES["open_job"], values)
        with self._lock:
            self._known[opening] = None
            while len(self._known) > KNOWN_JOBS:
                self._known.popitem(last=False)


def claim(connection: Connection, lease: Lease, writer: str) -> bool:
    """Enter the chunk into the ledger: the first statement of its transaction.

    False where it stands there already: then nothing may be written. Waits for a transaction that is entering it now.
    """
    values = {
        **_key(lease.ref), "epoch_ms": lease.job.epoch_ms, "generation": lease.generation, "records": lease.records,
        "writer": writer, "attempts": lease.attempts,
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


def end_job(connection: Connection, job: Opening, status: JobStatus, total: Sums) -> None:
    """Write down how a job ended, unless a later opening of it has been written down."""
    values = {name: getattr(total.counts, name) for name in COUNTERS}
    connection.execute(
        QUERIES["end_job"],
        {"tenant": job.tenant_id, "job": job.job_id, "epoch_ms": job.epoch_ms, "generation": job.generation, **values,
         "status": status, "chunks_failed": total.chunks_failed, "attempts": total.attempts, "last_error": total.error},
    )  # fmt: skip


def open_jobs(connection: Connection, namespace: str, *, older_than_s: float, limit: int) -> list[Opening]:
    """Jobs of this namespace that PostgreSQL holds for open, unless they were touched lately."""
    values = {"namespace": namespace, "older_than_s": older_than_s, "limit": limit}
    rows = connection.execute(QUERIES["open_jobs"], values)
    return [Opening(*row) for row in rows]


def give_up(connection: Connection, job: Opening, writer: str) -> Sums:
    """End a job that Redis has lost: what is not in the ledger is entered as lost, so that nobody writes it any more.

    Only a later opening of the job may. One transaction.
    """
    values = {
        "tenant": job.tenant_id, "job": job.job_id, "epoch_ms": job.epoch_ms, "generation": job.generation,
        "chunks_total": job.chunks_total, "writer": writer,
    }  # fmt: skip
    with connection.transaction():
        connection.execute(QUERIES["give_up_chunks"], values)
        total = sums(connection, job)
        end_job(connection, job, end_status(total.counts, chunks_failed=total.chunks_failed), total)
    return total
