"""Databases in which backups are tried; each is named by the database that it is about and by who tries."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo

from libs.database.queries import QUERIES
from libs.database.server.address import current_address
from libs.database.server.session import Connection, session

log = structlog.get_logger()

MAKE = "CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'"
DROP = "DROP DATABASE IF EXISTS {} WITH (FORCE)"


@contextmanager
def scratch(database_url: str, token: str) -> Iterator[str]:
    """An empty database beside another one, for as long as the block lasts; gives its address. Raises psycopg.Error."""
    with session(database_url, "backup") as connection:
        name = _prefix(connection) + token
        connection.execute(sql.SQL(MAKE).format(sql.Identifier(name)))
    try:
        yield make_conninfo(current_address(database_url), dbname=name)
    finally:
        _drop(database_url, name)


def forget(database_url: str, tokens: Collection[str]) -> None:
    """Drop the scratch databases of those who tried in them. Raises psycopg.Error."""
    with session(database_url, "backup") as connection:
        prefix = _prefix(connection)
    for token in tokens:
        _drop(database_url, prefix + token)


def left_over(database_url: str) -> list[str]:
    """Who tried, or tries, in scratch databases that are there. Raises psycopg.Error."""
    with session(database_url, "backup") as connection:
        prefix = _prefix(connection)
        rows = connection.execute(QUERIES["scratch_databases"], {"begins": prefix.replace("_", r"\_") + "%"})
        return [name.removeprefix(prefix) for (name,) in rows]


def _prefix(connection: Connection) -> str:
    row = connection.execute(QUERIES["own_database"]).fetchone()
    assert row is not None
    return f"sluice_scratch_{row[0]}_"


def _drop(database_url: str, name: str) -> None:
    """Drop one; what cannot be dropped now is left to the next backup."""
    try:
        with session(database_url, "backup") as connection:
            connection.execute(sql.SQL(DROP).format(sql.Identifier(name)))
    except psycopg.Error as error:
        log.warning("scratch_database_left", name=name, exc_info=error)
