"""How many rows a database's tables hold, and a sum over them that says whether they are the same."""

from collections.abc import Callable

import psycopg
from psycopg import sql

from libs.backups.database.programs import Asked, ended_by
from libs.contracts.system.backups import TableSum
from libs.database.queries import QUERIES
from libs.database.server.session import Connection

SUM = "SELECT count(*), coalesce(sum(hashtextextended((counted.*)::text, 0)), 0)::text FROM ONLY {} AS counted"
"""A row's text names no order of rows, and is the same in two databases of one server whose sessions state the same."""

CANCEL_S = 2.0


def sums(connection: Connection, asked: Asked, tell: Callable[[float], None]) -> dict[str, TableSum]:
    """Every table, by its name. `tell` hears the share that is done. Raises psycopg.Error."""
    found = {}
    tables = connection.execute(QUERIES["tables_to_back_up"]).fetchall()
    with ended_by(asked, lambda: _cancel(connection)):
        for number, (schema, table) in enumerate(tables):
            tell(number / len(tables))
            row = connection.execute(sql.SQL(SUM).format(sql.Identifier(schema, table))).fetchone()
            assert row is not None
            found[f"{schema}.{table}"] = TableSum(rows=row[0], checksum=row[1])
    return found


def _cancel(connection: Connection) -> None:
    try:
        connection.cancel_safe(timeout=CANCEL_S)
    except psycopg.Error:
        connection.close()
