"""Ends a job once all its chunks are settled: the ledger's sums become its counters, in both stores."""

import structlog
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from libs.contracts.chunks import END_OF_JOB, ChunkRef
from libs.contracts.jobs import Job, JobStatus, RecordCounts
from libs.jobs.store import JobStore
from libs.telemetry.metrics.writing import JOBS_ENDED
from libs.telemetry.process.crashpoints import crash_point
from services.writer.chunks import ledger
from services.writer.chunks.job_rows import open_row

log = structlog.get_logger()

SET_BACK = "DATABASE_SET_BACK"
"""The reason of a job of which Redis has settled chunks that the ledger does not have: PostgreSQL was set back."""


class JobCloser:
    """Ends jobs. May run twice for the same job, on any writer."""

    def __init__(self, store: JobStore, pool: ConnectionPool, name: str = "closer") -> None:
        self._store = store
        self._pool = pool
        self._name = name

    def close(self, ref: ChunkRef) -> None:
        """End the job, if Redis still knows it and no chunk of it is open. Raises psycopg.Error, redis.RedisError."""
        job = self._store.job(ref.tenant_id, ref.job_id)
        if job is None:
            self._store.forget_due(ref)
        elif job.chunks.settled == job.chunks.total:
            self.end(job)

    def end(self, job: Job) -> None:
        """End a job whose chunks are settled, as the ledger has it now. Raises psycopg.Error, redis.RedisError."""
        total = _as_settled(job) if job.dry_run else self._write_end(job)
        ref = ChunkRef(job.tenant_id, job.id, END_OF_JOB, job.lane)
        closed = self._store.close(
            ref, job.generation, total.status, total.counts, finished_at=job.finished_at or job.updated_at,
            error=SET_BACK if total.error == SET_BACK else "", nonce=job.nonce,
        )  # fmt: skip
        if closed == "closed":
            ended(job, total.status, total.counts)

    def _write_end(self, job: Job) -> ledger.Sums:
        opening = ledger.opening_of(job)
        with self._pool.connection() as connection, connection.transaction():
            total = ledger.sums(connection, opening)
            if total.chunks < opening.chunks_total:
                log.error("job_set_back", job_id=str(job.id), chunks_missing=opening.chunks_total - total.chunks)
                total = replace(ledger.give_up(connection, opening, self._name, SET_BACK), error=SET_BACK)
            if not ledger.end_job(connection, opening, total):
                # No row, where PostgreSQL was set back; or one of a later opening, which stays as it is.
                open_row(connection, job, opening.opening, self._store.keys.namespace)
                ledger.end_job(connection, opening, total)
            crash_point("writer.before_end")
        crash_point("writer.after_end")
        return total


def ended(job: Job, status: JobStatus, counts: RecordCounts) -> None:
    """Tell whoever counts and reads along that a job has ended."""
    JOBS_ENDED.labels(status.value).inc()
    log.info("job_ended", job_id=str(job.id), status=status.value, total=counts.total, created=counts.created)
    crash_point("writer.after_close")


def _as_settled(job: Job) -> ledger.Sums:
    """Of a dry run there is nothing but what Redis has counted."""
    return ledger.Sums(job.chunks.total, job.records, job.chunks.failed, job.attempts, None)
