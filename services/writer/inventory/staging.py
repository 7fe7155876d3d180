"""Statements for records that may exist already: through a temporary table, set-wise. Ids come back as their bytes.

One set of statements a shape, built once. `s` is the staging row, `x` the stored row that it stands for. The tenant
is a column of the staging row and never a constant: a large table can then be reached through its keys alone, which is
the one way that does not grow with it, and PostgreSQL has no other to choose.
"""

import uuid
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import sql

from libs.contracts import binary
from libs.contracts.inventory.records import Entity, Link
from services.writer.inventory.copy import copy_into, send
from services.writer.inventory.rows import FINGERPRINT, SHAPES, Row, Shape, without_repeats


class Statements(Struct, frozen=True):
    """The SQL of one shape."""

    create: tuple[sql.Composed, ...]
    resolve: sql.Composed
    insert: sql.Composed
    update: sql.Composed
    hold: sql.Composed
    mark: sql.Composed
    unlink: tuple[sql.Composed, ...]
    relink: tuple[sql.Composed, ...]


def stage(cursor: psycopg.Cursor[Any], shape: Shape, tenant: uuid.UUID, rows: Sequence[Row]) -> None:
    """Put rows into the entity's staging table, which is emptied first."""
    entity = shape.entity
    for statement in statements_for(shape).create:
        cursor.execute(statement)
    cursor.execute(sql.SQL("DELETE FROM {}").format(_staging(entity)))
    fields = (*shape.columns, *(link.field for link in shape.links))
    names = ("tenant_id", "position", "own_id", "present", FINGERPRINT, *fields)
    head = binary.row_head(len(names)) + binary.uuid(tenant.bytes)
    parts = [
        part
        for row in rows
        for part in (
            head,
            binary.int4(row.position),
            binary.boolean(row.own_id),
            binary.int8(row.present),
            row.fingerprint or binary.NULL,
            row.data,
            *(binary.bytea(binary.uuid_array(ids)) for ids in without_repeats(row).links),
        )
    ]
    data = b"".join((binary.HEADER, *parts, binary.TRAILER))
    send(cursor, f"staging_{entity.table}", copy_into("pg_temp", f"staging_{entity.table}", names), data, len(rows))


def _staging(entity: Entity) -> sql.Identifier:
    return sql.Identifier("pg_temp", f"staging_{entity.table}")


_TARGETS = sql.SQL("unnest(%(positions)s::int[], %(targets)s::uuid[]) AS m (position, target)")
_TARGETED = sql.SQL("(SELECT s.*, m.target FROM {targets} JOIN {staging} s USING (position) OFFSET 0) AS s")
"""Staged rows with the stored rows that they stand for: one relation, from which the whole of a key is taken."""


@lru_cache(SHAPES)
def statements_for(shape: Shape) -> Statements:
    """Build the statements for rows of this shape."""
    entity = shape.entity
    names = {
        "staging": _staging(entity),
        "table": sql.Identifier("inventory", entity.table),
        "id": sql.Identifier(entity.id_field),
        "columns": sql.SQL(", ").join(map(sql.Identifier, shape.columns)),
        "s_columns": sql.SQL(", ").join(sql.Identifier("s", name) for name in shape.columns),
        "all_columns": sql.SQL(", ").join(map(sql.Identifier, entity.columns)),
        "targets": _TARGETS,
        "targeted": _TARGETED.format(targets=_TARGETS, staging=_staging(entity)),
    }
    return Statements(
        create=_create(entity, names),
        resolve=_resolve(shape, names),
        # In one order: two chunks that insert the same rows wait for one another, and never crosswise.
        insert=sql.SQL(
            "INSERT INTO {table} (tenant_id, {columns}, job_id, fingerprint) "
            "SELECT s.tenant_id, {s_columns}, %(job)s, s.fingerprint FROM {staging} s "
            "WHERE s.position = ANY(%(positions)s) "
            'ORDER BY s.external_id COLLATE "C", s.{id} ON CONFLICT DO NOTHING'
        ).format(**names),
        update=_update(shape, names),
        # Whoever holds a row is about to change it: its fingerprint can wait for another day.
        hold=sql.SQL(
            "SELECT m.position FROM {targets} CROSS JOIN LATERAL (SELECT FROM {table} x WHERE x.tenant_id = %(tenant)s "
            "AND x.{id} = m.target AND x.fingerprint IS NULL FOR NO KEY UPDATE SKIP LOCKED) AS held"
        ).format(**names),
        mark=sql.SQL(
            "UPDATE {table} x SET fingerprint = s.fingerprint FROM {targeted} "
            "WHERE x.tenant_id = s.tenant_id AND x.{id} = s.target"
        ).format(**names),
        unlink=tuple(_unlink(shape, link, names) for link in shape.links),
        relink=tuple(_relink(shape, link, names) for link in shape.links),
    )


