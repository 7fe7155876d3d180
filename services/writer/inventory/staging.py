"""Statements for records that may exist already: through a staging table, set-wise. Ids come back as their bytes.

One set of statements a shape, built once. `s` is the staging row, `x` the stored row that it stands for. The tenant
is a column of the staging row and never a constant: a large table can then be reached through its keys alone, which is
the one way that does not grow with it, and PostgreSQL has no other to choose.

The staging table is a session's own, unless the tables are spread over nodes (`libs/database/nodes`): then it is one
that all writers share, in which a chunk finds its rows by a token. There the tenant is a constant, which is how a
coordinator knows the node; each row is looked for by itself, so that there is no other plan either.
"""

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
from services.writer.inventory.target import Target


class Statements(Struct, frozen=True):
    """The SQL of one shape."""

    clear: tuple[sql.Composed, ...]
    """Before rows are staged."""
    done: tuple[sql.Composed, ...]
    """Once they have been applied."""
    resolve: sql.Composed
    insert: sql.Composed
    update: sql.Composed
    hold: sql.Composed
    mark: sql.Composed
    unlink: tuple[sql.Composed, ...]
    relink: tuple[sql.Composed, ...]


def stage(cursor: psycopg.Cursor[Any], target: Target, rows: Sequence[Row]) -> None:
    """Put rows into the entity's staging table; those of before are gone."""
    shape, token = target.shape, target.token
    entity = shape.entity
    for statement in statements_for(shape, shared=bool(token)).clear:
        cursor.execute(statement)
    fields = (*shape.columns, *(link.field for link in shape.links))
    names = (*(("token",) if token else ()), "tenant_id", "position", "own_id", "present", FINGERPRINT, *fields)
    owners = (*((token,) if token else ()), target.tenant)
    head = b"".join((binary.row_head(len(names)), *(binary.uuid(each.bytes) for each in owners)))
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
    schema, table = _place(entity, shared=bool(token))
    send(cursor, table, copy_into(schema, table, names), data, len(rows))


def _place(entity: Entity, *, shared: bool) -> tuple[str, str]:
    return ("ingest" if shared else "pg_temp", f"staging_{entity.table}")


_TARGETS = sql.SQL("unnest(%(positions)s::int[], %(targets)s::uuid[]) AS m (position, target)")
_TARGETED = sql.SQL("(SELECT s.*, m.target FROM {targets} JOIN {staging} s USING (position) OFFSET 0) AS s")
"""Staged rows with the stored rows that they stand for: one relation, from which the whole of a key is taken."""
_OURS = sql.SQL("(SELECT * FROM {table} WHERE tenant_id = %(tenant)s AND token = %(token)s)")
_TARGETED_OURS = sql.SQL(
    "(SELECT s.*, m.target FROM {targets} CROSS JOIN LATERAL (SELECT * FROM {table} AS one WHERE "
    "one.tenant_id = %(tenant)s AND one.token = %(token)s AND one.position = m.position OFFSET 0) AS s) AS s"
)
"""The same where all writers stage in one table: each row is found by its key."""


def _staged(entity: Entity, *, shared: bool) -> dict[str, sql.Composable]:
    """How statements name what is staged, the same with targets, the tenant, and that `x` is the target of `s`."""
    table, column = sql.Identifier(*_place(entity, shared=shared)), sql.Identifier("x", entity.id_field)
    is_target = sql.SQL("{} = s.target").format(column)
    if not shared:
        targeted = _TARGETED.format(targets=_TARGETS, staging=table)
        return {"staging": table, "targeted": targeted, "tenant": sql.SQL("s.tenant_id"), "is_target": is_target}
    return {
        "staging": _OURS.format(table=table),
        "targeted": _TARGETED_OURS.format(targets=_TARGETS, table=table),
        "tenant": sql.SQL("%(tenant)s"),
        # Without the targets, the tenant would lead to all of its rows, where there are thought to be few.
        "is_target": sql.SQL("{} AND {} = ANY(%(targets)s)").format(is_target, column),
    }


@lru_cache(SHAPES)
def statements_for(shape: Shape, *, shared: bool) -> Statements:
    """Build the statements for rows of this shape; `shared`, where all writers stage in the same tables."""
    entity = shape.entity
    names: dict[str, Any] = {
        **_staged(entity, shared=shared),
        "table": sql.Identifier("inventory", entity.table),
        "id": sql.Identifier(entity.id_field),
        "columns": sql.SQL(", ").join(map(sql.Identifier, shape.columns)),
        "s_columns": sql.SQL(", ").join(sql.Identifier("s", name) for name in shape.columns),
        "all_columns": sql.SQL(", ").join(map(sql.Identifier, entity.columns)),
        "targets": _TARGETS,
    }
    return Statements(
        clear=() if shared else _create(entity, names),
        done=(_delete(entity),) if shared else (),
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
            "WHERE x.tenant_id = {tenant} AND {is_target}"
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
    empty = sql.SQL("DELETE FROM {staging}")
    return table.format(**names, links=links), index.format(**names, index=name), empty.format(**names)


def _delete(entity: Entity) -> sql.Composed:
    """Nobody but this transaction has ever seen them."""
    rows = sql.SQL("DELETE FROM {} WHERE tenant_id = %(tenant)s AND token = %(token)s")
    return rows.format(sql.Identifier(*_place(entity, shared=True)))


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
            "WHERE l.tenant_id = {tenant} AND l.{id} = x.{id} ORDER BY l.{column})"
        ).format(id=names["id"], tenant=names["tenant"], **_link_names(shape, link))
        for link in shape.links
    ]
    return sql.SQL(
        "SELECT s.position, uuid_send(x.{id}), uuid_send(e.{id}), x.{id} IS NOT NULL AND %(compare)s AND ({differs}), "
        "x.fingerprint IS NOT NULL "
        "FROM {staging} s LEFT JOIN LATERAL (SELECT * FROM {table} AS named "
        "WHERE named.tenant_id = {tenant} AND named.external_id = s.external_id OFFSET 0) e ON true "
        "LEFT JOIN LATERAL (SELECT * FROM {table} AS own WHERE own.tenant_id = {tenant} "
        "AND own.{id} = CASE WHEN s.own_id THEN s.{id} ELSE coalesce(e.{id}, s.{id}) END OFFSET 0) x ON true "
        "WHERE s.position = ANY(%(positions)s)"
    ).format(**names, differs=sql.SQL(" OR ").join(differs))


def _update(shape: Shape, names: dict[str, Any]) -> sql.Composed:
    assignments = _listed(
        sql.SQL("{} = {}").format(sql.Identifier(name), value) for name, value in _new_values(shape).items()
    )
    return sql.SQL(
        "UPDATE {table} x SET {assignments}, fingerprint = s.fingerprint, job_id = %(job)s, updated_at = now() "
        "FROM {targeted} WHERE x.tenant_id = {tenant} AND {is_target}"
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
        "DELETE FROM {links} x USING {targeted} "
        "WHERE x.tenant_id = {tenant} AND {is_target} AND {came} AND x.{column} <> ALL (s.{field})"
    ).format(**names, **_link_names(shape, link))


def _relink(shape: Shape, link: Link, names: dict[str, Any]) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO {links} (tenant_id, {id}, {column}) SELECT s.tenant_id, s.target, t "
        "FROM {targeted}, unnest(s.{field}) AS t WHERE {came} ON CONFLICT DO NOTHING"
    ).format(**names, **_link_names(shape, link))
