"""Brings audit entries, and the jobs they speak of, from Redis to PostgreSQL."""

from contextlib import suppress

from psycopg_pool import ConnectionPool

from libs.jobs.store import JobStore
from libs.telemetry.crashpoints import crash_point
from services.writer.chunks.ledger import JobRows, OpeningLostError, insert_audit

AUDIT_EVERY_S = 1.0
AUDIT_LIMIT = 500


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
                    with suppress(OpeningLostError):
                        jobs.ensure(connection, job)
            insert_audit(connection, entries)
        crash_point("sweeper.after_audit")
        store.audit_stored(entries)
    return len(entries)
