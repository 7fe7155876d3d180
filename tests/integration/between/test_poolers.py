"""PgBouncer before PostgreSQL: each service refuses it with the reason and the setting; commands go through."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from psycopg_pool import PoolTimeout

from deploy.config_command import adopt, config
from deploy.local.servers.valkey import ValkeyServer
from libs.database.audit.command import audit
from libs.database.command import migrate
from libs.database.migrations import migrate as run_migrations
from libs.database.server.fitness import fit_session
from libs.database.server.pool import open_pool
from libs.database.server.session import Role, UnfitDatabaseError, session
from tests.integration.between.pooler import pgbouncer, pooled
from tests.integration.between.services import KINDS, started
from tests.integration.between.test_tls import REFUSED
from tests.waiting import wait_until

pytestmark = pooled
ROLES: list[Role] = ["sluice_writer", "sluice_reader", "sluice_tasks", "sluice_processor"]
DROPPED = "DROP SCHEMA ingest, inventory, work CASCADE; DROP TABLE public.sluice_migration"


@pytest.mark.parametrize(("mode", "ignored"), [("transaction", ""), ("transaction", "options"), ("session", "options")])
def test_a_pooler_that_drops_options_is_refused(tmp_path: Path, database_url: str, mode: str, ignored: str) -> None:
    with (
        pgbouncer(tmp_path / "pooler", database_url, mode, ignored=ignored) as address,
        pytest.raises(UnfitDatabaseError, match="PgBouncer"),
        fit_session(address, "sluice_writer"),
    ):
        pass


def test_no_service_starts_behind_a_pooler_of_transactions(
    tmp_path: Path, database_url: str, valkey: ValkeyServer, namespace: str
) -> None:
    """Nor says `config check` that one could."""
    with pgbouncer(tmp_path / "pooler", database_url, "transaction", ignored="options") as address:
        shared: dict[str, Any] = {"database_url": address, "redis_url": valkey.url, "namespace": namespace}
        environ = {f"SLUICE_{name.upper()}": str(value) for name, value in shared.items()}
        with started(tmp_path, **shared) as services:
            for name in KINDS:
                given = environ | {"SLUICE_TOKEN_SECRET_FILE": str(tmp_path / "secret")}
                result = CliRunner().invoke(config, ["check", name], env=given)
                assert (result.exit_code, "PgBouncer" in result.stderr) == (1, True), result.output
            for name, service in services.running.items():
                wait_until(lambda service=service: service.process.poll() is not None, 30, f"{name} ends")
                assert service.process.returncode == REFUSED[name], service.log
                assert "PgBouncer" in service.log
                assert "SLUICE_DATABASE_URL" in service.log
                assert "Traceback" not in service.log


def test_a_pooler_that_comes_in_between_later_is_given_no_work(tmp_path: Path, database_url: str) -> None:
    """As when a name leads to it from one day on: each session looks at itself."""
    with pgbouncer(tmp_path / "pooler", database_url, "transaction", ignored="options") as address:
        for role in ROLES:
            pool = open_pool(address, role, name="test", size=1, statement_timeout_s=5, timeout_s=1.0)
            with pool, pytest.raises(PoolTimeout), pool.connection():
                pass


def test_commands_run_through_a_pooler_and_leave_no_lock(
    tmp_path: Path, database_url: str, valkey: ValkeyServer, namespace: str
) -> None:
    with session(database_url, "test") as connection:
        connection.execute(DROPPED)
        with pgbouncer(tmp_path / "pooler", database_url, "transaction") as address:
            assert run_migrations(address)
            environ = {
                "SLUICE_DATABASE_URL": address, "SLUICE_REDIS_URL": valkey.url, "SLUICE_NAMESPACE": namespace
            }  # fmt: skip
            for command, arguments in ((migrate, []), (adopt, []), (audit, ["verify"])):
                result = CliRunner().invoke(command, arguments, env=environ)
                assert result.exit_code == 0, result.output
            locks = connection.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone()
            assert locks == (0,)
