"""Fixtures of real servers: one PostgreSQL and one Valkey a session, a database and a namespace of its own a test.

Imported by the conftest of each folder whose tests need them.
"""

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
import redis
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.postgres import SETTINGS, PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.database.migrations import migrate
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from tests.partitioned import migrate_in_parts

TEMPLATE = "sluice_template"
MEMORY, ROOM = Path("/dev/shm"), 4 << 30
"""Where Linux has files in memory, and how much of it is to be free."""


@contextmanager
def data_folder(tmp_path_factory: pytest.TempPathFactory, name: str) -> Iterator[Path]:
    """Where a server of the session keeps its data: in memory, where the machine has room for it.

    Tests kill processes, never the machine. A database a test is a thousand files a test, made and removed, which a
    disk's file system remembers for a while, so that the next ones take three times as long.
    """
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM:
        with TemporaryDirectory(dir=MEMORY, prefix=f"sluice-test-{name}-", ignore_cleanup_errors=True) as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp(name)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A running PostgreSQL that does not wait for its disk."""
    with data_folder(tmp_path_factory, "postgres") as folder:
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(SETTINGS, "fsync", "off")
            server = PostgresServer(folder, free_port())
            server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    """A running Valkey."""
    with data_folder(tmp_path_factory, "valkey") as folder, ValkeyServer(folder, free_port()) as server:
        yield server


def with_database(url: str, name: str) -> str:
    """The same server, another database."""
    return make_conninfo(url, dbname=name)


@pytest.fixture(scope="session")
def template(request: pytest.FixtureRequest, postgres: PostgresServer) -> str:
    """The name of a migrated database to clone; with `SCHEMA=parts`, of the one that is cut into parts."""
    if os.environ.get("SCHEMA") == "parts":
        return str(request.getfixturevalue("template_in_parts"))
    migrate(_new_template(postgres.url, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def template_in_parts(postgres: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated database whose tables are cut into parts by tenant, to clone."""
    name = f"{TEMPLATE}_in_parts"
    migrate_in_parts(_new_template(postgres.url, name), tmp_path_factory.mktemp("migrations"))
    return name


def _new_template(server_url: str, name: str) -> str:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return with_database(server_url, name)


@contextmanager
def cloned_database(server_url: str, template: str) -> Iterator[str]:
    """A migrated, empty database, for as long as the context lasts; the login of its URL is the superuser."""
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        # Whole files are copied in a third of the time that pages through the log take.
        clone = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        connection.execute(clone.format(sql.Identifier(name), sql.Identifier(template)))
        yield with_database(server_url, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(postgres: PostgresServer, template: str) -> Iterator[str]:
    """A database of this test's own."""
    with cloned_database(postgres.url, template) as url:
        yield url


@pytest.fixture(scope="session")
def redis_client(valkey: ValkeyServer) -> Iterator[redis.Redis]:
    """A client of the session's Valkey."""
    client = connect(valkey.url)
    yield client
    client.close()


@pytest.fixture
def namespace() -> str:
    """A namespace that no other test uses."""
    return f"test-{uuid.uuid4().hex[:12]}"


@pytest.fixture
def store(redis_client: redis.Redis, namespace: str) -> JobStore:
    """A job store of this test's own."""
    return JobStore(redis_client, namespace, Timing())


@pytest.fixture
def tenant() -> uuid.UUID:
    """A tenant that no other test uses."""
    return uuid.uuid4()


def available(pool: ConnectionPool) -> bool:
    """Whether PostgreSQL answers through this pool now."""
    try:
        with pool.connection() as connection:
            connection.execute("SELECT 1")
    except (psycopg.Error, OSError):
        return False
    return True


__all__ = [
    "database_url",
    "namespace",
    "postgres",
    "redis_client",
    "store",
    "template",
    "template_in_parts",
    "tenant",
    "valkey",
]
