"""A login of a test's own for both stores, which a Redis of its own and the session's PostgreSQL know.

Its fixture is named in the folder's conftest.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from msgspec import Struct
from psycopg import sql
from psycopg.conninfo import make_conninfo

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.boot.joining import adopt

MADE = "CREATE ROLE {} LOGIN PASSWORD 'first' IN ROLE sluice_writer, sluice_reader, sluice_tasks, sluice_processor"


class Login(Struct, frozen=True):
    """Who services are, and the files that they read."""

    name: str
    namespace: str
    folder: Path
    database_url: str
    """That of the superuser."""
    postgres: psycopg.Connection[Any]
    """The superuser's session."""
    redis_url: str
    valkey: Any
    """The administrator's client."""

    @property
    def settings(self) -> dict[str, Any]:
        """What services are started with."""
        return {
            "database_url_file": self.folder / "database", "redis_url_file": self.folder / "redis",
            "namespace": self.namespace,
        }  # fmt: skip

    def alter(self, change: str, *values: object) -> None:
        """Change the role in PostgreSQL."""
        given = (sql.Identifier(self.name), *map(sql.Literal, values))
        self.postgres.execute(sql.SQL("ALTER ROLE {} " + change).format(*given))  # type: ignore[arg-type]

    def write(self, password: str) -> None:
        """Have the files hold this password, each at once."""
        self._write("database", make_conninfo(self.database_url, user=self.name, password=password))
        self._write("redis", f"redis://{self.name}:{password}@{self.redis_url.rpartition('@')[2]}")

    def _write(self, name: str, text: str) -> None:
        (self.folder / "next").write_text(text)
        (self.folder / "next").rename(self.folder / name)

    def rotate(self, password: str) -> None:
        """Change the password at the stores and in the files, and have every session end that the old one began."""
        self.alter("PASSWORD {}", password)
        self.valkey.execute_command("ACL", "SETUSER", self.name, "resetpass", f">{password}")
        self.write(password)
        self.end_sessions()
        self.end_connections()

    def end_sessions(self) -> None:
        """With PostgreSQL."""
        self.postgres.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [self.name])

    def end_connections(self) -> None:
        """With Redis."""
        self.valkey.execute_command("CLIENT", "KILL", "USER", self.name)


@pytest.fixture
def login(tmp_path: Path, database_url: str, namespace: str) -> Iterator[Login]:
    """A login that may do all in both stores, whose password is `first`."""
    name = f"between_{uuid.uuid4().hex[:8]}"
    with (
        ValkeyServer(tmp_path / "valkey", free_port()) as server,
        redis.Redis.from_url(server.url) as valkey,
        psycopg.connect(database_url, autocommit=True) as postgres,
    ):
        valkey.execute_command("ACL", "SETUSER", name, "on", ">first", "~*", "&*", "+@all")
        postgres.execute(sql.SQL(MADE).format(sql.Identifier(name)))
        adopt(server.url, database_url, namespace)
        login = Login(name, namespace, tmp_path, database_url, postgres, server.url, valkey)
        login.write("first")
        yield login
        login.end_sessions()
        postgres.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
