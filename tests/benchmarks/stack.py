"""The servers of a session, a fresh database for every turn, and Sluice itself as a user starts it."""

import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from uuid import UUID

import msgspec
import psycopg
import redis
from psycopg import sql

from deploy.local.layout import Description
from deploy.local.ports import HOST, free_port
from deploy.local.postgres import PostgresServer
from deploy.local.process import Process, Program
from deploy.local.services import ROOT
from deploy.local.stopping import end
from deploy.local.tokens import make_token
from deploy.local.valkey import ValkeyServer
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
    """Drop the foreign keys that are declared and not enforced; add them again as enforced ones, or not."""
    with psycopg.connect(url) as connection:
        keys = connection.execute(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint "
            "WHERE contype = 'f' AND connamespace = 'inventory'::regnamespace"
        ).fetchall()
        for table, name, definition in keys:
            connection.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            if enforced:
                connection.execute(f"ALTER TABLE {table} ADD {definition.removesuffix(' NOT ENFORCED')}")


@dataclass(frozen=True)
class Sluice:
    """A running Sluice."""

    data_dir: Path
    database_url: str

    @property
    def description(self) -> Description:
        """stack.json as it is now."""
        return msgspec.json.decode((self.data_dir / "stack.json").read_bytes(), type=Description)

    @property
    def url(self) -> str:
        """Where ingest listens."""
        return self.description.ingest_url

    def token(self, tenant: UUID) -> str:
        """A bearer token."""
        return make_token(self.data_dir, tenant, subject="bench")

    def pids(self, kind: str) -> list[int]:
        """The processes named so, or so and a number."""
        return [pid for name, pid in self.description.pids.items() if name.partition("-")[0] == kind]


@contextmanager
def running_sluice(
    servers: Servers, database_url: str, *, writers: int = 2, settings: Mapping[str, str] | None = None
) -> Iterator[Sluice]:
    """`sluice up` on the session's servers and this database; the queues are empty before and after."""
    data_dir = servers.root / "stack"
    (data_dir / "stack.json").unlink(missing_ok=True)
    servers.forget_queues()
    command = ("-m", "libs.client.command", "up", "--data-dir", str(data_dir), "--writers", str(writers))
    surroundings = {"SLUICE_DATABASE_URL": database_url, "SLUICE_REDIS_URL": servers.valkey.url, **(settings or {})}
    program = Program(
        name="sluice",
        command=(sys.executable, *command, "--ingest-port", str(free_port())),
        lock=servers.root / "run" / "sluice",
        log=servers.root / "sluice.log",
        ready=lambda: (data_dir / "stack.json").exists(),
        environ={name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")} | surroundings,
        directory=ROOT,
        stop=((signal.SIGTERM, 60.0),),
    )
    with running(program):
        yield Sluice(data_dir, database_url)
    servers.forget_queues()


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


__all__ = ["HOST", "ROOT", "Servers", "Sluice", "free_port", "running", "running_servers", "running_sluice"]
