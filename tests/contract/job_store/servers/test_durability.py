"""What is acknowledged is on the disk: on a server of its own, whose settings are changed and which is killed."""

import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from deploy.local.data_dir.ports import free_port
from deploy.local.servers import valkey
from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.jobs import JobStatus
from libs.jobs import accepting
from libs.jobs.accepting import NotDurableError
from libs.jobs.server.connection import DurabilityError, check_durability, connect
from libs.jobs.server.fitness import UnfitRedisError, check_fitness
from libs.jobs.server.health import redis_health
from libs.jobs.server.stated import read_stated
from libs.jobs.store import JobStore
from libs.jobs.values import Opened, Timing
from tests.contract.job_store.support.samples import (
    audit,
    blobs,
    failed_job,
    idempotency,
    new_job,
    open_job,
    ref_of,
    take,
)
from tests.contract.job_store.support.view import StoreView

SHIPPED = {"appendonly": "yes", "appendfsync": "always", "maxmemory-policy": "noeviction", "maxmemory": "0"}
PATIENCE_MS = 100


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    with ValkeyServer(tmp_path_factory.mktemp("mortal-valkey"), free_port()) as server:
        yield server


@pytest.fixture
def client(server: ValkeyServer) -> Iterator[redis.Redis]:
    client = connect(server.url)
    yield client
    for name, value in SHIPPED.items():
        client.config_set(name, value)
    client.close()


