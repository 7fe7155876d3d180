"""Sessions of a time when nothing could be written end with it: a pool gives none of them to a writer."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql
from psycopg_pool import ConnectionPool, PoolTimeout

from libs.database.server.pool import Role, open_pool
from tests.servers import available
from tests.waiting import wait_until


def pool_of(database_url: str, role: Role) -> ConnectionPool:
    return open_pool(database_url, role, name="test", size=1, statement_timeout_s=5, timeout_s=2.0)


def session_of(pool: ConnectionPool) -> int:
    with pool.connection() as connection:
        return connection.info.backend_pid


@pytest.fixture
def read_only(database_url: str) -> Iterator[psycopg.Connection]:
    """A connection that has made the database read-only for all sessions to come."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("SET default_transaction_read_only = off")
        alter = sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on")
        connection.execute(alter.format(sql.Identifier(connection.info.dbname)))
        yield connection


def write_again(connection: psycopg.Connection) -> None:
    alter = sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only")
    connection.execute(alter.format(sql.Identifier(connection.info.dbname)))


@pytest.mark.parametrize("role", ["sluice_writer", "sluice_tasks", "sluice_processor"])
def test_a_session_from_before_is_not_given_to_who_writes_again(database_url: str, role: Role) -> None:
    """As after a failover: the session is there, and can write no more."""
    with pool_of(database_url, role) as pool:
        with pool.connection() as connection:
            pid = connection.info.backend_pid
            connection.execute("SET SESSION default_transaction_read_only = on")
        with pool.connection() as connection:
            assert connection.info.backend_pid != pid
            assert connection.execute("SHOW transaction_read_only").fetchone() == ("off",)


def test_a_writer_waits_while_nothing_can_be_written_and_writes_soon_after(
    database_url: str, read_only: psycopg.Connection
) -> None:
    with pool_of(database_url, "sluice_writer") as pool:
        with pytest.raises(PoolTimeout):
            session_of(pool)
        write_again(read_only)
        wait_until(lambda: available(pool), 15, "a session that may write")
        with pool.connection() as connection:
            connection.execute("DELETE FROM ingest.reject WHERE tenant_id = %s", [uuid.uuid4()])


def test_a_reader_reads_on(database_url: str, read_only: psycopg.Connection) -> None:
    with pool_of(database_url, "sluice_reader") as pool:
        assert session_of(pool) == session_of(pool)
        with pool.connection() as connection, pytest.raises(errors.ReadOnlySqlTransaction):
            connection.execute("SELECT FROM ingest.job FOR UPDATE")


def test_asking_leaves_the_session_as_it_was(database_url: str) -> None:
    with pool_of(database_url, "sluice_writer") as pool:
        assert session_of(pool) == session_of(pool)
        with pool.connection() as connection:
            assert not connection.autocommit
            assert connection.info.transaction_status is psycopg.pq.TransactionStatus.IDLE
