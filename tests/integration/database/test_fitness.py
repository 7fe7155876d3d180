"""A service, and `config check`, find out at their start what they could not do later, and say what to mend."""

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from deploy.config_command import config
from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.database.command import migrate as command
from libs.database.migrations import LOCK_KEY, migrate
from libs.database.server.fitness import fit_session
from libs.database.server.session import Role, UnfitDatabaseError, session

ROLES: list[Role] = ["sluice_writer", "sluice_reader", "sluice_tasks", "sluice_processor"]
LOGINS: dict[Role, str] = {
    "sluice_writer": "sluice_writing", "sluice_reader": "sluice_ingest", "sluice_tasks": "sluice_ingest",
    "sluice_processor": "sluice_processing",
}  # fmt: skip
PASSWORD = "x1"
SPOILT = [
    ("sluice_writer", "REVOKE UPDATE ON ingest.job FROM sluice_writer", "UPDATE ON ingest.job"),
    ("sluice_writer", "REVOKE INSERT ON ingest.audit FROM sluice_writer", "INSERT ON ingest.audit"),
    ("sluice_writer", "REVOKE DELETE ON ingest.reject FROM sluice_writer", "DELETE ON ingest.reject"),
    (
        "sluice_writer",
        "REVOKE ALL ON inventory.activity_recipient FROM sluice_writer",
        "DELETE ON inventory.activity_recipient",
    ),
    ("sluice_writer", "REVOKE USAGE ON SCHEMA inventory FROM sluice_writer", "USAGE ON SCHEMA inventory"),
    ("sluice_reader", "REVOKE SELECT ON ingest.reject FROM sluice_reader", "SELECT ON ingest.reject"),
    (
        "sluice_reader",
        "REVOKE EXECUTE ON FUNCTION ingest.current_tenant() FROM PUBLIC",
        "EXECUTE ON FUNCTION ingest.current_tenant()",
    ),
    ("sluice_tasks", "REVOKE UPDATE ON work.task FROM sluice_tasks", "UPDATE ON work.task"),
    ("sluice_tasks", "REVOKE USAGE ON SCHEMA work FROM sluice_tasks", "USAGE ON SCHEMA work"),
    ("sluice_processor", "REVOKE INSERT ON work.task_log FROM sluice_processor", "INSERT ON work.task_log"),
    ("sluice_processor", "REVOKE SELECT ON ingest.chunk FROM sluice_processor", "SELECT ON ingest.chunk"),
    ("sluice_reader", "REVOKE SELECT ON work.task FROM sluice_reader", "SELECT ON work.task"),
]


@pytest.fixture
def owner(database_url: str) -> Iterator[psycopg.Connection]:
    """A session of the superuser."""
    with session(database_url, "test") as connection:
        yield connection


@pytest.fixture
def logins(database_url: str, owner: psycopg.Connection) -> dict[Role, str]:
    """Where each service logs in as itself."""
    for login in LOGINS.values():
        owner.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(login), sql.Literal(PASSWORD)))
    return {role: make_conninfo(database_url, user=login, password=PASSWORD) for role, login in LOGINS.items()}


def refusal(database_url: str, role: Role) -> str:
    """What is said of a database that is not fit."""
    with pytest.raises(UnfitDatabaseError) as refused, fit_session(database_url, role):
        pass
    return str(refused.value)


@pytest.mark.parametrize("role", ROLES)
def test_a_services_own_login_is_enough(logins: dict[Role, str], role: Role) -> None:
    with fit_session(logins[role], role) as connection:
        assert connection.execute("SELECT current_user, session_user").fetchone() == (role, LOGINS[role])


@pytest.mark.parametrize(
    ("role", "other"), [(role, other) for role in ROLES for other in ROLES if LOGINS[role] != LOGINS[other]]
)
def test_a_login_has_the_roles_of_its_service_and_no_other(logins: dict[Role, str], role: Role, other: Role) -> None:
    assert f"GRANT {other} TO {LOGINS[role]}" in refusal(logins[role], other)


def test_a_readers_session_cannot_become_a_writer(logins: dict[Role, str]) -> None:
    with fit_session(logins["sluice_reader"], "sluice_reader") as connection:
        for step in ("RESET ROLE", "SET ROLE NONE", "SET SESSION AUTHORIZATION DEFAULT"):
            connection.execute(step)
            for more in ("SET ROLE sluice_writer", "SET ROLE sluice_owner", "SET SESSION AUTHORIZATION sluice"):
                with pytest.raises(errors.InsufficientPrivilege):
                    connection.execute(more)
            with pytest.raises(errors.InsufficientPrivilege):
                connection.execute("DELETE FROM ingest.job")
        assert connection.execute("SHOW is_superuser").fetchone() == ("off",)


