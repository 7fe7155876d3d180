"""What the three roles may see and do; the audit trail, which nobody changes."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors, sql

from deploy.local.servers.postgres import PostgresServer
from libs.database.server.pool import open_pool
from tests.servers import cloned_database

ENTITY_TABLES = [
    "inventory.data_category",
    "inventory.data_transfer",
    "inventory.processing_activity",
    "inventory.recipient",
]
LINK_TABLES = ["inventory.activity_data_category", "inventory.activity_recipient", "inventory.activity_transfer"]
INGEST_TABLES = [
    "ingest.audit", "ingest.audit_aside", "ingest.chunk", "ingest.job", "ingest.reject", "ingest.statistics",
    "ingest.statistics_stale",
]  # fmt: skip
NOBODYS = ["ingest.installation", "ingest.statistics_progress", "ingest.versions_at_work"]
"""Tables without a tenant, which hold nothing of one."""
PEOPLES = ["inventory.organisation"]
"""What people write, and no writer."""
WRITTEN = sorted(ENTITY_TABLES + LINK_TABLES + INGEST_TABLES)
TABLES = sorted(WRITTEN + PEOPLES)

OURS, THEIRS = uuid.uuid4(), uuid.uuid4()
CHECKED = {"status": "'processing'", "state": "'written'"}
BY_TYPE = {
    "uuid": "gen_random_uuid()", "text": "'x'", "int4": "1", "int8": "1", "bool": "false", "jsonb": "'{}'",
    "bytea": "''", "timestamptz": "now()",
}  # fmt: skip

each_table = pytest.mark.parametrize("table", TABLES)


def required_columns(connection: psycopg.Connection, table: str) -> list[tuple[str, str]]:
    schema, name = table.split(".")
    query = (
        "SELECT column_name, udt_name FROM information_schema.columns WHERE table_schema = %s AND table_name = %s "
        "AND is_nullable = 'NO' AND column_default IS NULL AND column_name <> 'tenant_id'"
    )
    return [(column, kind) for column, kind in connection.execute(query, (schema, name))]


def add_row(connection: psycopg.Connection, table: str, tenant: uuid.UUID) -> None:
    columns = required_columns(connection, table)
    names = ", ".join(["tenant_id", *(column for column, _ in columns)])
    values = ", ".join(["%s", *(CHECKED.get(column, BY_TYPE[kind]) for column, kind in columns)])
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({values})", (tenant,))


@pytest.fixture(scope="module")
def url(postgres: PostgresServer, template: str) -> Iterator[str]:
    """A database in which two tenants have a row in every table."""
    with cloned_database(postgres.url, template) as url:
        with psycopg.connect(url) as connection:
            for table in TABLES:
                for tenant in (OURS, THEIRS):
                    add_row(connection, table, tenant)
        yield url


@pytest.fixture(scope="module")
def connection(url: str) -> Iterator[psycopg.Connection]:
    """A session of the superuser."""
    with psycopg.connect(url) as connection:
        yield connection


@pytest.fixture
def session(connection: psycopg.Connection) -> Iterator[psycopg.Connection]:
    """The same session in a transaction that leaves nothing behind, its role and settings included."""
    yield connection
    connection.rollback()


def become(session: psycopg.Connection, role: str) -> None:
    session.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))


def seen(session: psycopg.Connection, table: str) -> set[uuid.UUID]:
    return {tenant for (tenant,) in session.execute(f"SELECT tenant_id FROM {table}")}


def refused(session: psycopg.Connection, statement: str) -> bool:
    """Whether the role lacks the right; anything else that goes wrong is an error."""
    try:
        with session.transaction():
            session.execute(statement)
    except errors.InsufficientPrivilege:
        return True
    return False


def test_the_list_of_tables_is_complete_and_all_are_under_row_level_security(session: psycopg.Connection) -> None:
    rows = session.execute(
        "SELECT schemaname || '.' || tablename, rowsecurity FROM pg_tables WHERE schemaname IN ('inventory', 'ingest')"
    ).fetchall()
    assert sorted(rows) == [(table, True) for table in sorted(TABLES + NOBODYS)]


def test_what_is_worked_on_is_under_row_level_security_for_whoever_has_one_tenant(session: psycopg.Connection) -> None:
    tables = session.execute("SELECT tablename, rowsecurity FROM pg_tables WHERE schemaname = 'work'").fetchall()
    assert {"task", "task_log", "file", "file_part", "mapping"} <= {table for table, _ in tables}
    for table, secured in tables:
        assert secured, table
        rows = session.execute(
            "SELECT unnest(roles)::text, qual FROM pg_policies WHERE schemaname = 'work' AND tablename = %s", (table,)
        ).fetchall()
        (may_work,) = session.execute(
            "SELECT has_table_privilege('sluice_tasks', %s, 'SELECT, INSERT, UPDATE, DELETE')", (f"work.{table}",)
        ).fetchone()
        needed = {"sluice_reader"} | ({"sluice_tasks"} if may_work else set())
        assert needed <= {role for role, _ in rows} <= {"sluice_reader", "sluice_tasks"}, table
        assert all("tenant_id = ingest.current_tenant()" in qual for _, qual in rows), table


@each_table
def test_a_reader_sees_its_tenant_alone(session: psycopg.Connection, table: str) -> None:
    assert seen(session, table) == {OURS, THEIRS}
    become(session, "sluice_reader")
    for tenant in (OURS, THEIRS):
        session.execute("SELECT set_config('sluice.tenant_id', %s, true)", (str(tenant),))
        assert seen(session, table) == {tenant}


@each_table
@pytest.mark.parametrize("setting", [None, "", str(uuid.uuid4())], ids=["unset", "empty", "another"])
def test_a_reader_without_its_tenant_sees_nothing(session: psycopg.Connection, table: str, setting: str | None) -> None:
    become(session, "sluice_reader")
    if setting is not None:
        session.execute("SELECT set_config('sluice.tenant_id', %s, true)", (setting,))
    assert seen(session, table) == set()


def test_the_tenant_ends_with_the_transaction(url: str) -> None:
    with open_pool(url, "sluice_reader", name="reader", size=1, statement_timeout_s=5, timeout_s=5) as pool:
        with pool.connection() as connection, connection.transaction():
            connection.execute("SELECT set_config('sluice.tenant_id', %s, true)", (str(OURS),))
            assert seen(connection, "inventory.recipient") == {OURS}
        with pool.connection() as connection:
            assert seen(connection, "inventory.recipient") == set()


@each_table
def test_a_reader_writes_nothing(session: psycopg.Connection, table: str) -> None:
    become(session, "sluice_reader")
    session.execute("SELECT set_config('sluice.tenant_id', %s, true)", (str(OURS),))
    assert refused(session, f"INSERT INTO {table} SELECT * FROM {table}")
    assert refused(session, f"UPDATE {table} SET tenant_id = tenant_id")
    assert refused(session, f"DELETE FROM {table}")
    assert refused(session, f"TRUNCATE {table}")


def test_an_organisation_is_changed_by_its_own_tenant_and_deleted_by_nobody(session: psycopg.Connection) -> None:
    become(session, "sluice_tasks")
    session.execute("SELECT set_config('sluice.tenant_id', %s, true)", (str(OURS),))
    assert session.execute("UPDATE inventory.organisation SET name_vi = 'y'").rowcount == 1
    another = "VALUES (gen_random_uuid(), 'x', 'x')"
    assert refused(session, f"INSERT INTO inventory.organisation (tenant_id, name_vi, updated_by) {another}")
    assert refused(session, "DELETE FROM inventory.organisation")


@pytest.mark.parametrize("table", WRITTEN)
def test_a_writer_deletes_links_and_rejects_alone(session: psycopg.Connection, table: str) -> None:
    become(session, "sluice_writer")
    assert seen(session, table) == {OURS, THEIRS}
    assert refused(session, f"TRUNCATE {table}")
    assert refused(session, f"DELETE FROM {table}") is (table not in [*LINK_TABLES, "ingest.reject"])


@pytest.mark.parametrize("role", ["sluice_reader", "sluice_writer"])
def test_services_cannot_change_the_schema(session: psycopg.Connection, role: str) -> None:
    become(session, role)
    assert refused(session, "CREATE TABLE inventory.another (x int)")
    assert refused(session, "ALTER TABLE inventory.recipient DISABLE TRIGGER ALL")
    assert refused(session, "ALTER TABLE ingest.audit DISABLE TRIGGER ALL")
    assert refused(session, "DROP TABLE ingest.audit")


@pytest.mark.parametrize("role", [None, "sluice_owner", "sluice_writer", "sluice_reader"])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ingest.audit SET actor = 'somebody else'",
        "DELETE FROM ingest.audit",
        "TRUNCATE ingest.audit",
        "INSERT INTO ingest.audit TABLE ingest.audit ON CONFLICT (tenant_id, audit_id) DO UPDATE SET actor = 'x'",
        "MERGE INTO ingest.audit a USING ingest.job j ON a.tenant_id = j.tenant_id WHEN MATCHED THEN DELETE",
    ],
    ids=lambda statement: statement.split()[0],
)
def test_nobody_changes_the_audit_trail(session: psycopg.Connection, role: str | None, change: str) -> None:
    before = session.execute("SELECT * FROM ingest.audit ORDER BY audit_id").fetchall()
    if role:
        become(session, role)
    assert refused(session, change)
    session.execute("RESET ROLE")
    assert session.execute("SELECT * FROM ingest.audit ORDER BY audit_id").fetchall() == before


def test_the_pools_sessions_are_bounded(url: str) -> None:
    expected = {
        "role": "sluice_writer",
        "statement_timeout": "7s",
        "lock_timeout": "1s",
        "idle_in_transaction_session_timeout": "1min",
        "default_transaction_isolation": "read committed",
        "application_name": "sluice-writer-9",
    }
    with (
        open_pool(url, "sluice_writer", name="writer-9", size=1, statement_timeout_s=7, timeout_s=5) as pool,
        pool.connection() as connection,
    ):
        assert {name: connection.execute(f"SHOW {name}").fetchone() for name in expected} == {
            name: (value,) for name, value in expected.items()
        }
