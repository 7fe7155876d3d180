"""Ends jobs that PostgreSQL knows and Redis has lost."""

import psycopg
import structlog
from psycopg_pool import ConnectionPool

from libs.boot.installation import Installation
from libs.jobs.store import JobStore
from libs.telemetry.metrics import JOBS_LOST
from services.writer.chunks.ledger import Connection, Opening, give_up, open_jobs

log = structlog.get_logger()

LOST_EVERY_S = 5.0
LOST_AFTER_S = 5.0
LOST_LIMIT = 1_000


def end_lost_jobs(store: JobStore, pool: ConnectionPool, writer: str, installation: Installation) -> int:
    """End jobs that PostgreSQL holds for open and Redis does not know: it has lost them. Returns how many.

    A job that is not lost is in Redis from before PostgreSQL hears of it until after PostgreSQL has its end. That holds
    for the Redis of this installation alone: what another one does not know is nobody's loss. It is asked before and
    after, since an address may lead elsewhere at any time. Raises InstallationError.
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
    JOBS_LOST.inc(lost)
    return lost


def _end(connection: Connection, job: Opening, writer: str) -> bool:
    """End one job; one that cannot be ended now does not keep the others from it."""
    try:
        total = give_up(connection, job, writer)
    except psycopg.Error as error:
        if connection.broken:
            raise
        log.warning("lost_job_not_ended", job_id=str(job.job_id), exc_info=error)
        return False
    log.error("job_lost", job_id=str(job.job_id), total=job.total, failed=total.counts.failed)
    return True
