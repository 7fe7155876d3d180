"""The inventory as it was at one moment, read for one tenant.

A processor reads the rows of all tenants, so every statement names the tenant.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor, sql
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from libs.contracts.inventory.reading import names_of
from libs.contracts.inventory.records import ENTITIES, Entity, Link
from libs.contracts.texts import Language
from libs.database.queries import QUERIES

AT_ONCE = 1_000
"""Rows a statement."""
ACTIVITIES = "activities"
"""What else is known of a record that activities name: by how many."""

_PAGE = sql.SQL("""
SELECT {columns} FROM {table} AS t
WHERE t.tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR t.{id} > %(after)s) ORDER BY t.{id} LIMIT %(limit)s
""")
_NAMES = sql.SQL("""
(SELECT array_agg(n.name ORDER BY n.name, n.id)
 FROM {links} AS l CROSS JOIN LATERAL (
     SELECT {name} AS name, o.{column} AS id FROM {target} AS o
     WHERE o.tenant_id = l.tenant_id AND o.{column} = l.{column} OFFSET 0
 ) AS n
 WHERE l.tenant_id = t.tenant_id AND l.{id} = t.{id}) AS {field}
""")
"""OFFSET 0, or without statistics each record is held against all that the tenant has to link with."""
_USES = sql.SQL("(SELECT count(*) FROM {links} AS l WHERE l.tenant_id = t.tenant_id AND l.{id} = t.{id}) AS activities")
_FINDINGS = sql.SQL("""
SELECT f.record_id AS id, f.first_seen, f.accepted_until, {external_id} AS external_id, {name_vi} AS name_vi,
       {name_en} AS name_en
FROM work.finding AS f LEFT JOIN {table} AS t ON t.tenant_id = f.tenant_id AND {same}
WHERE f.tenant_id = %(tenant)s AND f.rule = %(rule)s AND f.resolved_at IS NULL
  AND (%(after)s::uuid IS NULL OR f.record_id > %(after)s)
ORDER BY f.record_id LIMIT %(limit)s
""")
_COUNT = sql.SQL("SELECT count(*) AS found FROM {table} WHERE tenant_id = %(tenant)s")


class Snapshot:
    """One moment. Every method raises psycopg.Error."""

    def __init__(self, cursor: Cursor[DictRow], tenant_id: uuid.UUID) -> None:
        self._cursor = cursor
        self._tenant = tenant_id

    def count(self, entity: Entity) -> int:
        """How many records there are."""
        row = self._cursor.execute(_COUNT.format(table=_table(entity.table)), {"tenant": self._tenant}).fetchone()
        assert row is not None
        return int(row["found"])

    def records(self, entity: Entity, language: Language) -> Iterator[list[dict[str, Any]]]:
        """All records by their ids, some at a time: their columns, and what they are linked with by its names."""
        statement = _page(entity, language)
        after = None
        while rows := self._cursor.execute(
            statement, {"tenant": self._tenant, "after": after, "limit": AT_ONCE}
        ).fetchall():
            yield rows
            after = rows[-1][entity.id_field]

    def findings(self, entity: str, rule: str) -> Iterator[list[dict[str, Any]]]:
        """What a rule has found that is open, some at a time, with how the records are called."""
        statement = _findings(entity)
        after = None
        while rows := self._cursor.execute(
            statement, {"tenant": self._tenant, "rule": rule, "after": after, "limit": AT_ONCE}
        ).fetchall():
            yield rows
            after = rows[-1]["id"]

    def rows(self, query: str, **values: Any) -> list[dict[str, Any]]:
        """The rows of a named statement about this tenant."""
        return self._cursor.execute(QUERIES[query], {"tenant": self._tenant, **values}).fetchall()

    def row(self, query: str, **values: Any) -> dict[str, Any]:
        """The one row of a named statement."""
        return self.rows(query, **values)[0]

    def some(self, query: str, **values: Any) -> Iterator[list[dict[str, Any]]]:
        """The rows of a named statement that takes those `after` an `id`, some at a time."""
        after = None
        while rows := self.rows(query, after=after, limit=AT_ONCE, **values):
            yield rows
            after = rows[-1]["id"]


class Snapshots:
    """Takes them. The pool's role is `sluice_processor`."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    @contextmanager
    def of(self, tenant_id: uuid.UUID) -> Iterator[Snapshot]:
        """The inventory of now, for as long as it is read."""
        with (
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield Snapshot(cursor, tenant_id)


def _page(entity: Entity, language: Language) -> sql.Composed:
    columns: list[sql.Composable] = [sql.Identifier("t", name) for name in entity.columns]
    columns += [_names(entity, link, language) for link in entity.links]
    columns += [
        _USES.format(links=_table(link.table), id=sql.Identifier(entity.id_field))
        for other in ENTITIES.values()
        for link in other.links
        if link.target == entity.table
    ]
    return _PAGE.format(
        columns=sql.SQL(", ").join(columns), table=_table(entity.table), id=sql.Identifier(entity.id_field)
    )


def _names(entity: Entity, link: Link, language: Language) -> sql.Composed:
    target = next(each for each in ENTITIES.values() if each.table == link.target)
    name_vi, name_en = (sql.Identifier("o", name) for name in names_of(target))
    name = name_vi if language == "vi" else sql.SQL("coalesce({}, {})").format(name_en, name_vi)
    return _NAMES.format(
        name=name, column=sql.Identifier(link.column), links=_table(link.table), target=_table(link.target),
        id=sql.Identifier(entity.id_field), field=sql.Identifier(link.field),
    )  # fmt: skip


def _findings(entity: str) -> sql.Composed:
    kind = ENTITIES.get(entity)
    if kind is None:  # the organisation, whose id is the tenant's and which has no name in the world of a scanner
        return _FINDINGS.format(
            external_id=sql.SQL("NULL::text"), name_vi=sql.SQL("t.name_vi"), name_en=sql.SQL("t.name_foreign"),
            table=_table("organisation"), same=sql.SQL("true"),
        )  # fmt: skip
    name_vi, name_en = (sql.Identifier("t", name) for name in names_of(kind))
    same = sql.SQL("{} = f.record_id").format(sql.Identifier("t", kind.id_field))
    return _FINDINGS.format(
        external_id=sql.SQL("t.external_id"), name_vi=name_vi, name_en=name_en, table=_table(kind.table), same=same
    )


def _table(name: str) -> sql.Identifier:
    return sql.Identifier("inventory", name)
