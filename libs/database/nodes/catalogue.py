"""What there is to spread over nodes, as the catalogue of a database says."""

from msgspec import Struct

from libs.database.queries import QUERIES
from libs.database.server.session import Connection, state


class Table(Struct, frozen=True):
    """A table of ours. Parts of a table are none of their own."""

    name: str
    """With its schema."""
    columns: dict[str, str]
    """In their order: the type of each."""
    refers_to: frozenset[str] = frozenset()
    """The tables that its foreign keys name."""
    spread: bool = False
    """Whether the nodes have it already, in shards or whole."""


class Catalogue(Struct, frozen=True):
    """What a database has."""

    database: str
    coordinator: bool
    """Whether Citus is in it."""
    tables: tuple[Table, ...] = ()
    roles: dict[str, bool] = {}
    """Those of the server that are ours: whether each may log in."""
    settings: frozenset[tuple[str, str]] = frozenset()
    """What sessions in this database begin with: a role, or none for all of them, and `name=value`."""


def read(connection: Connection) -> Catalogue:
    """Read it all. Raises psycopg.Error."""
    with connection.transaction():
        state(connection, local=True)  # each table is named with its schema
        return _read(connection)


def _read(connection: Connection) -> Catalogue:
    coordinator = connection.execute(QUERIES["has_citus"]).fetchone() == (True,)
    spread = {name for (name,) in connection.execute(QUERIES["spread_tables"])} if coordinator else set()
    return Catalogue(
        database=connection.info.dbname,
        coordinator=coordinator,
        tables=tuple(
            Table(name, dict(zip(columns, types, strict=True)), frozenset(refers_to), name in spread)
            for name, columns, types, refers_to in connection.execute(QUERIES["tables_to_spread"])
        ),
        roles=dict(connection.execute(QUERIES["roles_of_nodes"]).fetchall()),
        settings=frozenset(connection.execute(QUERIES["settings_of_nodes"]).fetchall()),
    )
