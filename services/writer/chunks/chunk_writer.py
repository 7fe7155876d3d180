"""Writes one chunk: one PostgreSQL transaction that begins with the ledger.

A second delivery meets the ledger's primary key, writes nothing and settles with what the ledger holds.
"""

from typing import Any

import psycopg
from msgspec import Struct
from psycopg_pool import ConnectionPool

from libs.contracts.chunks import Fault, Outcome, Reject
from libs.contracts.jobs import RecordCounts
from libs.jobs.payload import UNREADABLE, pack_outcome, unpack_rejects
from libs.jobs.reading import Lease
from libs.telemetry.crashpoints import CRASH_RECORD, crash_now, crash_point
from libs.telemetry.metrics import BISECTED, REPEATS
from services.writer.chunks import ledger
from services.writer.chunks.bisect import Write, write_isolating
from services.writer.chunks.copy import copy_rejects
from services.writer.chunks.large_chunks import LargeChunks
from services.writer.chunks.modes import Applied, Target, apply
from services.writer.chunks.quarantine import Note, is_careful, write_carefully
from services.writer.chunks.references import missing_references
from services.writer.chunks.rows import Row, read_content

Connection = psycopg.Connection[Any]


class _Result(Struct, frozen=True):
    """A chunk's entry, its rejects with what came, and its state in the ledger."""

    entry: ledger.Entry
    rejects: list[Reject]
    state: str = "written"


class ChunkWriter:
    """Writes chunks with connections of one pool."""

    def __init__(self, pool: ConnectionPool, jobs: ledger.JobRows, name: str) -> None:
        self._pool = pool
        self._jobs = jobs
        self._name = name
        self._large = LargeChunks()

    def write(self, lease: Lease, note: Note) -> ledger.Entry:
        """Write the chunk, or find out that it is written; returns what to settle with.

        Raises psycopg.Error and others: then nothing was written, or COMMIT's answer was lost, and the next delivery
        will know.
        """
        with self._large.room(lease), self._pool.connection() as connection:
            if lease.job.dry_run:
                return self._try_out(connection, lease, note)
            self._jobs.ensure(connection, lease.job)
            crash_point("writer.after_job_row")
            with connection.transaction():
                if not ledger.claim(connection, lease, self._name):
                    REPEATS.inc()
                    return ledger.read(connection, lease.ref)
                crash_point("writer.after_ledger")
                result = _cancelled(lease) if lease.job.cancelling else _write_content(connection, lease, note)
                copy_rejects(connection.cursor(), lease.ref, result.rejects)
                ledger.record(connection, lease.ref, result.entry, result.state)
                crash_point("writer.before_commit")
        crash_point("writer.after_commit")
        return result.entry

    def fail(self, lease: Lease, failure: str, error: str) -> ledger.Entry:
        """Enter the chunk as failed, with every record of it; the ledger then refuses late deliveries.

        Where PostgreSQL refuses the records here too, the chunk is entered without them: a job has an end.
        """
        result = _failed(lease, failure, error)
        if lease.job.dry_run:
            return result.entry
        with self._large.room(lease), self._pool.connection() as connection:
            self._jobs.ensure(connection, lease.job)
            try:
                return self._enter(connection, lease, result)
            except psycopg.DataError:
                return self._enter(connection, lease, _failed_bare(lease, failure, error))

    def _enter(self, connection: Connection, lease: Lease, result: _Result) -> ledger.Entry:
        with connection.transaction():
            if not ledger.claim(connection, lease, self._name):
                return ledger.read(connection, lease.ref)
            copy_rejects(connection.cursor(), lease.ref, result.rejects)
            ledger.record(connection, lease.ref, result.entry, result.state)
        return result.entry

    def _try_out(self, connection: Connection, lease: Lease, note: Note) -> ledger.Entry:
        """Do all of it and take it back: a dry run leaves nothing in the database."""
        with connection.transaction(force_rollback=True):
            return _write_content(connection, lease, note).entry


