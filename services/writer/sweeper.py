"""The threads of a writer that keep promises while the others write.

sweep   publishes again what is overdue: a lost message, a retry that has come, a dead writer's chunk
leases  tells Redis that this writer's chunks are being written
audit   brings audit entries, and the jobs they speak of, from Redis to PostgreSQL
lost    ends jobs that PostgreSQL knows and Redis has lost
"""

import threading
from collections.abc import Callable

import psycopg
import redis
import structlog
from psycopg_pool import ConnectionPool

from libs.broker.publisher import Publisher
from libs.jobs.store import JobStore
from libs.telemetry.crashpoints import crash_point
from libs.telemetry.metrics import JOBS_LOST, SWEEPS, SWEPT
from services.writer.ledger import JobRows, give_up, insert_audit, open_jobs

log = structlog.get_logger()

SWEEP_EVERY_S = 0.5
AUDIT_EVERY_S = 1.0
CLAIM_LIMIT = 200
AUDIT_LIMIT = 500
LOST_EVERY_S = 5.0
LOST_AFTER_S = 5.0
LOST_LIMIT = 1_000


class Ticker:
    """Calls a function every so often, in a thread, until it is stopped; an error is logged and the next tick comes."""

    def __init__(self, name: str, every_s: float, tick: Callable[[], object]) -> None:
        self._every_s = every_s
        self._tick = tick
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin ticking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, after the tick that is under way."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self._tick()
            except (redis.RedisError, psycopg.Error) as error:
                log.warning("tick_failed", thread=self._thread.name, exc_info=error)
            except Exception:  # a promise is kept by this thread: it may not end
                log.exception("tick_failed", thread=self._thread.name)


def sweep(store: JobStore, publisher: Publisher) -> int:
    """Publish what is overdue; returns how many."""
    refs = store.claim_due(CLAIM_LIMIT)
    SWEEPS.inc()
    if refs:
        crash_point("sweeper.after_claim")
        publisher.publish(refs)
        crash_point("sweeper.after_publish")
        SWEPT.inc(len(refs))
    return len(refs)


def store_audit(store: JobStore, pool: ConnectionPool, jobs: JobRows) -> int:
    """Bring audit entries to PostgreSQL, and have a row of each job they speak of; returns how many.

    A job is thereby known to PostgreSQL before its first chunk is written, so that it can be said if Redis loses it.
    Several writers may do it at once.
    """
    entries = store.pending_audit(AUDIT_LIMIT)
    if entries:
        with pool.connection() as connection:
            for job in store.jobs_by_id([(entry.tenant_id, entry.job_id) for entry in entries]):
                if not job.status.ended:
                    jobs.ensure(connection, job)
            insert_audit(connection, entries)
        crash_point("sweeper.after_audit")
        store.audit_stored(entries)
    return len(entries)


def end_lost_jobs(store: JobStore, pool: ConnectionPool, writer: str) -> int:
    """End jobs that PostgreSQL holds for open and Redis does not know: it has lost them. Returns how many.

    A job that is not lost is in Redis from before PostgreSQL hears of it until after PostgreSQL has its end.
    """
    lost = 0
    with pool.connection() as connection:
        candidates = open_jobs(connection, older_than_s=LOST_AFTER_S, limit=LOST_LIMIT)
        known = {job.id for job in store.jobs_by_id([(job.tenant_id, job.job_id) for job in candidates])}
        for job in candidates:
            if job.job_id not in known:
                total = give_up(connection, job, writer)
                lost += 1
                log.error("job_lost", job_id=str(job.job_id), total=job.total, failed=total.counts.failed)
    JOBS_LOST.inc(lost)
    return lost
