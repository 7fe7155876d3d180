"""What sessions rely on is stated by themselves, whatever a role, a database or the environment says."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
import redis
from click.testing import CliRunner
from psycopg import sql

from deploy.local.servers.postgres import PostgresServer
from libs.database.command import migrate as command
from libs.database.migrations import migrate
from libs.database.server.fitness import fit_session
from libs.database.server.pool import open_pool
from libs.database.server.session import STATED, Role, UnfitDatabaseError, begin, session
from tests.servers import available, with_database
from tests.writing import open_desk, recipient

NAME = "Công ty Cổ phần Sao Mai – Đặng Thị Ngọc Ánh 越南"
EXPECTED = {
    **STATED, "client_encoding": "UTF8", "datestyle": "ISO, YMD",
    "synchronous_commit": "on", "default_transaction_isolation": "read committed",
}  # fmt: skip
DISTURBED = {
    "client_encoding": "LATIN1",
    "search_path": "nowhere",
    "datestyle": "German, DMY",
    "intervalstyle": "sql_standard",
    "timezone": "Asia/Ho_Chi_Minh",
    "standard_conforming_strings": "off",
    "bytea_output": "escape",
    "extra_float_digits": "-3",
    "row_security": "off",
    "synchronous_commit": "off",
    "default_transaction_isolation": "serializable",
}
ENVIRONMENT = {
    "PGCLIENTENCODING": "LATIN1", "PGTZ": "Asia/Ho_Chi_Minh", "PGDATESTYLE": "German, DMY",
    "PGOPTIONS": "-c search_path=nowhere -c bytea_output=escape -c synchronous_commit=off",
}  # fmt: skip


@pytest.fixture
def login(database_url: str) -> Iterator[str]:
    """A login of this test's own that may take both roles."""
    name = f"login_{uuid.uuid4().hex[:8]}"
    with session(database_url, "test") as connection:
        who = sql.Identifier(name)
        connection.execute(
            sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x' IN ROLE sluice_writer, sluice_reader").format(who)
        )
        yield name
        connection.execute(sql.SQL("DROP ROLE {}").format(who))


@pytest.fixture(params=["role", "database", "environment"])
def disturbed(request: pytest.FixtureRequest, database_url: str, login: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database that is disturbed in one of three ways."""
    name = psycopg.conninfo.conninfo_to_dict(database_url)["dbname"]
    whom = {"role": ("ROLE", login), "database": ("DATABASE", str(name))}.get(request.param)
    with psycopg.connect(database_url, autocommit=True) as connection:
        for setting, value in DISTURBED.items() if whom else ():
            change = sql.SQL("ALTER {} {} SET {} = {}")
            parts = (sql.SQL(whom[0]), sql.Identifier(whom[1]), sql.Identifier(setting), sql.SQL(quoted(value)))
            connection.execute(change.format(*parts))
    for variable, value in ENVIRONMENT.items() if not whom else ():
        monkeypatch.setenv(variable, value)
    return psycopg.conninfo.make_conninfo(database_url, user=login, password="x")


def quoted(value: str) -> str:
    return ", ".join(f"'{part}'" for part in value.split(", "))


@pytest.mark.parametrize("role", ["sluice_writer", "sluice_reader"])
def test_a_pools_session_is_as_it_states(disturbed: str, role: Role) -> None:
    with (
        open_pool(disturbed, role, name="test", size=1, statement_timeout_s=5, timeout_s=5) as pool,
        pool.connection() as connection,
    ):
        shown = {name: connection.execute(f"SHOW {name}").fetchone() for name in EXPECTED}
        assert shown == {name: (value,) for name, value in EXPECTED.items()}
        assert connection.execute("SELECT current_user").fetchone() == (role,)


def test_vietnamese_arrives_as_it_was_sent(disturbed: str, redis_client: redis.Redis, tenant: uuid.UUID) -> None:
    with open_desk(disturbed, redis_client) as desk:
        desk.write(tenant, [recipient(NAME, external_id=NAME)])
        desk.write(tenant, [recipient(f"{NAME}!", external_id=NAME)], mode="upsert")
    with session(disturbed, "test") as connection:
        connection.execute("SET ROLE sluice_writer")
        found = connection.execute("SELECT name_vi, octet_length(external_id) FROM inventory.recipient").fetchall()
    assert found == [(f"{NAME}!", len(NAME.encode()))]


def test_what_an_operator_asks_of_a_commit_beyond_the_disk_stands(database_url: str, login: str) -> None:
    with session(database_url, "test") as connection:
        connection.execute(
            sql.SQL("ALTER ROLE {} SET synchronous_commit = 'remote_apply'").format(sql.Identifier(login))
        )
    address = psycopg.conninfo.make_conninfo(database_url, user=login, password="x")
    with fit_session(address, "sluice_writer") as connection:
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("remote_apply",)


@pytest.fixture(params=["LATIN1", "SQL_ASCII"])
def narrow_url(postgres: PostgresServer, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database that does not keep its texts in UTF-8."""
    name = f"narrow_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        made = sql.SQL("CREATE DATABASE {} ENCODING {} LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0")
        connection.execute(made.format(sql.Identifier(name), sql.Literal(request.param)))
        yield with_database(postgres.url, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_a_database_of_another_encoding_is_refused_by_all(narrow_url: str) -> None:
    with pytest.raises(UnfitDatabaseError, match="ENCODING 'UTF8'"):
        migrate(narrow_url)
    result = CliRunner().invoke(command, ["--database-url", narrow_url])
    assert result.exit_code == 1
    assert "ENCODING 'UTF8'" in result.output
    with pytest.raises(UnfitDatabaseError, match="ENCODING 'UTF8'"), fit_session(narrow_url, "sluice_writer"):
        pass
    with open_pool(narrow_url, "sluice_writer", name="test", size=1, statement_timeout_s=5, timeout_s=0.5) as pool:
        assert not available(pool)


def test_a_connection_that_is_not_as_asked_is_not_given_out(database_url: str) -> None:
    with psycopg.connect(database_url) as connection, pytest.raises(UnfitDatabaseError, match="PgBouncer"):
        begin(connection, "sluice_writer")
