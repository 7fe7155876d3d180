"""Acknowledgements that wait for a replica's disk."""

import os
import signal
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import redis

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.jobs.accepting import NotDurableError
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import Opened, Replay, Timing
from tests.contract.job_store.support.samples import blobs, idempotency, new_job
from tests.waiting import wait_until


@pytest.fixture
def replica(valkey: ValkeyServer, redis_client: redis.Redis, tmp_path: Path) -> Iterator[ValkeyServer]:
    """A second Valkey that follows the session's."""
    with ValkeyServer(tmp_path, free_port()) as server:
        client = connect(server.url)
        client.config_set("masterauth", urlsplit(valkey.url).password)
        client.replicaof("127.0.0.1", valkey.port)
        wait_until(lambda: client.info("replication").get("master_link_status") == "up", 20, "the replica follows")
        yield server
        client.close()


@contextmanager
def stopped(server: ValkeyServer) -> Iterator[None]:
    """The server answers nobody meanwhile."""
    os.kill(server.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(server.pid, signal.SIGCONT)


def test_a_job_is_on_the_replica_when_it_is_acknowledged(
    replica: ValkeyServer, redis_client: redis.Redis, namespace: str, tenant: uuid.UUID
) -> None:
    store = JobStore(redis_client, namespace, Timing(), replicas=1)
    job = new_job(tenant)
    assert isinstance(store.open(job, blobs(1), None, None), Opened)
    with redis.Redis.from_url(replica.url) as copy:
        assert copy.exists(store.keys.job(tenant, job.id))


def test_without_its_replica_nothing_is_acknowledged(
    replica: ValkeyServer, redis_client: redis.Redis, namespace: str, tenant: uuid.UUID
) -> None:
    store = JobStore(redis_client, namespace, Timing(), replicas=1)
    replica.stop()
    with pytest.raises(NotDurableError):
        store.open(new_job(tenant), blobs(1), None, None)


def test_a_repeat_waits_for_the_replica_as_what_it_repeats(
    replica: ValkeyServer, valkey: ValkeyServer, redis_client: redis.Redis, namespace: str, tenant: uuid.UUID
) -> None:
    store = JobStore(redis_client, namespace, Timing(), replicas=1)
    job, key = new_job(tenant), idempotency()
    assert isinstance(store.open(new_job(tenant), blobs(1), None, None), Opened)
    with stopped(replica), connect(valkey.url) as other:  # another connection has written nothing yet
        for client in (redis_client, other):
            with pytest.raises(NotDurableError):
                JobStore(client, namespace, Timing(), replicas=1).open(job, blobs(1), key, None)
    repeated = store.open(job, blobs(1), key, None)
    assert isinstance(repeated, Replay)
