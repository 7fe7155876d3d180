"""The servers of a session, and a fresh database for every turn."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import redis
from psycopg import sql

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from deploy.local.supervision.process import Process, Program
from deploy.local.supervision.stopping import end
from libs.database.migrations import migrate

START_SECONDS = 60.0
MIGRATED, WITHOUT_KEYS, WITH_KEYS, EMPTY = "as_migrated", "without_keys", "with_keys", "empty"
"""Databases to clone: the product's schema as it is, without foreign keys, with ordinary enforced ones; nothing."""


@dataclass(frozen=True)
class Servers:
    """The one PostgreSQL and the one Valkey of the session. All sides use them, in turn."""

    root: Path
    postgres: PostgresServer
    valkey: ValkeyServer

    def url(self, database: str) -> str:
        """One database of the server, as the superuser."""
        return f"{self.postgres.url.rpartition('/')[0]}/{database}"

    def run(self, *statements: sql.SQL | sql.Composed) -> None:
        """Statements of the superuser outside transactions."""
        with psycopg.connect(self.postgres.url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    @contextmanager
    def database(self, template: str) -> Iterator[str]:
        """A fresh database, its URL; a checkpoint is behind it, so that no side pays for another's writes."""
        name = f"turn_{next(_turns)}"
        self.clone(template, name)
        self.run(sql.SQL("CHECKPOINT"))
        try:
            yield self.url(name)
        finally:
            self.run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)), sql.SQL("CHECKPOINT"))

    def clone(self, template: str, name: str) -> None:
        """Make a database like another one."""
        self.run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template)))

    def wal_bytes(self) -> int:
        """What the server has ever written into its write-ahead log."""
        with psycopg.connect(self.postgres.url) as connection:
            (written,) = connection.execute("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')").fetchone() or (0,)
        return int(written)

    def forget_queues(self) -> None:
        """Empty the Valkey of this session."""
        with redis.Redis.from_url(self.valkey.url) as client:
            client.flushall()


_turns = count(1)


@contextmanager
def running_servers(root: Path) -> Iterator[Servers]:
    """The two servers, durable as the embedded stack always has them, and the databases to clone. Main thread only."""
    with (
        PostgresServer(root / "postgres", free_port()) as postgres,
        ValkeyServer(root / "valkey", free_port()) as valkey,
    ):
        servers = Servers(root, postgres, valkey)
        servers.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(EMPTY)))
        servers.run(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(MIGRATED)))
        migrate(servers.url(MIGRATED))
        for name in (WITHOUT_KEYS, WITH_KEYS):
            servers.clone(MIGRATED, name)
            _replace_keys(servers.url(name), enforced=name == WITH_KEYS)
        yield servers


def _replace_keys(url: str, *, enforced: bool) -> None:
    """Drop the foreign keys that are declared and not enforced; add them again as enforced ones, or not.

    The triggers of fingerprints go, too: they are for changes beside those of writers, and the peers have no writers.
    """
    with psycopg.connect(url) as connection:
        for (table,) in connection.execute(
            "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'forget_fingerprint'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER forget_fingerprint ON {table}")
        keys = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = 'inventory'::regnamespace"
        ).fetchall()
        for table, name, definition in keys:
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            if enforced:
                connection.execute(f"ALTER TABLE {table} ADD {definition.removesuffix(' NOT ENFORCED')}")


@contextmanager
def running(program: Program) -> Iterator[Process]:
    """A program, ready; it dies with this process, whatever way that ends. Main thread only."""
    process = Process(program)
    try:
        process.start()
        process.wait_ready(START_SECONDS)
        yield process
    finally:
        end([process])
