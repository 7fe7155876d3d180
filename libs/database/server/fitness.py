"""Asks a database beforehand for all that a service will do with it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

import psycopg
from psycopg import errors, sql

from libs.database.migrations import pending
from libs.database.server.pool import options
from libs.database.server.rights import lacking
from libs.database.server.session import Connection, Role, UnfitDatabaseError, begin, session, wanted

TIMEOUT_S = 5


@contextmanager
def fit_session(database_url: str, role: Role) -> Iterator[Connection]:
    """A session as the pool opens them, once everything about it has been found right.

    Raises ValueError and UnfitDatabaseError, which name what to mend, and psycopg.OperationalError while PostgreSQL
    does not let us in.
    """
    with _checking(database_url, role) as connection:
        _require_role(connection, role)
    with _as_pooled(database_url, role) as connection:
        begin(connection, role)
        _require_own_session(connection, database_url, role)
        _require_schema(connection)
        if rights := lacking(connection, role):
            raise UnfitDatabaseError("DATABASE_RIGHTS", role=role, rights=", ".join(rights))
        yield connection


@contextmanager
def _as_pooled(database_url: str, role: Role) -> Iterator[Connection]:
    """A session with the options of a pool. Whoever lets us in without them, but not with them, refuses them."""
    with ExitStack() as opened:
        try:
            connection = opened.enter_context(_checking(database_url, role, options=options(role, TIMEOUT_S)))
        except psycopg.OperationalError as error:
            with _checking(database_url, role):  # or it has gone away meanwhile
                pass
            raise UnfitDatabaseError("DATABASE_OPTIONS", role=role) from error
        yield connection


def _checking(database_url: str, role: Role, **settings: str) -> AbstractContextManager[Connection]:
    return session(database_url, "check", **wanted(role), **settings)


def _require_role(connection: Connection, role: Role) -> None:
    try:
        connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    except errors.InvalidParameterValue:
        raise UnfitDatabaseError("DATABASE_ROLES_MISSING", role=role) from None
    except errors.InsufficientPrivilege:
        raise UnfitDatabaseError("DATABASE_ROLE", role=role, login=connection.info.user) from None


def _require_own_session(connection: Connection, database_url: str, role: Role) -> None:
    """Refuse a pooler that gives a session away between transactions.

    Only where somebody stands in between does the process that a client was told of differ from the one that answers.
    Another client's transaction then takes that process, if it is given away.
    """
    before = _process(connection)
    if before == connection.info.backend_pid:
        return
    with _checking(database_url, role) as other, other.transaction():
        other.execute("SELECT 1")
        if _process(connection) != before:
            raise UnfitDatabaseError("DATABASE_POOLER")


def _process(connection: Connection) -> int:
    row = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert row is not None
    return int(row[0])


def _require_schema(connection: Connection) -> None:
    try:
        missing = pending(connection)
    except errors.InsufficientPrivilege:  # the right to look is one of the migrations
        raise UnfitDatabaseError("DATABASE_BEHIND", names="0008_installation.sql") from None
    if missing:
        raise UnfitDatabaseError("DATABASE_BEHIND", names=", ".join(missing))
