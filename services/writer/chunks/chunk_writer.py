"""Writes one chunk: one PostgreSQL transaction that begins with the ledger.

A second delivery meets the ledger's primary key, writes nothing and settles with what the ledger holds.
"""

import uuid
from typing import Any

import psycopg
import structlog
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from libs.contracts import binary
from libs.database.queries import QUERIES
from libs.jobs.payload import unpack_rejects
from libs.jobs.reading import Lease
from libs.telemetry.metrics.writing import BISECTED, REPEATS
from libs.telemetry.process.crashpoints import CRASH_RECORD, crash_now, crash_point
from services.writer.chunks import ledger, results
from services.writer.chunks.alone import end_alone
from services.writer.chunks.bisect import Write, write_isolating
from services.writer.chunks.job_rows import JobRows
from services.writer.chunks.large_chunks import LargeChunks
from services.writer.chunks.quarantine import Note, is_careful, write_carefully
from services.writer.chunks.results import Result
from services.writer.chunks.turns import take_turn
from services.writer.inventory.copy import store_rejects
from services.writer.inventory.modes import apply
from services.writer.inventory.references import settle_references
from services.writer.inventory.rows import Row, read_content
from services.writer.inventory.target import Applied, Target

log = structlog.get_logger()
Connection = psycopg.Connection[Any]


class ChunkWriter:
    """Writes chunks with connections of one pool."""

    def __init__(self, pool: ConnectionPool, jobs: JobRows, name: str) -> None:
        self._pool = pool
        self._jobs = jobs
        self._name = name
        self._large = LargeChunks()
        self._shared: bool | None = None

    def write(self, lease: Lease, note: Note) -> ledger.Entry:
        """Write the chunk, or find out that it is written; returns what to settle with.

        Raises psycopg.Error and others: then nothing was written, or COMMIT's answer was lost, and the next delivery
        will know.
        """
        with self._large.room(lease), self._pool.connection() as connection:
            if lease.job.dry_run:
                return self._try_out(connection, lease, note)
            opening = self._jobs.ensure(connection, lease.job)
            crash_point("writer.after_job_row")
            if lease.job.cancelling:
                return self._end(connection, lease, opening, results.cancelled(lease))
            with connection.transaction():
                take_turn(connection, lease)
                if not ledger.claim(connection, lease, opening, self._name):
                    REPEATS.inc()
                    return ledger.read(connection, lease.ref)
                crash_point("writer.after_ledger")
                result = _write_content(connection, lease, note, self._token(connection))
                store_rejects(connection, lease.ref, result.rejects)
                ledger.record(connection, lease.ref, result.entry, result.state)
                entry = end_alone(connection, lease, opening, result.entry, result.state)
                crash_point("writer.before_commit")
        crash_point("writer.after_commit")
        return entry

    def fail(self, lease: Lease, failure: str, error: str) -> ledger.Entry:
        """Enter the chunk as failed, with every record of it; the ledger then refuses late deliveries."""
        result = results.failed(lease, failure, error)
        if lease.job.dry_run:
            return result.entry
        with self._large.room(lease), self._pool.connection() as connection:
            opening = self._jobs.ensure(connection, lease.job)
            return self._end(connection, lease, opening, result)

    def _end(self, connection: Connection, lease: Lease, opening: int, result: Result) -> ledger.Entry:
        """Enter a chunk that is not written any more.

        Where PostgreSQL does not take the records, for whatever reason, the chunk is entered without them: a job has an
        end. If it is PostgreSQL itself that is away, that fails too, and nothing is lost.
        """
        try:
            return self._enter(connection, lease, opening, result)
        except psycopg.Error as error:
            log.warning("rejects_not_stored", sqlstate=error.sqlstate, rejects=len(result.rejects))
            return self._enter(connection, lease, opening, replace(result, rejects=[]))

    def _enter(self, connection: Connection, lease: Lease, opening: int, result: Result) -> ledger.Entry:
        with connection.transaction():
            if not ledger.claim(connection, lease, opening, self._name):
                return ledger.read(connection, lease.ref)
            store_rejects(connection, lease.ref, result.rejects)
            ledger.record(connection, lease.ref, result.entry, result.state)
        return result.entry

    def _try_out(self, connection: Connection, lease: Lease, note: Note) -> ledger.Entry:
        """Do all of it and take it back: a dry run leaves nothing in the database."""
        with connection.transaction(force_rollback=True):
            take_turn(connection, lease)
            return _write_content(connection, lease, note, self._token(connection)).entry

    def _token(self, connection: Connection) -> uuid.UUID | None:
        """Of what a chunk stages, where all writers stage in the same tables. The database is asked once a process."""
        if self._shared is None:
            self._shared = connection.execute(QUERIES["has_staging"]).fetchone() == (True,)
        return uuid.uuid4() if self._shared else None


def _write_content(connection: Connection, lease: Lease, note: Note, token: uuid.UUID | None) -> Result:
    earlier = unpack_rejects(lease.rejects)
    content = read_content(lease)
    if lease.job.on_error == "abort" and len(content.rows) + len(earlier) < lease.records:
        return results.aborted(lease, earlier, [])
    target = Target(content.shape, lease.job.tenant_id, lease.job.id, lease.job.mode, token)

    missing = settle_references(connection, content, target.tenant)
    rows = [row for row in content.rows if row.position not in missing] if missing else content.rows
    rejects = content.rejects(missing, "reference")
    if rejects and lease.job.on_error == "abort":
        return results.aborted(lease, earlier, rejects)

    if lease.job.on_error == "abort":
        with connection.transaction() as savepoint:
            applied = _apply(connection, target, lease, note, rows)
            if applied.faulty:
                raise psycopg.Rollback(savepoint)
        if applied.faulty:
            return results.aborted(lease, earlier, content.rejects(applied.faulty, "write"))
    else:
        applied = _apply(connection, target, lease, note, rows)
        rejects += content.rejects(applied.faulty, "write")
    return results.written(lease, earlier, rejects, applied, content.own_ids())


def _apply(connection: Connection, target: Target, lease: Lease, note: Note, rows: list[Row]) -> Applied:
    write = _writing(connection, target)
    if is_careful(lease):
        return write_carefully(lease, write, note, rows)
    applied = write_isolating(write, rows)
    if any(fault.code == "WRITE_REFUSED" for faults in applied.faulty.values() for fault in faults):
        BISECTED.inc()
    return applied


def _writing(connection: Connection, target: Target) -> Write:
    def write(rows: Any) -> Applied:
        if CRASH_RECORD and any(binary.text(CRASH_RECORD) in row.data for row in rows):
            crash_now()
        return apply(connection, target, rows)

    return write
