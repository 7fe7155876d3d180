"""What PostgreSQL really says when something is wrong, and how it is classified."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from psycopg import errors

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.postgres import PostgresServer
from libs.database.server.pool import open_pool
from services.writer.chunks.retry_policy import ErrorKind, classify
from tests.servers import available, cloned_database
from tests.waiting import wait_until

COUNTER = "CREATE TABLE counter (name text PRIMARY KEY, value int NOT NULL CHECK (value < 100))"


@pytest.fixture(scope="module")
def url(postgres: PostgresServer, template: str) -> Iterator[str]:
    """A database with two counters."""
    with cloned_database(postgres.url, template) as url:
        with psycopg.connect(url) as connection:
            connection.execute(COUNTER)
            connection.execute("INSERT INTO counter VALUES ('a', 0), ('b', 0)")
        yield url


@pytest.fixture
def one(url: str) -> Iterator[psycopg.Connection]:
    """A session."""
    with closing(psycopg.connect(url)) as connection:
        yield connection


@pytest.fixture
def two(url: str) -> Iterator[psycopg.Connection]:
    """Another one."""
    with closing(psycopg.connect(url)) as connection:
        yield connection


def raised(action: Callable[[], object]) -> psycopg.Error:
    with pytest.raises(psycopg.Error) as caught:
        action()
    return caught.value


def query(session: psycopg.Connection, statement: str, *values: object) -> list[tuple[object, ...]]:
    with session.transaction(force_rollback=True):
        return session.execute(statement, values).fetchall()


def add(session: psycopg.Connection, name: str) -> None:
    session.execute("UPDATE counter SET value = value + 1 WHERE name = %s", (name,))


def test_a_serialization_failure(one: psycopg.Connection, two: psycopg.Connection) -> None:
    one.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    one.execute("SELECT * FROM counter")
    add(two, "a")
    two.commit()
    error = raised(lambda: add(one, "a"))
    assert (error.sqlstate, classify(error)) == ("40001", ErrorKind.CONTENDED)


def test_a_deadlock(one: psycopg.Connection, two: psycopg.Connection) -> None:
    def crosswise(session: psycopg.Connection, name: str) -> str | None:
        try:
            add(session, name)
        except psycopg.Error as error:
            session.rollback()
            assert classify(error) is ErrorKind.CONTENDED
            return error.sqlstate
        session.rollback()
        return None

    for session in (one, two):
        session.execute("SET deadlock_timeout = '20ms'")
    add(one, "a")
    add(two, "b")
    with ThreadPoolExecutor(2) as threads:
        ends = [threads.submit(crosswise, session, name) for session, name in ((one, "b"), (two, "a"))]
        assert "40P01" in {end.result(timeout=10) for end in ends}


def test_a_lock_time_out(one: psycopg.Connection, two: psycopg.Connection) -> None:
    add(one, "a")
    two.execute("SET LOCAL lock_timeout = '10ms'")
    error = raised(lambda: add(two, "a"))
    assert (error.sqlstate, classify(error)) == ("55P03", ErrorKind.CONTENDED)


def test_a_statement_time_out(one: psycopg.Connection) -> None:
    one.execute("SET LOCAL statement_timeout = '10ms'")
    error = raised(lambda: one.execute("SELECT pg_sleep(10)"))
    assert (error.sqlstate, classify(error)) == ("57014", ErrorKind.INTERRUPTED)


def test_an_idle_transaction_ended_by_the_server(one: psycopg.Connection, two: psycopg.Connection) -> None:
    one.execute("SET LOCAL idle_in_transaction_session_timeout = '10ms'")
    there = "SELECT FROM pg_stat_activity WHERE pid = %s"
    wait_until(lambda: not query(two, there, one.info.backend_pid), 10, "the end of the session")
    error = raised(lambda: one.execute("SELECT 1"))
    assert (error.sqlstate, classify(error)) == ("25P03", ErrorKind.INTERRUPTED)


@pytest.mark.parametrize("busy", [True, False], ids=["at work", "idle"])
def test_a_terminated_session(one: psycopg.Connection, two: psycopg.Connection, busy: bool) -> None:
    pid = one.info.backend_pid
    one.execute("SELECT 1")
    with ThreadPoolExecutor(1) as threads:
        if busy:
            running = threads.submit(raised, lambda: one.execute("SELECT pg_sleep(10)"))
            seen = "SELECT state FROM pg_stat_activity WHERE pid = %s AND query LIKE '%%pg_sleep%%'"
            wait_until(lambda: query(two, seen, pid) == [("active",)], 10, "the session at work")
        two.execute("SELECT pg_terminate_backend(%s, 5000)", (pid,))
        error = running.result(timeout=10) if busy else raised(lambda: one.execute("SELECT 1"))
    assert classify(error) is ErrorKind.UNAVAILABLE
    assert classify(raised(lambda: one.execute("SELECT 1"))) is ErrorKind.UNAVAILABLE


@pytest.mark.parametrize("sqlstate", ["53100", "53200", "53300", "58030", "57P03"])
def test_a_server_without_room_or_health(one: psycopg.Connection, sqlstate: str) -> None:
    error = raised(lambda: one.execute(f"DO $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '{sqlstate}'; END $$"))
    assert (error.sqlstate, classify(error)) == (sqlstate, ErrorKind.UNAVAILABLE)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("connection to the remote node a@b:5432 failed with the following error: x", ErrorKind.UNAVAILABLE),
        ("could not establish any connections to the node b:5432 after 5000 ms", ErrorKind.UNAVAILABLE),
        ("server closed the connection unexpectedly", ErrorKind.UNAVAILABLE),
        ("the database system is shutting down", ErrorKind.UNAVAILABLE),
        ("failed to complete COPY on b:5432", ErrorKind.UNAVAILABLE),
        ("cache lookup failed for relation 4711", ErrorKind.UNEXPECTED),
        # Whatever is quoted stands behind the words of the server.
        ('duplicate key value: "could not connect"', ErrorKind.UNEXPECTED),
    ],
)
def test_what_a_coordinator_says_of_its_nodes(one: psycopg.Connection, said: str, kind: ErrorKind) -> None:
    raising = f"RAISE EXCEPTION USING MESSAGE = '{said}', DETAIL = 'could not connect', ERRCODE = 'XX000'"
    error = raised(lambda: one.execute(f"DO $$ BEGIN {raising}; END $$"))
    assert (error.sqlstate, classify(error)) == ("XX000", kind)


def test_a_server_that_may_only_be_read(one: psycopg.Connection) -> None:
    one.execute("SET TRANSACTION READ ONLY")
    assert classify(raised(lambda: add(one, "a"))) is ErrorKind.UNAVAILABLE


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO counter VALUES ('a', 1)",
        "INSERT INTO counter VALUES ('c', NULL)",
        "INSERT INTO counter VALUES ('c', 100)",
        "INSERT INTO counter VALUES ('c', 2147483648)",
        "SELECT 1 / 0",
        "SELECT 'x'::uuid",
        "SELECT repeat('x', 2000000000)",
        "SELECT array_fill(0, ARRAY[2000000000])",
    ],
)
def test_data_that_is_refused(one: psycopg.Connection, statement: str) -> None:
    assert classify(raised(lambda: one.execute(statement))) is ErrorKind.DATA


def test_a_missing_table_and_a_missing_right(one: psycopg.Connection) -> None:
    assert classify(raised(lambda: one.execute("SELECT * FROM nowhere"))) is ErrorKind.MENDING
    one.rollback()
    one.execute("SET LOCAL ROLE sluice_reader")
    error = raised(lambda: add(one, "a"))
    assert isinstance(error, errors.InsufficientPrivilege)
    assert classify(error) is ErrorKind.MENDING


def test_a_pool_without_a_free_connection(url: str) -> None:
    with (
        open_pool(url, "sluice_writer", name="small", size=1, statement_timeout_s=5, timeout_s=0.1) as pool,
        pool.connection(timeout=5),
    ):
        assert classify(raised(lambda: pool.connection().__enter__())) is ErrorKind.UNAVAILABLE


def test_a_database_that_does_not_exist_or_a_server_that_is_not_there(url: str, tmp_path: Path) -> None:
    for wrong in ({"dbname": uuid.uuid4().hex}, {"port": str(free_port())}, {"password": "wrong"}):
        target = psycopg.conninfo.make_conninfo(url, **wrong)
        assert classify(raised(lambda target=target: psycopg.connect(target))) is ErrorKind.UNAVAILABLE
        with open_pool(target, "sluice_writer", name="lost", size=1, statement_timeout_s=5, timeout_s=0.1) as pool:
            assert classify(raised(lambda pool=pool: pool.connection().__enter__())) is ErrorKind.UNAVAILABLE
            assert not available(pool)
