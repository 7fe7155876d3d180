"""Runs `sql/migrations/*.sql` in the order of their names, each in its own transaction, each once."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files

import psycopg

from libs.database.scripts import statements
from libs.database.server.session import TO_WRITE, Connection, session, state

MIGRATIONS = files("libs.database") / "sql" / "migrations"
LOCK_KEY = 7236490
"""Advisory lock of the runner: two may run at once, one works. It is a transaction's: a session's would stay behind
in a pooler that gives sessions away, and then nobody could migrate any more."""
PATIENCE_S = 60
"""How long a migration waits for another runner, or for a table that is in use, while others queue up behind it."""

LEDGER = """
CREATE TABLE IF NOT EXISTS public.sluice_migration (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""
BOUNDS = f"""
SET LOCAL lock_timeout = '{PATIENCE_S}s';
SET LOCAL statement_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL client_min_messages = warning;
"""


def available() -> list[str]:
    """The names of all migrations, in order."""
    return sorted(path.name for path in MIGRATIONS.iterdir() if path.name.endswith(".sql"))


def migrate(database_url: str) -> list[str]:
    """Bring the database to the newest schema; returns the names of the migrations applied now.

    The login must be able to create roles and schemas. Raises ValueError for an address that cannot be read,
    UnfitDatabaseError for a database that is not UTF-8, psycopg.Error; a migration that fails leaves nothing.
    """
    with session(database_url, "migrate", **TO_WRITE) as connection:
        return [name for name in available() if _apply(connection, name)]


@contextmanager
def bounded(connection: Connection) -> Iterator[None]:
    """A transaction that states what it relies on, works as long as it takes, and waits for others up to a bound."""
    with connection.transaction():
        state(connection, local=True)
        _run(connection, BOUNDS)
        yield


def _apply(connection: Connection, name: str) -> bool:
    """Apply one migration unless somebody has; whether it was applied now. All of it is one transaction."""
    with bounded(connection):
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (LOCK_KEY,))
        connection.execute(LEDGER)
        if connection.execute("SELECT FROM public.sluice_migration WHERE name = %s", (name,)).fetchone() is not None:
            return False
        _run(connection, (MIGRATIONS / name).read_text(encoding="utf-8"))
        connection.execute("RESET ROLE")
        connection.execute("INSERT INTO public.sluice_migration (name) VALUES (%s)", (name,))
    return True


def _run(connection: Connection, script: str) -> None:
    """One statement after the other, as a PostgreSQL of several nodes asks for them.

    `binary` chooses the way of the protocol on which every PostgreSQL refuses more than one.
    """
    for statement in statements(script):
        connection.execute(statement.encode(), binary=True)


def to_come(database_url: str) -> list[str]:
    """What `migrate` would apply. Raises what it raises."""
    with session(database_url, "migrate") as connection:
        return pending(connection)


def pending(connection: psycopg.Connection) -> list[str]:
    """Migrations that the database lacks; every one of them where it was never migrated."""
    row = connection.execute("SELECT to_regclass('public.sluice_migration') IS NOT NULL").fetchone()
    if not row or not row[0]:
        return available()
    done = {name for (name,) in connection.execute("SELECT name FROM public.sluice_migration")}
    return [name for name in available() if name not in done]
