"""The migration runner on databases that nobody has migrated yet."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors, sql

from deploy.local.servers.postgres import PostgresServer
from libs.database import migrations
from libs.database.migrations import LOCK_KEY, available, migrate, pending
from tests.servers import with_database
from tests.waiting import wait_until

SCHEMAS = "SELECT nspname FROM pg_namespace WHERE nspname IN ('inventory', 'ingest') ORDER BY 1"
WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND objid = %s"

REFUSE_AUDIT_TABLE = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_ddl_commands() WHERE object_identity = 'ingest.audit') THEN
        RAISE EXCEPTION 'not this one' USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_end WHEN TAG IN ('CREATE TABLE') EXECUTE FUNCTION refuse();
"""


@pytest.fixture
def empty_url(postgres: PostgresServer) -> Iterator[str]:
    """A database without any table."""
    name = f"empty_{uuid.uuid4().hex}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield with_database(postgres.url, name)
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def superuser(empty_url: str) -> Iterator[psycopg.Connection]:
    """A session of the superuser in it."""
    with psycopg.connect(empty_url, autocommit=True) as connection:
        yield connection


def test_all_are_applied_once_and_in_order(empty_url: str, superuser: psycopg.Connection) -> None:
    assert pending(superuser) == available()
    assert migrate(empty_url) == available() == sorted(available())
    assert pending(superuser) == []
    assert migrate(empty_url) == []
    applied = superuser.execute("SELECT name FROM public.sluice_migration ORDER BY applied_at, name").fetchall()
    assert [name for (name,) in applied] == available()


def test_two_runners_at_once_do_the_work_once(empty_url: str, superuser: psycopg.Connection) -> None:
    superuser.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
    with ThreadPoolExecutor(2) as threads:
        runs = [threads.submit(migrate, empty_url) for _ in range(2)]
        wait_until(lambda: superuser.execute(WAITING, (LOCK_KEY,)).fetchone() == (2,), 10, "two runners at the lock")
        superuser.execute("SELECT pg_advisory_unlock(%s)", (LOCK_KEY,))
        assert sorted(name for run in runs for name in run.result(timeout=20)) == available()


def test_a_migration_that_fails_leaves_nothing(empty_url: str, superuser: psycopg.Connection) -> None:
    superuser.execute("CREATE SCHEMA ingest")
    with pytest.raises(errors.DuplicateSchema):
        migrate(empty_url)
    assert superuser.execute(SCHEMAS).fetchall() == [("ingest",)]
    assert pending(superuser) == available()
    superuser.execute("DROP SCHEMA ingest")
    assert migrate(empty_url) == available()


def test_those_before_the_failing_one_stay_and_the_next_run_goes_on(
    empty_url: str, superuser: psycopg.Connection
) -> None:
    superuser.execute(REFUSE_AUDIT_TABLE)
    with pytest.raises(errors.ObjectNotInPrerequisiteState):
        migrate(empty_url)
    left = pending(superuser)
    assert left
    assert left == available()[-len(left) :]
    assert superuser.execute(
        "SELECT to_regclass('ingest.job'), to_regclass('inventory.recipient')::text"
    ).fetchone() == (
        None,
        "inventory.recipient",
    )
    superuser.execute("DROP EVENT TRIGGER refuse")
    assert migrate(empty_url) == left
    assert pending(superuser) == []


def test_a_string_of_several_statements_is_refused(
    empty_url: str, superuser: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By every PostgreSQL, so that none of several nodes is needed to find one."""
    monkeypatch.setattr(migrations, "statements", lambda script: [script])
    with pytest.raises(errors.SyntaxError, match="multiple commands"):
        migrate(empty_url)
    assert pending(superuser) == available()


def test_another_database_of_the_same_server_shares_the_roles_only(
    empty_url: str, superuser: psycopg.Connection, template: str
) -> None:
    """The roles are there from the template's migration already."""
    assert migrate(empty_url) == available()
    owners = superuser.execute(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname IN ('inventory', 'ingest')"
    ).fetchall()
    assert owners == [("sluice_owner",)]
