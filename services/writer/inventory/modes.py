"""Writes accepted rows by the job's mode: insert, ignore or upsert.

`insert` first tries a straight COPY; only when that meets a row that exists does it go the way of the other two modes,
through a staging table that says which rows exist.
"""

import uuid
from collections.abc import Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any

import psycopg
from msgspec import Struct, field
from psycopg import errors, sql

from libs.contracts.chunks import Fault
from libs.contracts.inventory.rows import join_ids
from libs.contracts.jobs import Mode
from services.writer.inventory.arrays import UuidArray
from services.writer.inventory.copy import CopyCountError, copy_records, insert_links
from services.writer.inventory.rows import Row, Shape, without_repeats
from services.writer.inventory.staging import stage, statements_for

ROUNDS = 3
"""How often rows are tried again because another transaction has inserted or deleted some of them meanwhile."""


class Applied(Struct):
    """What became of some rows: counters, faults by position, and ids of stored rows where they are not the row's."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faulty: dict[int, list[Fault]] = field(default_factory=dict)
    resolved: dict[int, bytes] = field(default_factory=dict)

    def add(self, other: "Applied") -> None:
        """Take in what became of other rows."""
        self.created += other.created
        self.updated += other.updated
        self.unchanged += other.unchanged
        self.faulty.update(other.faulty)
        self.resolved.update(other.resolved)


class Target(Struct, frozen=True):
    """Whose records are written, for which job and how."""

    shape: Shape
    tenant: uuid.UUID
    job: uuid.UUID
    mode: Mode


class Plan(Struct):
    """What is to be done with some staged rows."""

    new: list[Row] = []
    changed: dict[int, bytes] = {}
    """By position: the stored id of a row that differs. In the order of the stored ids, in which rows are locked."""
    later: list[Row] = []
    """Rows that stand for a stored row which an earlier one of them stands for."""


def apply(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    """Write rows in a savepoint of their own. Raises psycopg.Error where PostgreSQL refuses them as a whole."""
    if not rows:
        return Applied()
    if target.mode == "insert":
        try:
            return _copy_in(connection, target, rows)
        except errors.UniqueViolation as error:
            if error.diag.table_name in {link.table for link in target.shape.links}:
                with suppress(errors.UniqueViolation):
                    return _copy_in(connection, target, list(map(without_repeats, rows)))
    return _merge(connection, target, rows)


def _copy_in(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    with connection.transaction(), connection.cursor() as cursor:
        copy_records(cursor, target.shape, (target.tenant, target.job), rows)
        insert_links(cursor, target.shape, target.tenant, rows)
    return Applied(created=len(rows))


def _merge(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    """Write rows of which some may be stored already.

    All that is updated is locked before anything is inserted, each in one order, so that two chunks with the same
    records wait for one another and never crosswise. That is why a try which meets a row of another transaction is
    taken back whole.
    """
    for _ in range(ROUNDS):
        with connection.transaction() as savepoint, connection.cursor(binary=True) as cursor:
            stage(cursor, target.shape, target.tenant, rows)
            applied = _try(cursor, target, rows)
            if applied is not None:
                return applied
            raise psycopg.Rollback(savepoint)
    # What is not stored still cannot be inserted: it is no other transaction that takes these rows away.
    raise CopyCountError


def _try(cursor: psycopg.Cursor[Any], target: Target, rows: Sequence[Row]) -> Applied | None:
    """Update and insert; None where another transaction was faster with one of the rows."""
    applied = Applied()
    while rows:
        plan = _resolve(cursor, target, rows, applied)
        if not (_update(cursor, target, plan.changed) and _insert(cursor, target, plan.new)):
            return None
        applied.updated += len(plan.changed)
        applied.created += len(plan.new)
        rows = plan.later
    return applied


def _resolve(cursor: psycopg.Cursor[Any], target: Target, rows: Sequence[Row], applied: Applied) -> Plan:
    """Tell new rows from stored ones, and what differs from what does not."""
    open_rows = {row.position: row for row in rows}
    parameters = {"positions": list(open_rows), "compare": target.mode == "upsert"}
    plan = Plan([], {}, [])
    met: set[bytes] = set()
    found_rows = cursor.execute(statements_for(target.shape).resolve, parameters)
    for position, stored, by_external, differs in sorted(found_rows, key=itemgetter(0)):
        row = open_rows[position]
        faults = _conflicts(target.mode, row, stored, by_external)
        found = stored or by_external
        if faults:
            applied.faulty[position] = faults
        elif found is None:
            plan.new.append(row)
        elif found in met and target.mode == "upsert":
            plan.later.append(row)
        else:
            met.add(found)
            if found != row.id:
                applied.resolved[row.index] = found
            if differs:
                plan.changed[position] = found
            else:
                applied.unchanged += 1
    plan.changed = dict(sorted(plan.changed.items(), key=itemgetter(1)))
    return plan


def _conflicts(mode: Mode, row: Row, stored: bytes | None, by_external: bytes | None) -> list[Fault]:
    """What is wrong with a row whose id or external_id is stored already."""
    if mode == "insert":
        faults = [Fault("ID_EXISTS")] if stored and row.own_id else []
        return faults + ([Fault("EXTERNAL_ID_EXISTS", "/external_id")] if by_external else [])
    if mode == "upsert" and by_external and by_external != stored:
        return [Fault("EXTERNAL_ID_TAKEN", "/external_id")]
    return []


def _insert(cursor: psycopg.Cursor[Any], target: Target, rows: Sequence[Row]) -> bool:
    """Insert rows and their links; False where another transaction has inserted one of them."""
    if not rows:
        return True
    statements = statements_for(target.shape)
    parameters = {"job": target.job, "positions": [row.position for row in rows]}
    if cursor.execute(statements.insert, parameters).rowcount < len(rows):
        return False
    _run(cursor, target, statements.relink, {row.position: row.id for row in rows})
    return True


def _update(cursor: psycopg.Cursor[Any], target: Target, changed: dict[int, bytes]) -> bool:
    """Update stored rows and their links; False where another transaction has deleted one of them.

    Links are changed by whoever has locked their row.
    """
    if not changed:
        return True
    statements = statements_for(target.shape)
    if _run(cursor, target, [statements.update], changed).rowcount < len(changed):
        return False
    _run(cursor, target, (*statements.unlink, *statements.relink), changed)
    return True


def _run(
    cursor: psycopg.Cursor[Any], target: Target, statements: Sequence[sql.Composed], stored: dict[int, bytes]
) -> psycopg.Cursor[Any]:
    """Run statements on staged rows; `stored` says by position which row of the table each stands for."""
    parameters = {
        "job": target.job,
        "positions": list(stored),
        "targets": UuidArray(join_ids(stored.values())),
    }
    for statement in statements:
        cursor.execute(statement, parameters)
    return cursor