def _create(entity: Entity, names: dict[str, Any]) -> tuple[sql.Composed, ...]:
    links = sql.SQL("").join(
        sql.SQL(", NULL::uuid[] AS {}").format(sql.Identifier(link.field)) for link in entity.links
    )
    table = sql.SQL(
        "CREATE TEMP TABLE IF NOT EXISTS {staging} ON COMMIT DELETE ROWS AS "
        "SELECT tenant_id, 0 AS position, false AS own_id, 0::bigint AS present, fingerprint, "
        "{all_columns}{links} FROM {table} "
        "WITH NO DATA"
    )
    index = sql.SQL("CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {staging} (position)")
    name = sql.Identifier(f"staging_{entity.table}_position")
    return table.format(**names, links=links), index.format(**names, index=name)


def _came(shape: Shape, *members: str) -> sql.SQL | sql.Composed:
    """Whether one of these members came with the staged record."""
    if not shape.masked:
        return sql.SQL("true")
    bits = sum(1 << place for place, member in enumerate(shape.members) if member in members)
    return sql.SQL("s.present & {} <> 0").format(sql.Literal(bits))


def _new_values(shape: Shape) -> dict[str, sql.Composed]:
    """By column: what a stored row holds once the staged record is applied to it."""
    staged = {name: sql.SQL("{}").format(sql.Identifier("s", name)) for name in shape.columns[1:]}
    if not shape.masked:
        return staged
    return {
        name: sql.SQL("CASE WHEN {came} THEN {value} ELSE {kept} END").format(
            came=_came(shape, name), value=value, kept=sql.Identifier("x", name)
        )
        for name, value in staged.items()
    }


def _listed(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _resolve(shape: Shape, names: dict[str, Any]) -> sql.Composed:
    """For each staged row: the stored row it stands for, the row that has its external_id, whether they differ.

    Last, whether the stored row has a fingerprint.
    """
    values = _new_values(shape)
    kept = (sql.Identifier("x", name) for name in values)
    differs = [sql.SQL("({}) IS DISTINCT FROM ({})").format(_listed(values.values()), _listed(kept))]
    differs += [
        sql.SQL(
            "{came} AND s.{field} <> ARRAY(SELECT l.{column} FROM {links} l "
            "WHERE l.tenant_id = s.tenant_id AND l.{id} = x.{id} ORDER BY l.{column})"
        ).format(id=names["id"], **_link_names(shape, link))
        for link in shape.links
    ]
    return sql.SQL(
        "SELECT s.position, uuid_send(x.{id}), uuid_send(e.{id}), x.{id} IS NOT NULL AND %(compare)s AND ({differs}), "
        "x.fingerprint IS NOT NULL "
        "FROM {staging} s LEFT JOIN LATERAL (SELECT * FROM {table} AS named "
        "WHERE named.tenant_id = s.tenant_id AND named.external_id = s.external_id OFFSET 0) e ON true "
        "LEFT JOIN LATERAL (SELECT * FROM {table} AS own WHERE own.tenant_id = s.tenant_id "
        "AND own.{id} = CASE WHEN s.own_id THEN s.{id} ELSE e.{id} END OFFSET 0) x ON true "
        "WHERE s.position = ANY(%(positions)s)"
    ).format(**names, differs=sql.SQL(" OR ").join(differs))


def _update(shape: Shape, names: dict[str, Any]) -> sql.Composed:
    assignments = _listed(
        sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in _new_values(shape).items()
    )
    return sql.SQL(
        "UPDATE {table} x SET {assignments}, fingerprint = s.fingerprint, job_id = %(job)s, updated_at = now() "
        "FROM {targeted} WHERE x.tenant_id = s.tenant_id AND x.{id} = s.target"
    ).format(**names, assignments=assignments)


def _link_names(shape: Shape, link: Link) -> dict[str, Any]:
    return {
        "links": sql.Identifier("inventory", link.table),
        "column": sql.Identifier(link.column),
        "field": sql.Identifier(link.field),
        "came": _came(shape, link.field, link.names),
    }


def _unlink(shape: Shape, link: Link, names: dict[str, Any]) -> sql.Composed:
    return sql.SQL(
        "DELETE FROM {links} l USING {targeted} "
        "WHERE l.tenant_id = s.tenant_id AND l.{id} = s.target AND {came} AND l.{column} <> ALL (s.{field})"
    ).format(**names, **_link_names(shape, link))


def _relink(shape: Shape, link: Link, names: dict[str, Any]) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO {links} (tenant_id, {id}, {column}) SELECT s.tenant_id, s.target, t "
        "FROM {targeted}, unnest(s.{field}) AS t WHERE {came} ON CONFLICT DO NOTHING"
    ).format(**names, **_link_names(shape, link))
