"""A Redis that fails over: what is acknowledged is on whichever server takes over, and refusals come to an end."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from deploy.local.data_dir.ports import HOST
from libs.jobs.accepting import NotDurableError
from libs.jobs.server.connection import DurabilityError, check_durability, connect, primary_address
from libs.jobs.server.finding import Finder
from libs.jobs.server.fitness import check_fitness
from libs.jobs.store import JobStore
from libs.jobs.values import Opened, Timing
from tests.contract.job_store.support.samples import blobs, new_job
from tests.failover import KINDS, Group, followers
from tests.waiting import wait_until

WITHIN_S = 30.0


@pytest.fixture(params=KINDS)
def group(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Group]:
    with KINDS[request.param](tmp_path, f"ns{uuid.uuid4().hex[:8]}") as found:
        yield found


class Scribe:
    """Opens jobs one after the other, and remembers which were acknowledged."""

    def __init__(self, client: redis.Redis, group: Group) -> None:
        self.store = JobStore(client, group.namespace, Timing(), replicas=1)
        self.tenant = uuid.uuid4()
        self.acknowledged: list[uuid.UUID] = []

    def write(self) -> bool:
        """Whether another one is acknowledged."""
        job = new_job(self.tenant)
        try:
            opened = isinstance(self.store.open(job, blobs(1), None, None), Opened)
        except redis.RedisError:
            return False
        if opened:
            self.acknowledged.append(job.id)
        return opened

    def missing(self, client: redis.Redis) -> list[uuid.UUID]:
        return [job for job in self.acknowledged if not client.exists(self.store.keys.job(self.tenant, job))]


def test_another_takes_over_and_has_all_that_was_acknowledged(group: Group) -> None:
    with connect(group.url, namespace=group.namespace) as client:
        check_fitness(client, group.namespace)
        assert check_durability(client)
        scribe, first = Scribe(client, group), group.primary()
        assert all(scribe.write() for _ in range(20))
        with client.pubsub() as listener:
            listener.subscribe(f"{scribe.store.keys.prefix}:told")
            assert listener.get_message(timeout=5)
        assert first
        first.kill()
        began = time.monotonic()
        wait_until(scribe.write, WITHIN_S, "another one acknowledges")
        assert time.monotonic() - began > 0.5, "nobody had taken over yet"
        assert group.primary() is not first
        assert all(scribe.write() for _ in range(20))
        assert scribe.missing(client) == []


@pytest.mark.slow
def test_one_that_comes_back_is_no_primary_and_is_written_to_no_more(group: Group) -> None:
    """A server that was frozen meanwhile believes that nothing has changed; our connections to it are still open.

    So does, for a moment, a replica of it that is not told yet: both have what is written, and it is lost. Not each
    time: so it is tried some times.
    """
    with connect(group.url, namespace=group.namespace) as client:
        scribe = Scribe(client, group)
        for _ in range(3):
            wait_until(lambda: followers(group.primary()) == 2, WITHIN_S, "the others follow")
            first = group.primary()
            assert first
            assert scribe.write()
            with first.frozen():
                wait_until(lambda first=first: group.primary() not in (first, None), WITHIN_S, "another takes over")
            for _ in range(20):
                wait_until(scribe.write, WITHIN_S, "it goes on")
            assert primary_address(group.url, group.namespace).rpartition(":")[2] != str(first.port)
            assert scribe.missing(client) == []


def test_a_server_that_says_that_it_is_no_primary_is_not_spoken_to(
    group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever names it may know old things."""
    first = group.primary()
    for server in group.servers:
        monkeypatch.setattr(Finder, "find", lambda _, port=server.port: (HOST, port))
        with connect(group.url, namespace=group.namespace) as client:
            if server is first:
                assert client.ping()
                continue
            with pytest.raises(redis.ConnectionError, match="no primary"):
                client.ping()


@pytest.mark.slow
def test_a_primary_without_its_replicas_acknowledges_nothing(group: Group) -> None:
    with connect(group.url, namespace=group.namespace) as client:
        scribe, first = Scribe(client, group), group.primary()
        assert scribe.write()
        for server in group.servers:
            if server is not first:
                server.kill()
        with pytest.raises(NotDurableError):
            scribe.store.open(new_job(scribe.tenant), blobs(1), None, None)


@pytest.mark.slow
def test_the_durability_of_the_one_that_takes_over_is_asked(group: Group) -> None:
    with connect(group.url, namespace=group.namespace) as client:
        scribe, first = Scribe(client, group), group.primary()
        assert scribe.write()
        for server in group.servers:
            if server is not first:
                with redis.Redis.from_url(server.url) as other:
                    other.config_set("appendfsync", "everysec")
        assert first
        first.kill()

        def refused() -> bool:
            try:
                client.ping()
            except DurabilityError:
                return True
            except redis.RedisError:
                return False
            return False

        wait_until(refused, WITHIN_S, "the new primary is refused")
