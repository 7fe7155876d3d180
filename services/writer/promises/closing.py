"""Ends a job once all its chunks are settled: the ledger's sums become its counters, in both stores."""

import structlog
from psycopg_pool import ConnectionPool

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Job, RecordCounts, end_status
from libs.jobs.store import JobStore
from libs.telemetry.crashpoints import crash_point
from libs.telemetry.metrics import JOBS_ENDED
from services.writer.chunks import ledger

log = structlog.get_logger()


class JobCloser:
    """Ends jobs. May run twice for the same job, on any writer."""

    def __init__(self, store: JobStore, pool: ConnectionPool) -> None:
        self._store = store
        self._pool = pool

    def close(self, ref: ChunkRef) -> None:
        """End the job, if Redis still knows it and no chunk of it is open. Raises psycopg.Error, redis.RedisError."""
        job = self._store.job(ref.tenant_id, ref.job_id)
        if job is None:
            self._store.forget_due(ref)
            return
        if job.chunks.settled < job.chunks.total:
            return
        counts, chunks_failed = self._final_counts(job)
        status = end_status(counts, chunks_failed=chunks_failed)
        if self._store.close(ref, job.generation, status, counts) == "closed":
            JOBS_ENDED.labels(status.value).inc()
            log.info("job_ended", job_id=str(job.id), status=status.value, total=counts.total, created=counts.created)
            crash_point("writer.after_close")

    def _final_counts(self, job: Job) -> tuple[RecordCounts, int]:
        if job.dry_run:
            return job.records, job.chunks.failed
        opening = ledger.opening_of(job)
        with self._pool.connection() as connection, connection.transaction():
            # A settled chunk without an entry means that PostgreSQL was set back; then its records are not there.
            sums = ledger.sums(connection, opening)
            ledger.end_job(connection, opening, end_status(sums.counts, chunks_failed=sums.chunks_failed), sums)
            crash_point("writer.before_end")
        crash_point("writer.after_end")
        return sums.counts, sums.chunks_failed
