"""What PostgreSQL knows of jobs that Redis may have forgotten, read as one tenant under row level security."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any, cast

import msgspec
from msgspec import Struct
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.chunks import REJECTS_PAGE, REJECTS_PAGE_BYTES, Fault, Reject
from libs.contracts.filters import JobFilter
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Before, ChunkCounts, Job, JobStatus, Lane, Mode, OnError, RecordCounts
from libs.contracts.texts.problems import RECORD_ERRORS
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant

NEWEST = Before(datetime.datetime.max.replace(tzinfo=datetime.UTC), uuid.UUID(int=(1 << 128) - 1))
STATES = {JobStatus.PROCESSING, JobStatus.COMPLETED, JobStatus.FAILED, JobStatus.CANCELLED}
"""Those that a row may have."""
MOST_COUNTED = 10_000
"""Rejected records of a job whose faults are counted."""
COUNTERS = ("created", "updated", "unchanged", "rejected", "failed", "cancelled")


class StoredOutcome(Struct, frozen=True):
    """A chunk's packed outcome, by its number."""

    chunk_no: int
    records: int
    outcome: bytes


class StoredChunk(Struct, frozen=True, kw_only=True):
    """A chunk as the ledger has it."""

    chunk_no: int
    state: str
    """`written`, `failed` or `cancelled`."""
    records: int
    attempts: int
    error: str
    writer: str
    written_at: datetime.datetime


class FaultCount(Struct, frozen=True):
    """How often records of a job have this fault in this field; list items count as `*`."""

    code: str
    pointer: str
    count: int


class FaultCounts(Struct, frozen=True):
    """The commonest faults, and of how many records they were counted."""

    counts: list[FaultCount]
    looked_at: int
    """No more than `MOST_COUNTED`."""

    @property
    def partial(self) -> bool:
        """Whether there may be records that were not looked at."""
        return self.looked_at >= MOST_COUNTED


class AuditStep(Struct, frozen=True):
    """What somebody did with a job."""

    at: datetime.datetime
    actor: str
    action: str
    reason: str
    counts: dict[str, int]


def search_values(cursor: Cursor[DictRow], tenant_id: uuid.UUID, wanted: JobFilter) -> dict[str, Any]:
    """What the statements of lists are told of a filter, states, types and entities aside."""
    named: list[uuid.UUID] = []
    if wanted.q:
        rows = cursor.execute(QUERIES["named_in_rejects"], {"tenant": tenant_id, "q": wanted.q})
        named = [each for row in rows for each in (row["job_id"], row["parent_id"]) if each]
    code = wanted.q.upper() if wanted.q else None
    return {
        "parent": wanted.parent, "since": wanted.since, "lanes": list(wanted.lanes), "q": wanted.q, "named": named,
        "faults": Jsonb([{"code": code}]) if code in RECORD_ERRORS else None,
    }  # fmt: skip


