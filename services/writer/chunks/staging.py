"""Statements for records that may exist already: through a temporary table, set-wise. Ids come back as their bytes.

One set of statements an entity, built once. `s` is the staging row, `x` the stored row that it stands for. The tenant
is a column of the staging row and never a constant: a large table can then be reached through its keys alone, which is
the one way that does not grow with it, and PostgreSQL has no other to choose.
"""

import uuid
from collections.abc import Sequence
from functools import cache
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import sql

from libs.contracts import binary
from libs.contracts.records import Entity
from services.writer.chunks.copy import copy_into, send
from services.writer.chunks.rows import Row, without_repeats


class Statements(Struct, frozen=True):
    """The SQL of one entity."""

    create: tuple[sql.Composed, ...]
    resolve: sql.Composed
    insert: sql.Composed
    update: sql.Composed
    unlink: tuple[sql.Composed, ...]
    relink: tuple[sql.Composed, ...]


def stage(
    cursor: psycopg.Cursor[Any], entity: Entity, columns: tuple[str, ...], tenant: uuid.UUID, rows: Sequence[Row]
) -> None:
    """Put rows into the entity's staging table, which is emptied first."""
    for statement in statements_for(entity, columns).create:
        cursor.execute(statement)
    cursor.execute(sql.SQL("DELETE FROM {}").format(_staging(entity)))
    names = ("tenant_id", "position", "own_id", *columns, *(link.field for link in entity.links))
    head = binary.row_head(len(names)) + binary.uuid(tenant.bytes)
    parts = [
        part
        for row in rows
        for part in (
            head,
            binary.int4(row.position),
            binary.boolean(row.own_id),
            row.data,
            *(binary.bytea(binary.uuid_array(ids)) for ids in without_repeats(row).links),
        )
    ]
    data = b"".join((binary.HEADER, *parts, binary.TRAILER))
    send(cursor, f"staging_{entity.table}", copy_into("pg_temp", f"staging_{entity.table}", names), data, len(rows))


def _staging(entity: Entity) -> sql.Identifier:
    return sql.Identifier("pg_temp", f"staging_{entity.table}")


@cache
def statements_for(entity: Entity, columns: tuple[str, ...]) -> Statements:
    """Build the statements of an entity for rows that have these columns."""
    names = {
        "staging": _staging(entity),
        "table": sql.Identifier("inventory", entity.table),
        "id": sql.Identifier(entity.id_field),
        "columns": sql.SQL(", ").join(map(sql.Identifier, columns)),
        "s_columns": sql.SQL(", ").join(sql.Identifier("s", name) for name in columns),
        "all_columns": sql.SQL(", ").join(map(sql.Identifier, entity.columns)),
    }
    return Statements(
        create=_create(entity, names),
        resolve=_resolve(entity, columns, names),
        insert=sql.SQL(
            "INSERT INTO {table} (tenant_id, {columns}, job_id) "
            "SELECT s.tenant_id, {s_columns}, %(job)s FROM {staging} s WHERE s.position = ANY(%(positions)s) "
            "ORDER BY s.external_id ON CONFLICT DO NOTHING RETURNING uuid_send({id})"
        ).format(**names),
        update=_update(entity, columns, names),
        unlink=tuple(_unlink(entity, number, names) for number in range(len(entity.links))),
        relink=tuple(_relink(entity, number, names) for number in range(len(entity.links))),
    )


def _create(entity: Entity, names: dict[str, Any]) -> tuple[sql.Composed, ...]:
    links = sql.SQL("").join(
        sql.SQL(", NULL::uuid[] AS {}").format(sql.Identifier(link.field)) for link in entity.links
    )
    table = sql.SQL(
        "CREATE TEMP TABLE IF NOT EXISTS {staging} ON COMMIT DELETE ROWS AS "
        "SELECT tenant_id, 0 AS position, false AS own_id, {all_columns}{links} FROM {table} WITH NO DATA"
    )
    index = sql.SQL("CREATE UNIQUE INDEX IF NOT EXISTS {index} ON {staging} (position)")
    name = sql.Identifier(f"staging_{entity.table}_position")
    return table.format(**names, links=links), index.format(**names, index=name)


def _resolve(entity: Entity, columns: tuple[str, ...], names: dict[str, Any]) -> sql.Composed:
    """For each staged row: the stored row it stands for, the row that has its external_id, and whether they differ."""
    fields = [name for name in columns if name != entity.id_field]
    differs = [
        sql.SQL("({}) IS DISTINCT FROM ({})").format(
            sql.SQL(", ").join(sql.Identifier("s", name) for name in fields),
            sql.SQL(", ").join(sql.Identifier("x", name) for name in fields),
        )
    ]
    differs += [
        sql.SQL(
            "s.{field} <> ARRAY(SELECT l.{column} FROM {links} l "
            "WHERE l.tenant_id = s.tenant_id AND l.{id} = x.{id} ORDER BY l.{column})"
        ).format(
            field=sql.Identifier(link.field),
            column=sql.Identifier(link.column),
            links=sql.Identifier("inventory", link.table),
            id=names["id"],
        )
        for link in entity.links
    ]
    return sql.SQL(
        "SELECT s.position, uuid_send(x.{id}), uuid_send(e.{id}), x.{id} IS NOT NULL AND %(compare)s AND ({differs}) "
        "FROM {staging} s "
        "LEFT JOIN {table} e ON e.tenant_id = s.tenant_id AND e.external_id = s.external_id "
        "LEFT JOIN {table} x ON x.tenant_id = s.tenant_id AND x.{id} = CASE WHEN s.own_id THEN s.{id} ELSE e.{id} END "
        "WHERE s.position = ANY(%(positions)s)"
    ).format(**names, differs=sql.SQL(" OR ").join(differs))


_TARGETS = sql.SQL("unnest(%(positions)s::int[], %(targets)s::uuid[]) AS m (position, target)")


def _update(entity: Entity, columns: tuple[str, ...], names: dict[str, Any]) -> sql.Composed:
    fields = [name for name in columns if name != entity.id_field]
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier("s", name)) for name in fields
    )
    return sql.SQL(
        "UPDATE {table} x SET {assignments}, job_id = %(job)s, updated_at = now() "
        "FROM {targets} JOIN {staging} s USING (position) WHERE x.tenant_id = s.tenant_id AND x.{id} = m.target "
        "RETURNING m.position"
    ).format(**names, targets=_TARGETS, assignments=assignments)


def _link_names(entity: Entity, number: int) -> dict[str, Any]:
    link = entity.links[number]
    return {
        "links": sql.Identifier("inventory", link.table),
        "column": sql.Identifier(link.column),
        "field": sql.Identifier(link.field),
    }


def _unlink(entity: Entity, number: int, names: dict[str, Any]) -> sql.Composed:
    return sql.SQL(
        "DELETE FROM {links} l USING {targets} JOIN {staging} s USING (position) "
        "WHERE l.tenant_id = s.tenant_id AND l.{id} = m.target AND l.{column} <> ALL (s.{field})"
    ).format(**names, targets=_TARGETS, **_link_names(entity, number))


def _relink(entity: Entity, number: int, names: dict[str, Any]) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO {links} (tenant_id, {id}, {column}) SELECT s.tenant_id, m.target, t "
        "FROM {targets} JOIN {staging} s USING (position), unnest(s.{field}) AS t ON CONFLICT DO NOTHING"
    ).format(**names, targets=_TARGETS, **_link_names(entity, number))
