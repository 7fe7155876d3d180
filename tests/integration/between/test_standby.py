"""A standby behind the same name: nothing is written to it or read from it, and nothing is acknowledged through it."""

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from msgspec import Struct
from psycopg.conninfo import make_conninfo
from psycopg_pool import PoolTimeout

from deploy.config_command import config
from deploy.local.data_dir.ports import HOST, free_port
from deploy.local.servers.postgres import SETTINGS, PostgresServer, binaries
from deploy.local.servers.valkey import ValkeyServer
from libs.database.migrations import migrate
from libs.database.server.pool import open_pool
from libs.database.server.session import Role
from tests.fault.faults.proxy import Loop, Proxy
from tests.integration.between.services import ends_of, started, task_done
from tests.integration.service_process import is_problem, several
from tests.waiting import wait_until

ROLES: list[Role] = ["sluice_writer", "sluice_reader", "sluice_tasks", "sluice_processor"]
REPLICATED = {"fsync": "off", "wal_level": "replica", "max_wal_senders": "4", "hot_standby": "on"}
WRITTEN = "SELECT count(*), count(*) FILTER (WHERE status = 'completed') FROM ingest.job WHERE tenant_id = %s"


class Pair(Struct):
    """A primary and a hot standby that follows it."""

    primary: PostgresServer
    standby: PostgresServer

    def both(self, first: PostgresServer, second: PostgresServer) -> str:
        """An address that lists the two."""
        return make_conninfo(self.primary.url, host=f"{HOST},{HOST}", port=f"{first.port},{second.port}")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Migrated, with replication by stream."""
    folder = tmp_path_factory.mktemp("pair")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in REPLICATED.items():
            patch.setitem(SETTINGS, name, value)
        with PostgresServer(folder / "primary", free_port()) as primary:
            migrate(primary.url)
            copy = folder / "standby"
            copy.mkdir(mode=0o700)
            shutil.copy2(folder / "primary" / "password", copy / "password")
            command = (binaries() / "pg_basebackup", "-D", copy / "cluster", "-R", "-c", "fast", "-d", primary.url)
            subprocess.run(command, check=True, capture_output=True)
            with PostgresServer(copy, free_port()) as standby:
                yield Pair(primary, standby)


@pytest.mark.parametrize("role", ROLES)
def test_of_two_servers_behind_an_address_the_primary_is_taken(pair: Pair, role: Role) -> None:
    address = pair.both(pair.standby, pair.primary)
    pool = open_pool(address, role, name="test", size=1, statement_timeout_s=5, timeout_s=5.0)
    with pool, pool.connection() as connection:
        assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (False,)


@pytest.mark.parametrize("role", ROLES)
def test_a_standby_alone_is_nobodys(pair: Pair, role: Role) -> None:
    pool = open_pool(pair.standby.url, role, name="test", size=1, statement_timeout_s=5, timeout_s=1.0)
    with pool, pytest.raises(PoolTimeout), pool.connection():
        pass


def test_config_check_says_that_it_is_one(pair: Pair, valkey: ValkeyServer) -> None:
    for service, said in (("writer", "session is read-only"), ("ingest", "hot standby")):
        environ = {
            "SLUICE_REDIS_URL": valkey.url, "SLUICE_DATABASE_URL": pair.standby.url,
            "SLUICE_TOKEN_SECRET_FILE": "/dev/null", "SLUICE_NAMESPACE": f"standby-{uuid.uuid4().hex[:8]}",
        }  # fmt: skip
        result = CliRunner().invoke(config, ["check", service], env=environ)
        assert (result.exit_code, said in result.stderr) == (1, True), result.output


@pytest.mark.slow
def test_services_wait_while_the_name_leads_to_a_standby_and_go_on_with_its_promotion(
    tmp_path: Path, pair: Pair, valkey: ValkeyServer, namespace: str
) -> None:
    with Loop() as loop, Proxy(loop, pair.primary.port) as name:
        shared: dict[str, Any] = {
            "redis_url": valkey.url, "namespace": namespace,
            "database_url": make_conninfo(pair.primary.url, port=name.port),
        }  # fmt: skip
        with started(tmp_path, **shared) as services:
            services.wait_ready()
            scanner = services.scanner()
            before = scanner.post(several(10))
            assert before.status_code == 201, before.text
            assert task_done(scanner)["status"] == "completed"

            name.lead_to(pair.standby.port)
            later = [scanner.post(several(10), background=True) for _ in range(3)]
            assert [answer.status_code for answer in later] == [202] * 3
            assert is_problem(scanner.act("/api/v1/jobs/rules"), 503, "DATABASE_UNAVAILABLE")
            assert is_problem(scanner.get("/api/v1/inventory/recipients"), 503, "DATABASE_UNAVAILABLE")
            scanner.headers |= {"Prefer": "wait=1"}
            at_once = scanner.post(several(10))
            assert at_once.status_code == 202, at_once.text
            with started(tmp_path, "writer", **shared) as another:
                another.wait_ready()  # starts, and waits, too
                assert "postgres_away_at_boot" in another.log()
                assert "session is read-only" in another.log()
            jobs = [answer.json()["job_id"] for answer in (*later, at_once)]
            states = {scanner.get(f"/api/v1/jobs/{job}").json()["status"] for job in jobs}
            assert not states & {"completed", "failed"}

            pair.primary.stop()
            with psycopg.connect(pair.standby.url, autocommit=True) as connection:
                assert connection.execute(WRITTEN, [scanner.tenant]).fetchone() == (1, 1)
                connection.execute("SELECT pg_promote()")
            for job in jobs:
                ended = ends_of(scanner, f"/api/v1/jobs/{job}")
                assert (ended["status"], ended["records"]["created"]) == ("completed", 10), ended
            wait_until(lambda: scanner.get("/api/v1/inventory/recipients").status_code == 200, 30, "reads are answered")
            assert task_done(scanner)["status"] == "completed"
            assert services.log().count("unexpected_error") == 0
            with psycopg.connect(pair.standby.url) as connection:
                assert connection.execute(WRITTEN, [scanner.tenant]).fetchone() == (5, 5)
