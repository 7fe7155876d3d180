"""The ledger of chunks, and the jobs and rejects beside it."""

import threading
import uuid
from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import datetime
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
    own_ids: bytes = b""
    """Ids that came with the records; for the ledger alone."""


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


class OpeningLostError(Exception):
    """The job was opened again: what this opening still wants to do is done by the later one."""


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


class JobRows:
    """Opens a job's row before its first chunk, in a transaction of its own.

    Inside the chunk's transaction it would make the chunks of a job wait for one another. The memory of what is there
    saves the statement for the chunks that follow. `agree` settles the number of an opening in Redis; it answers None
    where Redis has another opening of the job by now.
    """

    def __init__(self, namespace: str, agree: Callable[[Job, int], int | None]) -> None:
        self._namespace = namespace
        self._agree = agree
        self._known: OrderedDict[tuple[uuid.UUID, str, int], int] = OrderedDict()
        self._lock = threading.Lock()

    def ensure(self, connection: Connection, job: Job) -> int:
        """Have the job's row in the database, open; returns the number of this opening. Raises OpeningLostError."""
        name = (job.id, job.nonce, job.generation)
        with self._lock:
            if (known := self._known.get(name)) is not None:
                return known
        number = self._open(connection, job)
        with self._lock:
            self._known[name] = number
            while len(self._known) > KNOWN_JOBS:
                self._known.popitem(last=False)
        return number

    def _open(self, connection: Connection, job: Job) -> int:
        """Open the row. Where an earlier opening has it, this one takes the next number, in Redis first."""
        number: int | None = job.opening
        while number is not None:
            held, nonce = open_row(connection, job, number, self._namespace)
            if nonce == job.nonce:
                return held
            number = self._agree(job, held + 1)
        raise OpeningLostError


def open_row(connection: Connection, job: Job, opening: int, namespace: str) -> tuple[int, str]:
    """Have the job's row speak of this opening, or leave it to a later one; returns its number and nonce."""
    values = {
        "tenant": job.tenant_id, "job": job.id, "entity": job.entity, "mode": job.mode, "on_error": job.on_error,
        "lane": job.lane, "created_by": job.created_by, "request_id": job.request_id, "epoch_ms": job.epoch_ms,
        "opening": opening, "nonce": job.nonce, "generation": job.generation, "created_at": job.created_at,
        "started_at": job.started_at, "total": job.records.total, "chunks_total": job.chunks.total,
        "namespace": namespace, "parent": job.parent_id,
    }  # fmt: skip
    with connection.transaction():
        row = connection.execute(QUERIES["open_job"], values).fetchone()
        row = row or connection.execute(QUERIES["read_opening"], values).fetchone()
    assert row is not None
    return row[0], row[1]


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
