"""Runs `sql/migrations/*.sql` in the order of their names, each in its own transaction, each once."""

from importlib.resources import files

import psycopg

MIGRATIONS = files("libs.database") / "sql" / "migrations"
LOCK_KEY = 7236490
"""Advisory lock of the runner: two may start at once, one works."""

LEDGER = """
CREATE TABLE IF NOT EXISTS public.sluice_migration (
    name text PRIMARY KEY,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


def available() -> list[str]:
    """The names of all migrations, in order."""
    return sorted(path.name for path in MIGRATIONS.iterdir() if path.name.endswith(".sql"))


def migrate(database_url: str) -> list[str]:
    """Bring the database to the newest schema; returns the names of the migrations applied now.

    The login must be able to create roles and schemas. Raises psycopg.Error; a migration that fails leaves nothing.
    """
    applied: list[str] = []
    with psycopg.connect(database_url, autocommit=True, application_name="sluice-migrate") as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        connection.execute("SET client_min_messages = warning")
        connection.execute(LEDGER)
        done = {name for (name,) in connection.execute("SELECT name FROM public.sluice_migration")}
        for name in available():
            if name in done:
                continue
            with connection.transaction():
                connection.execute((MIGRATIONS / name).read_bytes())
                connection.execute("RESET ROLE")
                connection.execute("INSERT INTO public.sluice_migration (name) VALUES (%s)", (name,))
            applied.append(name)
    return applied


def pending(connection: psycopg.Connection) -> list[str]:
    """Migrations that the database lacks; every one of them where it was never migrated."""
    row = connection.execute("SELECT to_regclass('public.sluice_migration') IS NOT NULL").fetchone()
    if not row or not row[0]:
        return available()
    done = {name for (name,) in connection.execute("SELECT name FROM public.sluice_migration")}
    return [name for name in available() if name not in done]