@pytest.fixture
def mortal(client: redis.Redis, namespace: str) -> JobStore:
    """A job store on the server of its own."""
    return JobStore(client, namespace, Timing())


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ends the wait for an fsync that never comes early."""
    monkeypatch.setattr(accepting, "WAITAOF_TIMEOUT_MS", PATIENCE_MS)


def test_the_shipped_configuration_promises_enough(client: redis.Redis) -> None:
    assert check_durability(client)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("appendfsync", "everysec"),
        ("appendfsync", "no"),
        ("appendonly", "no"),
        ("maxmemory-policy", "allkeys-lru"),
        ("maxmemory-policy", "volatile-ttl"),
    ],
)
def test_a_server_that_may_lose_what_it_confirmed_is_refused(client: redis.Redis, name: str, value: str) -> None:
    client.config_set(name, value)

    with pytest.raises(DurabilityError, match=name):
        check_durability(client)


def test_a_server_that_does_not_show_its_settings_is_refused(client: redis.Redis, server: ValkeyServer) -> None:
    client.execute_command("ACL", "SETUSER", "curious", "on", ">secret", "~*", "+@all", "-config")
    curious = connect(f"redis://curious:secret@127.0.0.1:{server.port}/0")
    with pytest.raises(DurabilityError, match="CONFIG"):
        check_durability(curious)
    curious.close()


STATED = "appendonly=yes,appendfsync=always,maxmemory-policy=noeviction"


@pytest.fixture
def secretive(client: redis.Redis, server: ValkeyServer, namespace: str) -> Iterator[redis.Redis]:
    """Of a user to whom the server does not show its settings, as managed ones do not."""
    client.execute_command("ACL", "SETUSER", "secretive", "reset", "on", ">secret", "~*", "&*", "+@all", "-config")
    with connect(f"redis://secretive:secret@127.0.0.1:{server.port}/0", stated=STATED) as secretive:
        yield secretive
    client.acl_deluser("secretive")


def test_what_a_server_does_not_show_may_be_stated(secretive: redis.Redis, namespace: str, tenant: uuid.UUID) -> None:
    with pytest.raises(redis.ResponseError):
        secretive.config_get("appendonly")
    check_fitness(secretive, namespace, STATED)
    assert check_durability(secretive, STATED)
    open_job(JobStore(secretive, namespace, Timing()), tenant)


def test_a_full_memory_keeps_nobody_away(client: redis.Redis, secretive: redis.Redis, namespace: str) -> None:
    client.config_set("maxmemory", "1")
    check_fitness(secretive, namespace, STATED)


def test_what_is_stated_must_promise_enough(secretive: redis.Redis) -> None:
    with pytest.raises(DurabilityError, match="appendfsync"):
        check_durability(secretive, STATED.replace("always", "everysec"))


@pytest.mark.parametrize(("name", "value"), [("appendonly", "no"), ("maxmemory-policy", "allkeys-lru")])
def test_a_statement_that_can_be_seen_to_be_wrong_is_no_good(
    client: redis.Redis, secretive: redis.Redis, name: str, value: str
) -> None:
    client.config_set(name, value)
    with pytest.raises(DurabilityError, match=name):
        check_durability(secretive, STATED)
    secretive.connection_pool.disconnect()
    with pytest.raises(DurabilityError, match=name):  # so does each connection that is made
        secretive.ping()


@pytest.mark.parametrize("value", ["everysec", "no"])
def test_a_server_that_syncs_later_than_is_stated_is_refused(
    client: redis.Redis, secretive: redis.Redis, namespace: str, value: str
) -> None:
    client.config_set("appendfsync", value)
    with pytest.raises(UnfitRedisError, match="appendfsync always"):
        check_fitness(secretive, namespace, STATED)


def test_a_statement_that_cannot_be_proved_is_no_good(client: redis.Redis, secretive: redis.Redis) -> None:
    client.execute_command("ACL", "SETUSER", "secretive", "-waitaof")
    with pytest.raises(DurabilityError, match="WAITAOF"):
        check_durability(secretive, STATED)


def test_a_server_that_has_no_config_command_is_worked_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(valkey.SETTINGS, "rename-command", 'CONFIG ""')
    with ValkeyServer(tmp_path, free_port()) as server, connect(server.url, stated=STATED) as client:
        check_fitness(client, "renamed", STATED)
        assert check_durability(client, STATED)
        assert redis_health(client).fsync == ""
        with closing(connect(server.url)) as unstated, pytest.raises(DurabilityError, match="SLUICE_REDIS_STATED"):
            unstated.ping()


@pytest.mark.parametrize("text", ["yes", "appendonly=yes", STATED + ",save=no", STATED.replace("=", ":")])
def test_a_statement_names_all_three_settings_and_no_other(text: str) -> None:
    with pytest.raises(ValueError, match="SLUICE_REDIS_STATED"):
        read_stated(text)


@pytest.mark.parametrize(("name", "value"), [("appendfsync", "everysec"), ("maxmemory-policy", "allkeys-lru")])
def test_another_server_at_the_same_address_is_looked_at_before_anything_is_said_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, namespace: str, tenant: uuid.UUID, name: str, value: str
) -> None:
    """Pooled connections, and those of listeners: each that is made anew asks again."""
    port = free_port()
    with ValkeyServer(tmp_path / "fit", port) as server, closing(connect(server.url)) as client:
        store = JobStore(client, namespace, Timing())
        open_job(store, tenant)
        server.stop()
        (tmp_path / "unfit").mkdir()
        (tmp_path / "unfit" / "password").write_text((tmp_path / "fit" / "password").read_text())
        monkeypatch.setitem(valkey.SETTINGS, name, value)
        with ValkeyServer(tmp_path / "unfit", port) as other, closing(connect(other.url, durable=False)) as curious:
            with pytest.raises(DurabilityError, match=name):
                open_job(store, tenant)
            with pytest.raises(DurabilityError, match=name), client.pubsub() as listener:
                listener.subscribe("anything")
            assert list(curious.scan_iter()) == []
            curious.config_set(name, SHIPPED[name])
            open_job(store, tenant)


@pytest.mark.usefixtures("impatient")
def test_what_is_not_on_the_disk_is_not_acknowledged(mortal: JobStore, tenant: uuid.UUID) -> None:
    opened, _ = open_job(mortal, tenant)
    failed = failed_job(mortal, tenant, ["transient"])
    mortal.client.config_set("appendfsync", "no")

    with pytest.raises(NotDurableError):
        mortal.open(new_job(tenant), blobs(1), None, None)
    with pytest.raises(NotDurableError):
        mortal.cancel(tenant, opened.id, audit(opened))
    with pytest.raises(NotDurableError):
        mortal.retry(tenant, failed.id, "all", audit(failed))


@pytest.mark.usefixtures("impatient")
def test_a_missing_replica_is_noticed(client: redis.Redis, namespace: str, tenant: uuid.UUID) -> None:
    store = JobStore(client, namespace, Timing(), replicas=1)

    with pytest.raises(NotDurableError):
        store.open(new_job(tenant), blobs(1), None, None)


def test_a_server_without_an_append_only_file_opens_nothing_silently(mortal: JobStore, tenant: uuid.UUID) -> None:
    mortal.client.config_set("appendonly", "no")

    with pytest.raises(redis.RedisError):
        mortal.open(new_job(tenant), blobs(1), None, None)


def test_a_server_without_waitaof_is_trusted_by_its_settings(
    client: redis.Redis, namespace: str, tenant: uuid.UUID
) -> None:
    store = JobStore(client, namespace, Timing(), waitaof=False)
    calls = client.info("commandstats").get("cmdstat_waitaof", {"calls": 0})["calls"]
    job, refs = open_job(store, tenant)

    assert refs == [ref_of(job, 0)]
    assert client.info("commandstats").get("cmdstat_waitaof", {"calls": 0})["calls"] == calls


def test_a_full_server_takes_all_of_a_job_or_nothing(mortal: JobStore, tenant: uuid.UUID) -> None:
    mark = idempotency()
    job = new_job(tenant, total=50)
    mortal.client.config_set("maxmemory", "1")

    with pytest.raises(redis.RedisError):
        mortal.open(job, blobs(5), mark, audit(job))
    assert StoreView(mortal).all_keys() == set()

    mortal.client.config_set("maxmemory", "0")
    answer = mortal.open(job, blobs(5), mark, audit(job))
    assert isinstance(answer, Opened)
    assert len(answer.refs) == 5


def test_what_was_acknowledged_outlives_the_server(server: ValkeyServer, mortal: JobStore, tenant: uuid.UUID) -> None:
    view, mark = StoreView(mortal), idempotency()
    job = new_job(tenant, total=30)
    entry = audit(job)
    mortal.open(job, blobs(3), mark, entry)
    lease = take(mortal, ref_of(job, 1))
    mortal.defer(take(mortal, ref_of(job, 2)), 60.0, "08006")
    before = mortal.job(tenant, job.id), view.due(), view.all_keys(), view.window(tenant), view.backlog()

    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    server.start()

    assert (mortal.job(tenant, job.id), view.due(), view.all_keys(), view.window(tenant), view.backlog()) == before
    assert list(next(mortal.audit_bites(10), {})) == [str(entry.id).encode()]
    assert mortal.extend([lease]) == 1
    assert mortal.start(ref_of(job, 2)) == "early"
    assert take(mortal, ref_of(job, 0)).payload == blobs(3)[0].payload
    stored = mortal.job(tenant, job.id)
    assert stored is not None
    assert stored.status is JobStatus.PROCESSING
