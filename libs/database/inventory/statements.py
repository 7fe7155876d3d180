"""SQL about the records of one entity. A list is never sorted and never skipped: it goes down the primary key."""

from collections.abc import Sequence

from psycopg import sql

from libs.contracts.inventory import InventoryFilter, Side, names_of, searched_of, sides_of
from libs.contracts.records import Entity

MOST_LOOKED_AT = 10_000
"""Records that a page looks at, where it cannot know by an index which ones are meant; and as far as is counted."""

_STRETCH = sql.SQL("""
SELECT array_agg(t.id ORDER BY t.id DESC) FILTER (WHERE {condition}) AS ids,
       (array_agg(t.id ORDER BY t.id DESC))[%(most)s] AS last
FROM (
    SELECT {id} AS id, t.* FROM {table} AS t WHERE tenant_id = %(tenant)s AND {start} ORDER BY {id} DESC LIMIT %(most)s
) AS t
""")
_NAMED = sql.SQL("""
SELECT array_agg(t.id ORDER BY t.id DESC) AS ids, NULL::uuid AS last
FROM (
    SELECT {id} AS id, t.* FROM {table} AS t WHERE tenant_id = %(tenant)s AND {id} = ANY(%(named)s::uuid[]) AND {start}
) AS t
WHERE {condition}
""")
_ROWS = sql.SQL("SELECT {columns} FROM {table} WHERE tenant_id = %(tenant)s AND {id} = ANY(%(ids)s::uuid[])")
_COUNT = sql.SQL(
    "SELECT count(*) AS found FROM (SELECT FROM {table} WHERE tenant_id = %(tenant)s LIMIT %(most)s) AS seen"
)
_BY_NAME = sql.SQL("SELECT {id} AS id FROM {table} WHERE tenant_id = %(tenant)s AND external_id = %(external_id)s")
_LINKED = sql.SQL("SELECT {own} AS id FROM {table} WHERE tenant_id = %(tenant)s AND {other} = %(id)s LIMIT %(most)s")
_TARGETS = sql.SQL("""
SELECT {id} AS id, external_id, {name_vi} AS name_vi, {name_en} AS name_en FROM {table}
WHERE tenant_id = %(tenant)s AND {id} = ANY(%(ids)s::uuid[]) ORDER BY {id} DESC
""")


def table_of(name: str) -> sql.Identifier:
    """A table of the inventory."""
    return sql.Identifier("inventory", name)


def listed(
    entity: Entity, wanted: InventoryFilter, *, crowds: Sequence[Side], named: bool, starts: bool
) -> sql.Composed:
    """The ids that are wanted: of those that are `named`, or of the next ones.

    A list `starts` at its beginning, or goes on before an id. `crowds` are sides with more links than can be named:
    each record is asked for its own.
    """
    return (_NAMED if named else _STRETCH).format(
        id=sql.Identifier(entity.id_field), table=table_of(entity.table), condition=_condition(entity, wanted, crowds),
        start=sql.SQL("true") if starts else sql.SQL("{} < %(before)s").format(sql.Identifier(entity.id_field)),
    )  # fmt: skip


def _condition(entity: Entity, wanted: InventoryFilter, crowds: Sequence[Side]) -> sql.Composable:
    parts: list[sql.Composable] = [
        sql.SQL("t.{}::text = ANY(%({})s::text[])").format(sql.Identifier(name), sql.SQL(name))
        for name in wanted.chosen
    ]
    if wanted.q is not None:
        columns = sql.SQL(", ").join(sql.Identifier("t", name) for name in searched_of(entity))
        parts.append(sql.SQL("concat_ws(' ', {}) ~ ALL(%(patterns)s::text[])").format(columns))
    parts += [_is_linked(side) for side in crowds]
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")


def _is_linked(side: Side) -> sql.Composed:
    text = "EXISTS (SELECT FROM {} AS l WHERE l.tenant_id = t.tenant_id AND l.{} = t.id AND l.{} = %({})s)"
    return sql.SQL(text).format(  # the names of parameters are those of columns
        table_of(side.table), sql.Identifier(side.own), sql.Identifier(side.other), sql.SQL(side.other)
    )


def rows(entity: Entity) -> sql.Composed:
    """The records with these ids."""
    columns = (*entity.columns, "job_id", "created_at", "updated_at")
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    return _ROWS.format(columns=named, table=table_of(entity.table), id=sql.Identifier(entity.id_field))


def count(entity: Entity) -> sql.Composed:
    """How many there are, as far as is counted."""
    return _COUNT.format(table=table_of(entity.table))


def by_name(entity: Entity) -> sql.Composed:
    """The record that has an external id."""
    return _BY_NAME.format(id=sql.Identifier(entity.id_field), table=table_of(entity.table))


def linked(side: Side) -> sql.Composed:
    """The ids at this end of the links that lead to one record at the other, as many as can be named."""
    return _LINKED.format(own=sql.Identifier(side.own), other=sql.Identifier(side.other), table=table_of(side.table))


def targets(entity: Entity) -> sql.Composed:
    """How the records with these ids are called."""
    name_vi, name_en = map(sql.Identifier, names_of(entity))
    return _TARGETS.format(
        id=sql.Identifier(entity.id_field), table=table_of(entity.table), name_vi=name_vi, name_en=name_en
    )


def side_of(entity: Entity, other: str) -> Side:
    """The side by whose `other` a list is asked for."""
    return next(side for side in sides_of(entity) if side.other == other)
