"""Writes rows of which some may be stored, through a staging table that says which, and what differs."""

from collections.abc import Sequence
from operator import itemgetter
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import sql

from libs.contracts.chunks import Fault
from libs.contracts.inventory.rows import join_ids
from libs.contracts.jobs import Mode
from services.writer.inventory.arrays import UuidArray
from services.writer.inventory.copy import CopyCountError
from services.writer.inventory.rows import Row
from services.writer.inventory.staging import Statements, stage, statements_for
from services.writer.inventory.target import Applied, Target

ROUNDS = 3
"""How often rows are tried again because another transaction has inserted or deleted some of them meanwhile."""


class Plan(Struct):
    """What is to be done with some staged rows."""

    new: list[Row] = []
    changed: dict[int, bytes] = {}
    """By position: the stored id of a row that differs. In the order of the stored ids, in which rows are locked."""
    later: list[Row] = []
    """Rows that stand for a stored row which an earlier one of them stands for."""
    unmarked: dict[int, bytes] = {}
    """By position: the stored id of a row that does not differ, and will not be known by its fingerprint."""


def merge(connection: psycopg.Connection[Any], target: Target, rows: Sequence[Row]) -> Applied:
    """Write rows of which some may be stored already.

    All that is updated is locked before anything is inserted, each in one order, so that two chunks with the same
    records wait for one another and never crosswise. That is why a try which meets a row of another transaction is
    taken back whole.
    """
    if not rows:
        return Applied()
    for _ in range(ROUNDS):
        with connection.transaction() as savepoint, connection.cursor(binary=True) as cursor:
            stage(cursor, target, rows)
            applied = _try(cursor, target, rows)
            if applied is not None:
                for statement in _statements(target).done:
                    cursor.execute(statement, _whose(target))
                return applied
            raise psycopg.Rollback(savepoint)
    # What is not stored still cannot be inserted: it is no other transaction that takes these rows away.
    raise CopyCountError


def _statements(target: Target) -> Statements:
    return statements_for(target.shape, shared=bool(target.token))


def _whose(target: Target) -> dict[str, Any]:
    """What each statement may ask for."""
    return {"tenant": target.tenant, "token": target.token, "job": target.job}


def _try(cursor: psycopg.Cursor[Any], target: Target, rows: Sequence[Row]) -> Applied | None:
    """Update and insert; None where another transaction was faster with one of the rows."""
    applied = Applied()
    while rows:
        plan = _resolve(cursor, target, rows, applied)
        if not (_update(cursor, target, plan.changed) and _insert(cursor, target, plan.new)):
            return None
        applied.updated += len(plan.changed)
        applied.created += len(plan.new)
        if target.mode == "upsert":
            _mark_stored(cursor, target, plan.unmarked)
        rows = plan.later
    return applied


def _resolve(cursor: psycopg.Cursor[Any], target: Target, rows: Sequence[Row], applied: Applied) -> Plan:
    """Tell new rows from stored ones, and what differs from what does not."""
    open_rows = {row.position: row for row in rows}
    parameters = {**_whose(target), "positions": list(open_rows), "compare": target.mode == "upsert"}
    plan = Plan([], {}, [], {})
    met: set[bytes] = set()
    found_rows = cursor.execute(_statements(target).resolve, parameters)
    for position, stored, by_external, differs, marked in sorted(found_rows, key=itemgetter(0)):
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
                if not marked:
                    plan.unmarked[position] = found
    plan.changed = dict(sorted(plan.changed.items(), key=itemgetter(1)))
    return plan


def _conflicts(mode: Mode, row: Row, stored: bytes | None, by_external: bytes | None) -> list[Fault]:
    """What is wrong with a row whose id or external_id is stored already."""
    if mode == "insert":
        # An id that was made, and told, may have been used by somebody before its record came.
        faults = [Fault("ID_EXISTS")] if stored and (row.own_id or not by_external) else []
        return faults + ([Fault("EXTERNAL_ID_EXISTS", "/external_id")] if by_external else [])
    if mode == "upsert" and by_external and by_external != stored:
        return [Fault("EXTERNAL_ID_TAKEN", "/external_id")]
    return []


def _insert(cursor: psycopg.Cursor[Any], target: Target, rows: Sequence[Row]) -> bool:
    """Insert rows and their links; False where another transaction has inserted one of them."""
    if not rows:
        return True
    statements = _statements(target)
    parameters = {**_whose(target), "positions": [row.position for row in rows]}
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
    statements = _statements(target)
    if _run(cursor, target, [statements.update], changed).rowcount < len(changed):
        return False
    _run(cursor, target, (*statements.unlink, *statements.relink), changed)
    return True


def _mark_stored(cursor: psycopg.Cursor[Any], target: Target, unmarked: dict[int, bytes]) -> None:
    """Give stored rows that do not differ the fingerprint of what came, so that they are known by it the next time.

    They are compared again once they are held: whoever has changed one meanwhile, or its links, has had to hold it.
    """
    if not unmarked:
        return
    statements = _statements(target)
    held = {position: unmarked[position] for (position,) in _run(cursor, target, [statements.hold], unmarked)}
    compared = cursor.execute(statements.resolve, {**_whose(target), "positions": list(held), "compare": True})
    alike = {position: held[position] for position, stored, _, differs, _ in compared if stored and not differs}
    _run(cursor, target, [statements.mark], alike)


def _run(
    cursor: psycopg.Cursor[Any], target: Target, statements: Sequence[sql.Composed], stored: dict[int, bytes]
) -> psycopg.Cursor[Any]:
    """Run statements on staged rows; `stored` says by position which row of the table each stands for."""
    parameters = {
        **_whose(target),
        "positions": list(stored),
        "targets": UuidArray(join_ids(stored.values())),
    }
    for statement in statements:
        cursor.execute(statement, parameters)
    return cursor
