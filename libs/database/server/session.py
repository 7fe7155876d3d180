"""What every session with PostgreSQL states, so that no role, database, server or environment decides it otherwise.

A session that states nothing takes its encoding, its dates and its search path from `PG*` variables and from `ALTER
ROLE`, `ALTER DATABASE` and `ALTER SYSTEM … SET`; Vietnamese then arrives garbled, with a 201. Whether writing is
allowed (`default_transaction_read_only`) is left to the operator.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

import psycopg

from libs.contracts.texts import said
from libs.database.queries import QUERIES
from libs.database.server.address import current_address, require_address

Role = Literal["sluice_writer", "sluice_reader", "sluice_tasks", "sluice_processor"]
Connection = psycopg.Connection[Any]

ENCODING = "UTF8"

WIRE: dict[str, Any] = {
    # A partition would hold libpq for hours; these bound it to seconds.
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,
    "client_encoding": ENCODING,
}

TO_WRITE = {"target_session_attrs": "read-write"}
"""Of the servers behind one name or in a list, the one that can be written to; libpq looks at each in turn."""
TO_READ = {"target_session_attrs": "primary"}
"""Whoever reads sees what was acknowledged: no standby, though a primary that takes no writes for now."""

STATED = {
    "search_path": "pg_catalog,public",  # public for what operators hang on the tables; ours is named with its schema
    "datestyle": "ISO,YMD",
    "intervalstyle": "postgres",
    "timezone": "UTC",
    "standard_conforming_strings": "on",
    "bytea_output": "hex",
    "extra_float_digits": "1",
    "row_security": "on",
}
"""Stated after connecting, since libpq sends some of its `PG*` variables behind all that an address can hold."""

MARK = "sluice.options"
"""A setting that only the options of our own pools make: who does not find it talks to somebody who dropped them."""


_OF_TLS = re.compile(r"certificate|does not support SSL")
"""In what libpq says where it did not come to a login; it has neither a code nor another language for it."""


class UnfitDatabaseError(ValueError):
    """The database would not do what a service asks of it; the message names the right or the setting to change."""

    def __init__(self, text: str, **params: object) -> None:
        super().__init__(said(text, **params))


@contextmanager
def session(database_url: str, name: str, **settings: Any) -> Iterator[Connection]:
    """One connection of the login's own, in autocommit. Raises ValueError, UnfitDatabaseError, psycopg.Error."""
    require_address(database_url)
    given = {**WIRE, "application_name": f"sluice-{name}", **settings}
    with _connected(database_url, given) as connection:
        require_encoding(connection)
        yield connection


def _connected(database_url: str, given: dict[str, Any]) -> Connection:
    try:
        return psycopg.connect(current_address(database_url), autocommit=True, **given)
    except psycopg.OperationalError as error:
        if _OF_TLS.search(str(error)):
            raise UnfitDatabaseError("DATABASE_TLS", reason=reason_of(error)) from error
        raise


def reason_of(error: psycopg.Error) -> str:
    """What PostgreSQL or libpq says, on one line. The address has been read, so that no password is in it."""
    return " ".join(str(error).split())


def wanted(role: Role) -> dict[str, str]:
    """Which server a role's sessions are with."""
    return TO_READ if role == "sluice_reader" else TO_WRITE


def require_encoding(connection: Connection) -> None:
    """Raise UnfitDatabaseError unless the database keeps its texts in UTF-8. Asks nobody: the server has said so."""
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != ENCODING:
        raise UnfitDatabaseError("DATABASE_ENCODING", encoding=encoding, database=connection.info.dbname)


def state(connection: Connection, *, local: bool = False) -> tuple[str, str | None]:
    """State what is relied on, `local` to a transaction or for all of the session; returns its role and its mark."""
    values = {"names": list(STATED), "values": list(STATED.values()), "local": local, "mark": MARK}
    row = connection.execute(QUERIES["state_session"], values).fetchone()
    assert row is not None
    return row[0], row[1]


def begin(connection: Connection, role: Role) -> None:
    """Make a pool's new connection fit for use. Raises UnfitDatabaseError where it is not what it was asked to be."""
    require_encoding(connection)
    before = connection.autocommit
    connection.autocommit = True
    try:
        if state(connection) != (role, "on"):
            raise UnfitDatabaseError("DATABASE_OPTIONS", role=role)
    finally:
        connection.autocommit = before
