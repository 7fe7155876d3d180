"""TLS to both stores with a private authority: every session comes through, and whoever is not trusted is refused.

The wheels of PostgreSQL and Valkey are built without TLS, so it ends in front of them (`front.py`): the services' side
of it, libpq's and redis-py's, is the real one.
"""

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from click.testing import CliRunner
from msgspec import Struct
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import PoolTimeout

from deploy.config_command import SETTINGS, config
from deploy.local.data_dir.ports import free_port
from deploy.local.servers import valkey as embedded
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from libs.boot.surroundings import check_redis
from libs.database.command import migrate
from libs.database.server.pool import open_pool
from libs.jobs.server.connection import connect, still_primary
from libs.jobs.server.fitness import UnfitRedisError, check_fitness
from tests.failover import sentinel
from tests.fault.faults.proxy import Loop
from tests.integration.between.authority import Authority
from tests.integration.between.front import TlsFront
from tests.integration.between.services import KINDS, started, task_done
from tests.integration.console.visitors.listening import listening
from tests.integration.service_process import several
from tests.waiting import wait_until

NAME = "localhost"
SESSIONS = {
    "sluice-writer-t", "sluice-ingest", "sluice-ingest-work", "sluice-processor-t", "sluice-console",
    "sluice-console-work",
}  # fmt: skip
REFUSED = {"writer": 2, "ingest": 4, "processor": 2, "console": 4}


class Fronts(Struct):
    """TLS in front of both stores, and the certificates of the authority that both bear and of one that none does."""

    postgres: TlsFront
    valkey: TlsFront
    password: str
    right: Path
    wrong: Path

    def redis_url(self, authority: Path, host: str = NAME) -> str:
        return f"rediss://:{self.password}@{host}:{self.valkey.port}/0?ssl_ca_certs={authority}"

    def database_url(self, plain: str, authority: Path, host: str = NAME) -> str:
        return make_conninfo(
            plain, host=host, port=self.postgres.port, sslmode="verify-full", sslrootcert=str(authority)
        )


@pytest.fixture(scope="module")
def fronts(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, valkey: ValkeyServer
) -> Iterator[Fronts]:
    folder = tmp_path_factory.mktemp("authority")
    ours, other = Authority(folder, "ours"), Authority(folder, "other")
    with (
        Loop() as loop,
        TlsFront(loop, postgres.port, ours.server(NAME), postgres=True) as before_postgres,
        TlsFront(loop, valkey.port, ours.server(NAME), postgres=False) as before_valkey,
    ):
        password = valkey.url.split(":")[2].partition("@")[0]
        yield Fronts(before_postgres, before_valkey, password, ours.certificate, other.certificate)


def checked(service: str, folder: Path, **given: str) -> str:
    """What `config check` says of what it does not like."""
    secret = folder / "secret"
    secret.write_bytes(b"s" * 48)
    environ = {"SLUICE_TOKEN_SECRET_FILE": str(secret), "SLUICE_NAMESPACE": f"tls-{uuid.uuid4().hex[:8]}"}
    environ |= {f"SLUICE_{name.upper()}": value for name, value in given.items()}
    result = CliRunner().invoke(config, ["check", service], env=environ)
    assert (result.exit_code, "Traceback" in result.output) == (1, False), result.output
    return result.stderr


