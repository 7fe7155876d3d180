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
from libs.contracts.jobs import Mode
from libs.contracts.records import Entity
from libs.contracts.rows import join_ids
from services.writer.chunks.arrays import UuidArray
from services.writer.chunks.copy import copy_records, insert_links
from services.writer.chunks.rows import Row, without_repeats
from services.writer.chunks.staging import stage, statements_for

ROUNDS = 3
"""How often rows are looked up again because another transaction has inserted them meanwhile."""


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

    entity: Entity
    columns: tuple[str, ...]
    """The columns that the rows hold."""
    tenant: uuid.UUID
    job: uuid.UUID
    mode: Mode


def apply(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    """Write rows in a savepoint of their own. Raises psycopg.Error where PostgreSQL refuses them as a whole."""
    if not rows:
        return Applied()
    if target.mode == "insert":
        try:
            return _copy_in(connection, target, rows)
        except errors.UniqueViolation as error:
            if error.diag.table_name in {link.table for link in target.entity.links}:
                with suppress(errors.UniqueViolation):
                    return _copy_in(connection, target, list(map(without_repeats, rows)))
    return _merge(connection, target, rows)


def _copy_in(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    with connection.transaction(), connection.cursor() as cursor:
        copy_records(cursor, target.entity, target.columns, (target.tenant, target.job), rows)
        insert_links(cursor, target.entity, target.tenant, rows)
    return Applied(created=len(rows))


def _merge(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    applied = Applied()
    open_rows = {row.position: row for row in rows}
    met: dict[bytes, int] = {}
    with connection.transaction(), connection.cursor(binary=True) as cursor:
        stage(cursor, target.entity, target.columns, target.tenant, rows)
        for _ in range(ROUNDS):
            new, changed = _resolve(cursor, target, open_rows, met, applied)
            updated = _update(cursor, target, changed)
            inserted = _insert(cursor, target, new)
            applied.updated += len(updated)
            applied.created += len(inserted)
            vanished = (open_rows[position] for position in changed if position not in updated)
            open_rows = {row.position: row for row in (*vanished, *new) if row.id not in inserted}
            if not open_rows:
                return applied
        # Another transaction inserts and deletes the same rows all the time: later will do.
        raise errors.SerializationFailure


def _resolve(
    cursor: psycopg.Cursor[Any], target: Target, open_rows: dict[int, Row], met: dict[bytes, int], applied: Applied
) -> tuple[list[Row], dict[int, bytes]]:
    """Tell new rows from stored ones; returns the new rows and, by position, the stored ids of rows that differ.

    `met` says which position stands for a stored row; no two may, or the row would become a mixture of both.
    """
    query = statements_for(target.entity, target.columns).resolve
    parameters = {"positions": list(open_rows), "compare": target.mode == "upsert"}
    new: list[Row] = []
    changed: dict[int, bytes] = {}
    for position, stored, by_external, differs in sorted(cursor.execute(query, parameters), key=itemgetter(0)):
        row = open_rows[position]
        faults = _conflicts(target.mode, row, stored, by_external)
        found = stored or by_external
        if faults:
            applied.faulty[position] = faults
        elif found is None:
            applied.resolved.pop(row.index, None)
            new.append(row)
        elif target.mode == "upsert" and met.setdefault(found, position) != position:
            applied.faulty[position] = [Fault("DUPLICATE_ID")]
        else:
            if found != row.id:
                applied.resolved[row.index] = found
            if differs:
                changed[position] = found
            else:
                applied.unchanged += 1
    return new, changed


def _conflicts(mode: Mode, row: Row, stored: bytes | None, by_external: bytes | None) -> list[Fault]:
    """What is wrong with a row whose id or external_id is stored already."""
    if mode == "insert":
        faults = [Fault("ID_EXISTS")] if stored and row.own_id else []
        return faults + ([Fault("EXTERNAL_ID_EXISTS", "/external_id")] if by_external else [])
    if mode == "upsert" and by_external and by_external != stored:
        return [Fault("EXTERNAL_ID_TAKEN", "/external_id")]
    return []


def _insert(cursor: psycopg.Cursor[Any], target: Target, rows: Sequence[Row]) -> set[bytes]:
    if not rows:
        return set()
    statements = statements_for(target.entity, target.columns)
    parameters = {"job": target.job, "positions": [row.position for row in rows]}
    inserted = {stored for (stored,) in cursor.execute(statements.insert, parameters)}
    linked = {row.position: row.id for row in rows if row.id in inserted}
    _run(cursor, target, statements.relink, linked)
    return inserted


def _update(cursor: psycopg.Cursor[Any], target: Target, changed: dict[int, bytes]) -> set[int]:
    """Update stored rows and their links; returns the positions of those that nobody has deleted meanwhile."""
    if not changed:
        return set()
    statements = statements_for(target.entity, target.columns)
    updated = {position for (position,) in _run(cursor, target, [statements.update], changed)}
    # Links of a row that is gone would dangle. The rows updated are locked: they stay until these links are committed.
    linked = {position: changed[position] for position in updated}
    _run(cursor, target, (*statements.unlink, *statements.relink), linked)
    return updated


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