@pytest.mark.parametrize("role", ROLES)
def test_no_service_has_rights_on_the_server(logins: dict[Role, str], role: Role) -> None:
    with session(logins[role], "test") as connection:
        held = connection.execute(
            "SELECT rolname FROM pg_roles WHERE pg_has_role(current_user, oid, 'MEMBER') AND rolname <> current_user"
        ).fetchall()
        assert {held_role for (held_role,) in held} == {each for each in ROLES if LOGINS[each] == LOGINS[role]}
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("COPY (SELECT 1) TO PROGRAM 'true'")
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute("SELECT pg_read_file('/etc/passwd')")


@pytest.mark.parametrize(("role", "change", "named"), SPOILT)
def test_the_right_that_is_lacking_is_named(
    logins: dict[Role, str], owner: psycopg.Connection, role: Role, change: str, named: str
) -> None:
    owner.execute(change)  # type: ignore[arg-type]
    said = refusal(logins[role], role)
    assert named in said
    assert "lacks rights" in said


@pytest.mark.parametrize("role", ["sluice_writer", "sluice_processor"])
def test_who_works_for_all_tenants_is_refused_under_row_level_security(
    logins: dict[Role, str], owner: psycopg.Connection, role: Role
) -> None:
    owner.execute(sql.SQL("ALTER ROLE {} NOBYPASSRLS").format(sql.Identifier(role)))
    try:
        assert "BYPASSRLS" in refusal(logins[role], role)
    finally:
        owner.execute(sql.SQL("ALTER ROLE {} BYPASSRLS").format(sql.Identifier(role)))


def test_a_database_without_temporary_tables_is_refused(logins: dict[Role, str], owner: psycopg.Connection) -> None:
    name = sql.Identifier(str(owner.info.dbname))
    owner.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(name))
    assert "TEMPORARY ON DATABASE" in refusal(logins["sluice_writer"], "sluice_writer")
    with fit_session(logins["sluice_reader"], "sluice_reader"):
        pass


def test_missing_migrations_are_named(logins: dict[Role, str], owner: psycopg.Connection) -> None:
    owner.execute("DELETE FROM public.sluice_migration WHERE name = '0003_ingest.sql'")
    assert "0003_ingest.sql" in refusal(logins["sluice_writer"], "sluice_writer")
    owner.execute("REVOKE SELECT ON public.sluice_migration FROM sluice_writer")
    assert "sluice migrate" in refusal(logins["sluice_writer"], "sluice_writer")


def test_a_server_without_the_roles_is_named_as_that(database_url: str) -> None:
    assert "sluice migrate" in refusal(database_url, "sluice_nobody")  # type: ignore[arg-type]


# What the commands say.


def check(database_url: str, redis_url: str, service: str = "writer") -> tuple[int, str]:
    environ = {
        "SLUICE_REDIS_URL": redis_url, "SLUICE_DATABASE_URL": database_url, "SLUICE_TOKEN_SECRET_FILE": "/dev/null",
        "SLUICE_NAMESPACE": f"fit-{uuid.uuid4().hex[:8]}",
    }  # fmt: skip
    result = CliRunner().invoke(config, ["check", service], env=environ)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("service", "role"), [("writer", "sluice_writer"), ("ingest", "sluice_reader"), ("processor", "sluice_processor")]
)
def test_config_check_passes_with_the_documented_logins(
    logins: dict[Role, str], valkey: ValkeyServer, service: str, role: Role
) -> None:
    status, said = check(logins[role], valkey.url, service)
    assert (status, PASSWORD in said) == (0, False), said


def test_config_check_says_what_a_start_would(database_url: str, valkey: ValkeyServer) -> None:
    away = make_conninfo(database_url, port=free_port())
    assert check(away, valkey.url)[0] == 1
    wrong = make_conninfo(database_url, password="wrong")
    status, said = check(wrong, valkey.url)
    assert (status, "password authentication failed" in said) == (1, True)


@pytest.mark.parametrize(
    "address",
    [
        "postgresql//sluice:QZ7@127.0.0.1/sluice", "postgresql://sluice:Q@QZ7@127.0.0.1/sluice",
        "postgresql://sluice:QZ7/x@127.0.0.1/sluice",
        "sluice:QZ7@127.0.0.1", "host=127.0.0.1 pasword=QZ7", "host=127.0.0.1 password=a QZ7",
        "postgresql://sluice:QZ7@127.0.0.1:54x/sluice",
    ],
)  # fmt: skip
def test_no_command_shows_the_password_of_a_mistyped_address(address: str, valkey: ValkeyServer) -> None:
    status, said = check(address, valkey.url)
    result = CliRunner().invoke(command, ["--database-url", address])
    assert {status, result.exit_code} <= {1, 2}
    for text in (said, result.output, repr(result.exception)):
        assert "QZ7" not in text
    assert "Traceback" not in said + result.output


def test_a_migration_that_waits_too_long_changes_nothing(
    database_url: str, owner: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.database.migrations.BOUNDS", "SET LOCAL lock_timeout = '100ms'")
    owner.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
    result = CliRunner().invoke(command, ["--database-url", database_url])
    assert (result.exit_code, "nothing was changed" in result.output) == (1, True)
    owner.execute("SELECT pg_advisory_unlock(%s)", (LOCK_KEY,))
    assert migrate(database_url) == []
