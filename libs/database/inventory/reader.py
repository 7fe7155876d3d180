"""Reads a tenant's inventory under row level security. What it costs is bounded, however much there is."""

import uuid
from collections.abc import Sequence
from typing import Any

from msgspec import Struct, convert
from psycopg import Cursor, sql
from psycopg.rows import DictRow
from psycopg_pool import ConnectionPool

from libs.contracts.inventory.reading import STORED, InventoryFilter, LinkedRecord, Side, StoredRecord, sides_of
from libs.contracts.inventory.records import ENTITIES, Entity
from libs.database.inventory import statements
from libs.database.inventory.statements import MOST_LOOKED_AT
from libs.database.inventory.words import patterns
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant

LAST_ID = uuid.UUID(int=(1 << 128) - 1)
Values = dict[str, Any]


class Found(Struct, frozen=True):
    """A page of records, and where the next one starts; None where there is none."""

    records: list[StoredRecord]
    after: uuid.UUID | None
    count: int | None
    """How many there are, if this is the first page; `more` where there may be others that were not counted."""
    more: bool


class StoredOrigin(Struct, frozen=True, kw_only=True):
    """What is known of the job that wrote a record."""

    created_by: str
    task_id: uuid.UUID | None
    file_id: uuid.UUID | None
    file_name: str | None
    sheet: str | None
    first_row: int | None
    jumps: list[int] | None
    first_line: int | None
    """The line of the job's first row, where each of its rows is one line; else null."""


class _Ids(Struct, frozen=True):
    """The first ids that are wanted."""

    ids: list[uuid.UUID]
    count: int
    """How many there are among those that were looked at,"""
    last: uuid.UUID | None
    """and the last one of those, where others may follow."""


class InventoryReader:
    """Reads records. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def page(
        self, tenant_id: uuid.UUID, entity: Entity, wanted: InventoryFilter, *, before: uuid.UUID | None, limit: int
    ) -> Found:
        """The next `limit` records below an id, the highest first; fewer where others are not near.

        The record whose external id is what is searched for stands before all others.
        """
        with as_tenant(self._pool, tenant_id) as cursor:
            values: Values = {"tenant": tenant_id, "before": before}
            found = _listed(cursor, entity, wanted, values, limit)
            alone = wanted == InventoryFilter(q=wanted.q)
            exact = _by_name(cursor, entity, wanted.q if alone else None, values)
            others = [each for each in found.ids if each not in exact]
            first = exact if before is None else []
            room = limit - len(first)
            count, more = _counted(cursor, entity, wanted, found, values) if before is None else (None, False)
            records = _rows(cursor, entity, tenant_id, [*first, *others[:room]])
        return Found(records, _end(others, room, found.last), count, more)

    def record(self, tenant_id: uuid.UUID, entity: Entity, record_id: uuid.UUID) -> StoredRecord | None:
        """One record."""
        with as_tenant(self._pool, tenant_id) as cursor:
            found = _rows(cursor, entity, tenant_id, [record_id])
        return found[0] if found else None

    def linked(
        self, tenant_id: uuid.UUID, side: Side, record_id: uuid.UUID, limit: int
    ) -> tuple[list[LinkedRecord], bool]:
        """What a record is linked with on one side, the highest ids first, and whether there is more."""
        back = statements.linked(Side(side.entity, side.table, side.other, side.own))
        values: Values = {"tenant": tenant_id, side.own: record_id, "most": MOST_LOOKED_AT, "shown": limit + 1}
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(statements.targets(ENTITIES[side.entity], back), values).fetchall()
        return convert(rows[:limit], list[LinkedRecord]), len(rows) > limit

    def origin(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> StoredOrigin | None:
        """What is known of a job that wrote records; None where it is not known any more."""
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["read_origin"], {"tenant": tenant_id, "job": job_id}).fetchone()
        return convert(row, StoredOrigin, strict=False) if row else None


def _end(ids: Sequence[uuid.UUID], shown: int, last: uuid.UUID | None) -> uuid.UUID | None:
    """The id below which the next page starts; None where there is none."""
    if len(ids) <= shown:
        return last
    return ids[shown - 1] if shown else LAST_ID


def _listed(cursor: Cursor[DictRow], entity: Entity, wanted: InventoryFilter, values: Values, limit: int) -> _Ids:
    """What is wanted of the records that an index names, or else of the next ones."""
    plain = wanted == InventoryFilter()
    shown = limit + 2  # one to tell whether there is more, and one that may stand elsewhere
    given = {
        **values, **{name: list(chosen) for name, chosen in wanted.chosen.items()}, **wanted.linked, "shown": shown,
        "patterns": patterns(wanted.q or ""), "external_id": wanted.external_id,
        "most": shown if plain else MOST_LOOKED_AT,
    }  # fmt: skip
    named, asked = _named(cursor, entity, wanted, given)
    statement = statements.listed(entity, wanted, named=named, asked=asked, starts=values["before"] is None)
    row = cursor.execute(statement, given).fetchone()
    assert row is not None
    return _Ids(row["ids"] or [], row["count"], row["last"])


def _named(
    cursor: Cursor[DictRow], entity: Entity, wanted: InventoryFilter, values: Values
) -> tuple[sql.Composed | None, list[Side]]:
    """What names the records by an index, if anything does, and the sides for whose links each is to be asked."""
    asked = [side for side in sides_of(entity) if side.other in wanted.linked]
    if wanted.external_id is not None:
        return statements.by_name(entity), asked
    for side in asked:
        if _count(cursor, statements.linked(side), values) <= MOST_LOOKED_AT:
            return statements.linked(side), [each for each in asked if each != side]
    return None, asked


def _by_name(cursor: Cursor[DictRow], entity: Entity, name: str | None, values: Values) -> list[uuid.UUID]:
    if name is None:
        return []
    return [row["id"] for row in cursor.execute(statements.by_name(entity), {**values, "external_id": name})]


def _counted(
    cursor: Cursor[DictRow], entity: Entity, wanted: InventoryFilter, found: _Ids, values: Values
) -> tuple[int, bool]:
    """How many there are, and whether there may be more."""
    if wanted != InventoryFilter():
        return found.count, found.last is not None
    count = _count(cursor, statements.all_of(entity), values)
    return min(count, MOST_LOOKED_AT), count > MOST_LOOKED_AT


def _count(cursor: Cursor[DictRow], some: sql.Composed, values: Values) -> int:
    """How many these are, as far as they are counted, and one more."""
    row = cursor.execute(statements.count(some), {**values, "most": MOST_LOOKED_AT + 1}).fetchone()
    return int(row["found"]) if row else 0


def _rows(
    cursor: Cursor[DictRow], entity: Entity, tenant_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> list[StoredRecord]:
    """The records with these ids, in their order."""
    kind = STORED[entity.name]
    rows = cursor.execute(statements.rows(entity), {"tenant": tenant_id, "ids": list(ids)})
    found = {row[entity.id_field]: kind(**row) for row in rows}
    return [found[each] for each in ids if each in found]
