"""SQL about the records of one entity. A list goes down the primary key, or is named by an index; nothing is skipped.

Names of fields are those of columns and of parameters, too.
"""

from collections.abc import Sequence

from psycopg import sql

from libs.contracts.inventory.reading import InventoryFilter, Side, names_of, searched_of
from libs.contracts.inventory.records import Entity

MOST_LOOKED_AT = 10_000
"""Records that a page looks at, where no index names those that are meant; and as far as is counted."""

_STRETCH = sql.SQL("""
WITH looked_at AS MATERIALIZED (
    SELECT t.id, {condition} AS taken
    FROM (
        SELECT {id} AS id, t.* FROM {table} AS t
        WHERE tenant_id = %(tenant)s AND {start} ORDER BY {id} DESC LIMIT %(most)s
    ) AS t
)
SELECT (array_agg(id ORDER BY id DESC) FILTER (WHERE taken))[1 : %(shown)s] AS ids,
       count(*) FILTER (WHERE taken) AS count, (array_agg(id ORDER BY id DESC))[%(most)s] AS last
FROM looked_at
""")
_NAMED = sql.SQL("""
WITH named AS MATERIALIZED ({named} LIMIT %(most)s)
SELECT (array_agg(t.id ORDER BY t.id DESC))[1 : %(shown)s] AS ids, count(*) AS count, NULL::uuid AS last
FROM (
    SELECT named.id, t.* FROM named JOIN {table} AS t ON t.tenant_id = %(tenant)s AND t.{id} = named.id WHERE {start}
) AS t
WHERE {condition}
""")
_ROWS = sql.SQL("SELECT {columns} FROM {table} WHERE tenant_id = %(tenant)s AND {id} = ANY(%(ids)s::uuid[])")
_CALLED = sql.SQL(
    "SELECT {id} AS id, external_id, {name_vi} AS name_vi, {name_en} AS name_en FROM {table}"
    " WHERE tenant_id = %(tenant)s AND {id} = ANY(%(ids)s::uuid[])"
)
_COUNT = sql.SQL("SELECT count(*) AS found FROM ({some} LIMIT %(most)s) AS counted")
_BY_NAME = sql.SQL("SELECT {id} AS id FROM {table} WHERE tenant_id = %(tenant)s AND external_id = %(external_id)s")
_LINKED = sql.SQL("SELECT {own} AS id FROM {table} WHERE tenant_id = %(tenant)s AND {other} = %({parameter})s")
_IS_LINKED = sql.SQL(
    "EXISTS (SELECT FROM {table} AS l"
    " WHERE l.tenant_id = t.tenant_id AND l.{own} = t.id AND l.{other} = %({parameter})s)"
)
_TARGETS = sql.SQL("""
WITH named AS MATERIALIZED ({named} LIMIT %(most)s)
SELECT named.id, external_id, {name_vi} AS name_vi, {name_en} AS name_en
FROM (SELECT id FROM named ORDER BY id DESC LIMIT %(shown)s) AS named
JOIN {table} ON tenant_id = %(tenant)s AND {id} = named.id ORDER BY named.id DESC
""")


def listed(
    entity: Entity,
    wanted: InventoryFilter,
    *,
    named: sql.Composed | None,
    asked: Sequence[Side],
    starts: bool,
) -> sql.Composed:
    """The ids that are wanted: of those that are `named`, or else of the next ones.

    A list `starts` at its beginning, or goes on before an id. Each record is asked for its links on the sides `asked`.
    """
    start = sql.SQL("true") if starts else sql.SQL("{} < %(before)s").format(sql.Identifier("t", entity.id_field))
    return (_NAMED if named else _STRETCH).format(
        id=sql.Identifier(entity.id_field), table=_table(entity.table), start=start, named=named,
        condition=_condition(entity, wanted, asked),
    )  # fmt: skip


def _condition(entity: Entity, wanted: InventoryFilter, asked: Sequence[Side]) -> sql.Composable:
    parts: list[sql.Composable] = [
        sql.SQL("t.{}::text = ANY(%({})s::text[])").format(sql.Identifier(name), sql.SQL(name))
        for name in wanted.chosen
    ]
    if wanted.q is not None:
        columns = sql.SQL(", ").join(sql.Identifier("t", name) for name in searched_of(entity))
        parts.append(sql.SQL("concat_ws(' ', {}) ~ ALL(%(patterns)s::text[])").format(columns))
    parts += [_IS_LINKED.format(**_names(side)) for side in asked]
    return sql.SQL(" AND ").join(parts) if parts else sql.SQL("true")


def rows(entity: Entity) -> sql.Composed:
    """The records with these ids."""
    columns = (*entity.columns, "job_id", "created_at", "updated_at")
    named = sql.SQL(", ").join(map(sql.Identifier, columns))
    return _ROWS.format(columns=named, table=_table(entity.table), id=sql.Identifier(entity.id_field))


def all_of(entity: Entity) -> sql.Composed:
    """All records."""
    return sql.SQL("SELECT FROM {} WHERE tenant_id = %(tenant)s").format(_table(entity.table))


def count(some: sql.Composed) -> sql.Composed:
    """How many these are, as far as `most`."""
    return _COUNT.format(some=some)


def by_name(entity: Entity) -> sql.Composed:
    """The record that has an external id."""
    return _BY_NAME.format(id=sql.Identifier(entity.id_field), table=_table(entity.table))


def linked(side: Side) -> sql.Composed:
    """The ids at this end of the links that lead to one record at the other."""
    return _LINKED.format(**_names(side))


def targets(entity: Entity, named: sql.Composed) -> sql.Composed:
    """How the first of these records are called."""
    name_vi, name_en = map(sql.Identifier, names_of(entity))
    return _TARGETS.format(
        id=sql.Identifier(entity.id_field), table=_table(entity.table), name_vi=name_vi, name_en=name_en, named=named
    )


def called(entity: Entity) -> sql.Composed:
    """How the records with these ids are called."""
    name_vi, name_en = map(sql.Identifier, names_of(entity))
    named = {"id": sql.Identifier(entity.id_field), "name_vi": name_vi, "name_en": name_en}
    return _CALLED.format(table=_table(entity.table), **named)


def _names(side: Side) -> dict[str, sql.Composable]:
    return {
        "table": _table(side.table), "own": sql.Identifier(side.own), "other": sql.Identifier(side.other),
        "parameter": sql.SQL(side.other),
    }  # fmt: skip


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("inventory", name)