def test_every_session_comes_through(
    tmp_path: Path, fronts: Fronts, database_url: str, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared: dict[str, Any] = {
        "redis_url": fronts.redis_url(fronts.right), "namespace": namespace,
        "database_url": fronts.database_url(database_url, fronts.right),
    }  # fmt: skip
    with started(tmp_path, **shared) as services:
        services.wait_ready()
        scanner = services.scanner()
        person = services.person(scanner)
        posted = scanner.post(several(3_000), background=True)
        assert posted.status_code == 202, posted.text
        job = posted.json()["job_id"]
        with listening(person, f"/api/v1/jobs/{job}/events") as stream:  # woken by what Redis tells
            assert stream.over.wait(30)
            assert stream.documents[-1]["records"]["created"] == 3_000
        assert task_done(scanner)["status"] == "completed"
        assert "3,000" in person.text(f"/jobs/{job}") or "3.000" in person.text(f"/jobs/{job}")
        assert sessions(database_url) >= SESSIONS
        monkeypatch.setenv("SLUICE_DATABASE_URL", str(shared["database_url"]))
        assert CliRunner().invoke(migrate).exit_code == 0


def sessions(database_url: str) -> set[str]:
    """Who is connected; the address of the front is the only one that they have."""
    named = conninfo_to_dict(database_url)["dbname"]
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT application_name FROM pg_stat_activity WHERE datname = %s", [named])
        return {name for (name,) in rows}


@pytest.mark.parametrize("language", ["en", "vi"])
def test_whoever_is_not_trusted_is_refused_before_the_start(
    tmp_path: Path, fronts: Fronts, database_url: str, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLUICE_LANG", language)
    reasons = {
        (fronts.wrong, NAME): ("certificate verify failed", "unable to get local issuer certificate"),
        (fronts.right, "127.0.0.1"): ("does not match host name", "IP address mismatch"),
        (tmp_path / "nothing", NAME): ("does not exist", "No such file"),
    }
    for service, ((authority, host), (of_postgres, of_redis)) in zip(SETTINGS, [*reasons.items()] * 2, strict=False):
        urls = {"database_url": fronts.database_url(database_url, authority, host)}
        said = checked(service, tmp_path, redis_url=fronts.redis_url(fronts.right), **urls)
        assert said.startswith("SLUICE_DATABASE_URL: ")
        assert of_postgres in said
        assert "sslrootcert" in said
        urls = {"database_url": fronts.database_url(database_url, fronts.right)}
        said = checked(service, tmp_path, redis_url=fronts.redis_url(authority, host), **urls)
        assert said.startswith("SLUICE_REDIS_URL: ")
        assert of_redis in said
        assert "ssl_ca_certs" in said
        assert ("Không tin cậy được" in said) == (language == "vi")


def test_a_server_without_tls_is_refused(
    tmp_path: Path, fronts: Fronts, postgres: PostgresServer, valkey: ValkeyServer, database_url: str
) -> None:
    plain = make_conninfo(fronts.database_url(database_url, fronts.right), port=postgres.port)
    said = checked("writer", tmp_path, redis_url=valkey.url, database_url=plain)
    assert "does not support SSL" in said
    url = fronts.redis_url(fronts.right).replace(str(fronts.valkey.port), str(valkey.port))
    url += "&socket_connect_timeout=0.3&socket_timeout=0.3"  # it waits for more of our greeting
    said = checked("writer", tmp_path, redis_url=url, database_url=database_url)
    assert "Redis does not answer" in said


def test_who_is_trusted_no_more_is_as_one_that_is_away(fronts: Fronts, database_url: str) -> None:
    address = fronts.database_url(database_url, fronts.wrong)
    pool = open_pool(address, "sluice_writer", name="test", size=1, statement_timeout_s=5, timeout_s=1.0)
    with pool, pytest.raises(PoolTimeout), pool.connection():
        pass
    with connect(fronts.redis_url(fronts.wrong)) as client, pytest.raises(redis.ConnectionError, match="certificate"):
        client.set("x", "")


def test_the_primary_of_a_cluster_is_found_and_spoken_to_by_tls(
    tmp_path: Path, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port, ours, other = free_port(), Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    with Loop() as loop, TlsFront(loop, port, ours.server(NAME), postgres=False) as front:
        announced = {
            "cluster-enabled": "yes", "cluster-port": str(free_port()), "cluster-announce-hostname": NAME,
            "cluster-announce-port": str(front.port), "cluster-preferred-endpoint-type": "hostname",
        }  # fmt: skip
        for name, value in announced.items():
            monkeypatch.setitem(embedded.SETTINGS, name, value)
        with ValkeyServer(tmp_path / "node", port) as node, connect(node.url, durable=False) as admin:
            admin.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16_383)
            served = lambda: b"cluster_state:ok" in admin.execute_command("CLUSTER", "INFO")  # noqa: E731
            wait_until(served, 10, "the cluster serves")
            login = node.url.partition("://")[2].partition("@")[0]
            url = f"rediss+cluster://{login}@{NAME}:{front.port}/?ssl_ca_certs="
            with connect(url + str(ours.certificate), namespace=namespace) as client:
                before = front.taken
                check_fitness(client, namespace)
                assert still_primary(client)
                assert front.taken > before
            with pytest.raises(UnfitRedisError, match="unable to get local issuer certificate"):
                check_redis(url + str(other.certificate), namespace)


def test_sentinels_and_the_primary_that_they_name_are_spoken_to_by_tls(
    tmp_path: Path, valkey: ValkeyServer, namespace: str
) -> None:
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    password = valkey.url.split(":")[2].partition("@")[0]
    context = ours.server(NAME)
    with (
        Loop() as loop,
        TlsFront(loop, valkey.port, context, postgres=False, plain_too=True) as primary,
        sentinel(tmp_path / "watch", primary.port, host=NAME, password=password) as watch,
        TlsFront(loop, watch, context, postgres=False) as asked,
    ):
        wait_until(lambda: _is_well(watch), 20, "the Sentinel has looked at the primary")
        url = f"rediss+sentinel://:{password}@{NAME}:{asked.port}/main?ssl_ca_certs="
        with connect(url + str(ours.certificate), namespace=namespace) as client:
            check_fitness(client, namespace)
            assert still_primary(client)
        assert min(primary.taken, asked.taken) > 0
        taken = primary.taken
        with pytest.raises(UnfitRedisError, match="unable to get local issuer certificate"):
            check_redis(url + str(other.certificate), namespace)
        assert primary.taken == taken


def _is_well(port: int) -> bool:
    try:
        with redis.Redis("127.0.0.1", port, socket_timeout=1) as client:
            known: Any = client.sentinel_master("main")
    except redis.RedisError:
        return False
    return known["flags"] == "master"


@pytest.mark.slow
@pytest.mark.parametrize("store", ["database_url", "redis_url"])
def test_no_service_starts_with_whom_it_does_not_trust(
    tmp_path: Path, fronts: Fronts, database_url: str, namespace: str, store: str
) -> None:
    shared: dict[str, Any] = {
        "database_url": fronts.database_url(database_url, fronts.right), "redis_url": fronts.redis_url(fronts.right),
        "namespace": namespace,
    }  # fmt: skip
    distrusting = {
        "database_url": fronts.database_url(database_url, fronts.wrong), "redis_url": fronts.redis_url(fronts.wrong),
    }  # fmt: skip
    with started(tmp_path, **(shared | {store: distrusting[store]})) as services:
        for name, service in services.running.items():
            wait_until(lambda service=service: service.process.poll() is not None, 30, f"{name} ends")
            assert service.process.returncode == REFUSED[name], service.log
            assert f"sluice {name}: " in service.log
            assert {"database_url": "sslrootcert", "redis_url": "ssl_ca_certs"}[store] in service.log
            assert "Traceback" not in service.log
        assert list(services.running) == list(KINDS)
