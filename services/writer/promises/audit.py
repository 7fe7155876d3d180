"""Brings audit entries, and the jobs they speak of, from Redis to PostgreSQL.

An entry that cannot be stored never stops the others, of whichever tenant: it is set aside as it came, and counted.
"""

import uuid
from collections.abc import Iterable
from itertools import islice
from typing import Any

import msgspec
import psycopg
import structlog
from psycopg_pool import ConnectionPool

from libs.contracts.jobs import AuditEntry, Job
from libs.database.audit.trail import append, set_aside
from libs.jobs.store import JobStore
from libs.jobs.watching.turn import Turn
from libs.telemetry.metrics.writing import AUDIT_ASIDE
from libs.telemetry.process.crashpoints import crash_point
from services.writer.chunks.job_rows import JobRows, OpeningLostError

log = structlog.get_logger()

Connection = psycopg.Connection[Any]
AUDIT_EVERY_S = 1.0
AUDIT_LIMIT = 500
AUDIT_BITES = 10
"""So many times the limit are brought over before the thread looks whether it is to stop."""
AUDIT_TURN_S = 3.0
ROWS_AT_ONCE = 100
"""So few, because a chunk whose job's row is among them waits for all of them."""
CANNOT_BE_STORED = (psycopg.DataError, psycopg.IntegrityError, ValueError)
"""What PostgreSQL, or psycopg before it, says of values; anything else says something of the server."""
NOBODY = uuid.UUID(int=0)


def store_audit_by_turns(turn: Turn, store: JobStore, pool: ConnectionPool, jobs: JobRows) -> int:
    """The same, unless another writer is doing it now; returns how many this one has stored."""
    with turn.taken() as ours:
        return store_audit(store, pool, jobs) if ours else 0


def store_audit(store: JobStore, pool: ConnectionPool, jobs: JobRows) -> int:
    """Bring audit entries to PostgreSQL, and have a row of each job they speak of; returns how many.

    A job is thereby known to PostgreSQL before its first chunk is written, so that it can be said if Redis loses it.
    Several writers may do it at once.
    """
    return sum(_store_bite(store, pool, jobs, bite) for bite in islice(store.audit_bites(AUDIT_LIMIT), AUDIT_BITES))


def _store_bite(store: JobStore, pool: ConnectionPool, jobs: JobRows, pending: dict[bytes, bytes]) -> int:
    with pool.connection() as connection:
        entries = {name: entry for name, raw in pending.items() if (entry := _read(raw))}
        aside = dict.fromkeys(pending.keys() - entries.keys(), "unreadable")
        waiting = _make_jobs_known(connection, store, jobs, entries.values())
        entries = {name: entry for name, entry in entries.items() if entry.job_id not in waiting}
        stored, refused = _store(connection, entries)
        aside |= refused
        for name, reason in aside.items():
            set_aside(connection, entries[name].tenant_id if name in entries else NOBODY, pending[name], reason)
            AUDIT_ASIDE.inc()
            log.error("audit_entry_set_aside", reason=reason)
    crash_point("sweeper.after_audit")
    store.audit_stored([*stored, *aside])
    return len(stored)


def _read(raw: bytes) -> AuditEntry | None:
    try:
        return msgspec.json.decode(raw, type=AuditEntry)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None


def _make_jobs_known(
    connection: Connection, store: JobStore, jobs: JobRows, entries: Iterable[AuditEntry]
) -> set[uuid.UUID]:
    """Have a row of each job; returns those for which that is to be tried again before their entries are stored."""
    waiting = set()
    found = store.jobs_by_id(sorted({(entry.tenant_id, entry.job_id) for entry in entries}))
    live = [job for job in found if not job.status.ended]
    for first in range(0, len(live), ROWS_AT_ONCE):
        for job in _not_new(connection, jobs, live[first : first + ROWS_AT_ONCE]):
            if not _make_known(connection, jobs, job):
                waiting.add(job.id)
    return waiting


def _not_new(connection: Connection, jobs: JobRows, some: list[Job]) -> list[Job]:
    """Have the rows of new jobs, together; returns those that are to be looked at one by one."""
    try:
        return jobs.enter(connection, some)
    except (psycopg.Error, ValueError) as error:
        if connection.broken:
            raise
        log.info("jobs_not_known_together", jobs=len(some), exc_info=error)
        return some  # one that is refused costs the others no more than that


def _make_known(connection: Connection, jobs: JobRows, job: Job) -> bool:
    """Have a row of one job; False where that is to be tried again."""
    try:
        jobs.ensure(connection, job)
    except OpeningLostError:
        return False  # it has been opened again meanwhile
    except CANNOT_BE_STORED as error:
        log.warning("job_cannot_be_known", job_id=str(job.id), exc_info=error)
    except psycopg.Error as error:
        if connection.broken:
            raise
        log.warning("job_not_known_yet", job_id=str(job.id), exc_info=error)
        return False
    return True


def _store(connection: Connection, entries: dict[bytes, AuditEntry]) -> tuple[list[bytes], dict[bytes, str]]:
    """Store entries together, else one by one; returns the names of those that are stored, and why others cannot be."""
    try:
        stored = append(connection, list(entries.values()))
    except CANNOT_BE_STORED:
        return _store_each(connection, entries)
    return [name for name, entry in entries.items() if entry.id in stored], {}


def _store_each(connection: Connection, entries: dict[bytes, AuditEntry]) -> tuple[list[bytes], dict[bytes, str]]:
    stored, refused = [], {}
    for name, entry in entries.items():
        try:
            if append(connection, [entry]):
                stored.append(name)
        except psycopg.errors.UniqueViolation:  # a writer of the version before has stored it this very moment
            continue
        except CANNOT_BE_STORED as error:
            refused[name] = getattr(error, "sqlstate", None) or type(error).__name__
    return stored, refused
