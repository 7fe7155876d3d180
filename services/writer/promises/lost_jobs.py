"""Ends jobs that one of the stores has lost: Redis what was open, or PostgreSQL what had ended."""

import psycopg
import structlog
from psycopg_pool import ConnectionPool

from libs.boot.installation import Installation
from libs.contracts.jobs import Job
from libs.jobs.store import JobStore
from libs.telemetry.metrics.writing import JOBS_LOST
from services.writer.chunks.ledger import Connection, Opening, end_job, give_up, not_ended, open_jobs
from services.writer.promises.closing import JobCloser

log = structlog.get_logger()

LOST_EVERY_S = 5.0
LOST_AFTER_S = 5.0
LOST_LIMIT = 1_000
LOST_TURN_S = 4.0
"""Shorter than from one look to the next: a writer goes on where it has looked last, for as long as it lives."""
QUEUE_LOST = "QUEUE_LOST"


def end_lost_jobs(store: JobStore, pool: ConnectionPool, writer: str, installation: Installation) -> int:
    """End jobs that PostgreSQL holds for open and Redis does not know: it has lost them. Returns how many.

    A job that is not lost is in Redis from before PostgreSQL hears of it until after PostgreSQL has its end. That holds
    for the Redis of this installation alone: what another one does not know is nobody's loss. It is asked before and
    after, since an address may lead elsewhere at any time. What is no more is open no longer in Redis either: else it
    would be its oldest job for ever. Raises InstallationError.
    """
    lost = 0
    with pool.connection() as connection:
        installation.confirm(connection)
        candidates = open_jobs(connection, store.keys.namespace, older_than_s=LOST_AFTER_S, limit=LOST_LIMIT)
        known = store.known_jobs([(job.tenant_id, job.job_id) for job in candidates])
        installation.confirm(connection)
        for job in candidates:
            if job.job_id not in known:
                lost += _end(connection, job, writer)
    if gone := store.forget_gone(LOST_LIMIT):
        log.error("open_jobs_gone", jobs=gone)
    JOBS_LOST.inc(lost)
    return lost


def _end(connection: Connection, job: Opening, writer: str) -> bool:
    """End one job; one that cannot be ended now does not keep the others from it."""
    try:
        with connection.transaction():
            total = give_up(connection, job, writer, QUEUE_LOST)
            end_job(connection, job, total)
    except psycopg.Error as error:
        if connection.broken:
            raise
        log.warning("lost_job_not_ended", job_id=str(job.job_id), exc_info=error)
        return False
    log.error("job_lost", job_id=str(job.job_id), total=job.total, failed=total.counts.failed)
    return True


class SetBackWatch:
    """Goes round the ended jobs that Redis remembers, and ends those again that PostgreSQL does not hold for ended.

    PostgreSQL has the end of a job before Redis has it. So a job that has ended in Redis alone was written to a
    database that has been set back to an earlier state since; once Redis forgets it, nobody would know of it. What
    another installation's database does not know is nobody's loss.
    """

    def __init__(self, store: JobStore, pool: ConnectionPool, closer: JobCloser, installation: Installation) -> None:
        self._store = store
        self._pool = pool
        self._closer = closer
        self._installation = installation
        self._place = 0

    def look(self) -> int:
        """Look at the next `LOST_LIMIT` jobs, after the last at the first; returns how many were ended again.

        Raises InstallationError.
        """
        names = self._store.kept_jobs(self._place, LOST_LIMIT)
        ended = self._store.ended_jobs(names)
        with self._pool.connection() as connection:
            self._installation.confirm(connection)
            missing = not_ended(connection, ended)
        # Whole, and as they are now: one that was opened again meanwhile is nobody's loss.
        found = self._store.jobs_by_id([name for name in ended if name[1] in missing])
        again = [job for job in found if job.status.ended]
        for job in again:
            self._end(job)
        JOBS_LOST.inc(len(again))
        # Those that were ended again stand behind all others now, and the rest has moved up.
        self._place = self._place + LOST_LIMIT - len(again) if len(names) == LOST_LIMIT else 0
        return len(again)

    def _end(self, job: Job) -> None:
        try:
            self._closer.end(job)
        except psycopg.Error as error:  # it is looked at again in the next round, and the others now
            log.warning("job_not_ended", job_id=str(job.id), exc_info=error)