class JobReader:
    """Reads jobs, outcomes and rejects. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def job(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> Job | None:
        """One job."""
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["read_job"], {"tenant": tenant_id, "job": job_id}).fetchone()
        return _job(row) if row else None

    def jobs_by_id(self, tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID]) -> list[Job]:
        """Those of these batches that are there."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_jobs"], {"tenant": tenant_id, "jobs": list(job_ids)})
            return [_job(row) for row in rows]

    def jobs(
        self,
        tenant_id: uuid.UUID,
        wanted: JobFilter,
        statuses: Sequence[JobStatus],
        *,
        before: Before | None,
        limit: int,
    ) -> list[Job]:
        """The newest batches that are wanted and whose row has one of these states; `limit`, if there are as many."""
        start = before or NEWEST
        entities = wanted.entities or tuple(ENTITIES)
        query = "list_jobs_of"
        if wanted.parent is not None:
            query = "list_children"
        elif wanted.plain and set(statuses) >= STATES and ENTITIES.keys() <= set(entities):
            query = "list_jobs"
        with as_tenant(self._pool, tenant_id) as cursor:
            values = {
                "tenant": tenant_id, "statuses": list(statuses), "entities": list(entities), "limit": limit,
                "before": start.created_at, "before_id": start.job_id, **search_values(cursor, tenant_id, wanted),
            }  # fmt: skip
            return [_job(row) for row in cursor.execute(QUERIES[query], values)]

    def steps(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> list[AuditStep]:
        """Who has cancelled, retried or mended a batch, in the order of time."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_job_steps"], {"tenant": tenant_id, "job": job_id}).fetchall()
        return msgspec.convert(rows, list[AuditStep])

    def chunks(self, tenant_id: uuid.UUID, job_id: uuid.UUID, *, limit: int) -> list[StoredChunk]:
        """The first chunks of a batch that the ledger has, by number."""
        values = {"tenant": tenant_id, "job": job_id, "limit": limit}
        with as_tenant(self._pool, tenant_id) as cursor:
            return msgspec.convert(cursor.execute(QUERIES["read_chunks"], values).fetchall(), list[StoredChunk])

    def faults_of_batch(self, tenant_id: uuid.UUID, job_id: uuid.UUID, *, limit: int) -> FaultCounts:
        """The commonest faults of a batch's records, as far as its chunks are written."""
        return self._fault_counts("count_faults", tenant_id, job_id, limit)

    def faults_of_load(self, tenant_id: uuid.UUID, task_id: uuid.UUID, *, limit: int) -> FaultCounts:
        """The same of a load's rows."""
        return self._fault_counts("count_faults_of_load", tenant_id, task_id, limit)

    def _fault_counts(self, query: str, tenant_id: uuid.UUID, job_id: uuid.UUID, limit: int) -> FaultCounts:
        values = {"tenant": tenant_id, "job": job_id, "limit": limit, "most": MOST_COUNTED}
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES[query], values).fetchall()
        return FaultCounts(msgspec.convert(rows, list[FaultCount]), rows[0]["looked_at"] if rows else 0)

    def count(self, tenant_id: uuid.UUID, wanted: JobFilter, statuses: Sequence[JobStatus], *, most: int) -> int:
        """How many batches are wanted whose row has one of these states, as far as `most`; `q` is not looked at."""
        values = {
            "tenant": tenant_id, "statuses": list(statuses), "entities": list(wanted.entities or ENTITIES),
            "since": wanted.since, "until": wanted.until, "lanes": list(wanted.lanes), "most": most,
        }  # fmt: skip
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["count_jobs_of"], values).fetchone()
        return int(row["found"]) if row else 0

    def outcomes(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> list[StoredOutcome]:
        """The outcome of every recorded chunk."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_outcomes"], {"tenant": tenant_id, "job": job_id}).fetchall()
        return [StoredOutcome(row["chunk_no"], row["records"], bytes(row["outcome"])) for row in rows]

    def own_ids(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> list[bytes]:
        """By chunk, the packed ids that came with its records; chunks without any are left out."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_own_ids"], {"tenant": tenant_id, "job": job_id}).fetchall()
        return [bytes(row["own_ids"]) for row in rows]

    def rejected(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> set[int]:
        """The indexes of all rejected records."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_rejected"], {"tenant": tenant_id, "job": job_id})
            return {row["record_index"] for row in rows}

    def rejects(self, tenant_id: uuid.UUID, job_id: uuid.UUID, *, after: int, before: int, raw: bool) -> list[Reject]:
        """A page of rejected records by index, from the one after `after`; without `raw`, without what came."""
        values = {
            "tenant": tenant_id, "job": job_id, "after": after, "before": before, "raw": raw,
            "limit": REJECTS_PAGE, "bytes": REJECTS_PAGE_BYTES,
        }  # fmt: skip
        with as_tenant(self._pool, tenant_id) as cursor:
            return [_reject(row) for row in cursor.execute(QUERIES["read_rejects"], values)]


def _reject(row: dict[str, Any]) -> Reject:
    return Reject(
        row["record_index"], row["stage"], msgspec.json.decode(row["faults"], type=list[Fault]), bytes(row["raw"]),
        row["record_id"], row["external_id"], row["failed"],
    )  # fmt: skip


def _job(row: dict[str, Any]) -> Job:
    counts = {name: row[name] for name in COUNTERS}
    total, chunks = row["total"], row["chunks_total"]
    updated_at = row["updated_at"]
    return Job(
        id=row["job_id"], tenant_id=row["tenant_id"], entity=row["entity"], status=JobStatus(row["status"]),
        mode=cast(Mode, row["mode"]), on_error=cast(OnError, row["on_error"]), lane=cast(Lane, row["lane"]),
        dry_run=False, created_by=row["created_by"], request_id=row["request_id"], created_at=row["created_at"],
        started_at=row["started_at"], finished_at=row["finished_at"], updated_at=updated_at,
        records=RecordCounts(total=total, pending=total - sum(counts.values()), **counts),
        chunks=ChunkCounts(
            total=chunks, settled=row["chunks_recorded"], available=chunks - row["chunks_recorded"],
            failed=row["chunks_failed"],
        ),
        attempts=row["attempts"], last_error=row["last_error"], cancelling=False, generation=row["generation"],
        version=f"{updated_at.timestamp():.6f}", epoch_ms=row["epoch_ms"], opening=row["opening"], nonce=row["nonce"],
        parent_id=row["parent_id"],
    )  # fmt: skip