def _write_content(connection: Connection, lease: Lease, note: Note) -> _Result:
    earlier = unpack_rejects(lease.rejects)
    content = read_content(lease)
    if lease.job.on_error == "abort" and len(content.rows) + len(earlier) < lease.records:
        return _aborted(lease, earlier, [])
    target = Target(content.entity, content.columns, lease.job.tenant_id, lease.job.id, lease.job.mode)

    missing = missing_references(connection, content, target.tenant)
    rows = [row for row in content.rows if row.position not in missing] if missing else content.rows
    rejects = content.rejects(missing, "reference")
    if rejects and lease.job.on_error == "abort":
        return _aborted(lease, earlier, rejects)

    if lease.job.on_error == "abort":
        with connection.transaction() as savepoint:
            applied = _apply(connection, target, lease, note, rows)
            if applied.faulty:
                raise psycopg.Rollback(savepoint)
        if applied.faulty:
            return _aborted(lease, earlier, content.rejects(applied.faulty, "write"))
    else:
        applied = _apply(connection, target, lease, note, rows)
        rejects += content.rejects(applied.faulty, "write")
    return _written(lease, earlier, rejects, applied)


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
        if CRASH_RECORD and any(row.external_id == CRASH_RECORD for row in rows):
            crash_now()
        return apply(connection, target, rows)

    return write


def _entry(
    lease: Lease, counts: RecordCounts, rejects: list[Reject], applied: Applied | None = None, **failure: str
) -> ledger.Entry:
    bare = [Reject(r.index, r.stage, r.faults, b"", r.id, r.external_id, r.failed) for r in rejects]
    outcome = Outcome(lease.job.epoch_ms, bare, applied.resolved if applied else {}, applied is not None)
    return ledger.Entry(counts, pack_outcome(outcome), **failure)


def _written(lease: Lease, earlier: list[Reject], rejects: list[Reject], applied: Applied) -> _Result:
    counts = RecordCounts(
        total=lease.records,
        created=applied.created,
        updated=applied.updated,
        unchanged=applied.unchanged,
        rejected=len(earlier) + len(rejects),
    )
    return _Result(_entry(lease, counts, rejects, applied), earlier + rejects)


def _aborted(lease: Lease, earlier: list[Reject], rejects: list[Reject]) -> _Result:
    """on_error=abort and a bad record: nothing is written, and the good records count as failed."""
    rejected = len(earlier) + len(rejects)
    counts = RecordCounts(total=lease.records, rejected=rejected, failed=lease.records - rejected)
    entry = _entry(lease, counts, rejects, failure="permanent", error="BATCH_ABORTED")
    return _Result(entry, earlier + rejects, "failed")


def _failed(lease: Lease, failure: str, error: str) -> _Result:
    """The chunk cannot be written: its records are kept with the rejects, so that they can be posted again."""
    try:
        earlier, content = unpack_rejects(lease.rejects), read_content(lease)
    except UNREADABLE:
        return _failed_bare(lease, failure, error)
    fault = [Fault("WRITE_FAILED", params={"sqlstate": error})]
    rejects = content.rejects({row.position: fault for row in content.rows}, "write", failed=True)
    counts = RecordCounts(total=lease.records, rejected=len(earlier), failed=lease.records - len(earlier))
    return _Result(_entry(lease, counts, rejects, failure=failure, error=error), earlier + rejects, "failed")


def _failed_bare(lease: Lease, failure: str, error: str) -> _Result:
    counts = RecordCounts(total=lease.records, failed=lease.records)
    return _Result(_entry(lease, counts, [], failure=failure, error=error), [], "failed")


def _cancelled(lease: Lease) -> _Result:
    earlier = unpack_rejects(lease.rejects)
    counts = RecordCounts(total=lease.records, rejected=len(earlier), cancelled=lease.records - len(earlier))
    return _Result(_entry(lease, counts, []), earlier, "cancelled")
