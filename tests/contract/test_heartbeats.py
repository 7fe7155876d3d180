"""Who works: the living, the stopped and the dead, without anything of a tenant."""

import redis

from libs.contracts.system.workers import Doing
from libs.jobs.keys import Keys
from libs.jobs.watching.heartbeat import DEAD_AFTER_S, KEPT_S, Heart, Heartbeats

DOING = Doing(type="write", entity="recipients", lane="normal", seconds=2.5)


class Process:
    """A process that beats when it is told to."""

    def __init__(self, client: redis.Redis, namespace: str, name: str = "writer-1") -> None:
        self.draining = False
        self.heart = Heart(
            client, namespace, kind="writer", name=name, version="1.2.3", threads=3, doing=lambda: [DOING],
            draining=lambda: self.draining,
        )  # fmt: skip


def later(client: redis.Redis, namespace: str, seconds: float) -> None:
    """Time passes since every beat."""
    key = Keys(namespace).workers
    for name, at in client.zrange(key, 0, -1, withscores=True):  # type: ignore[misc, union-attr]
        client.zadd(key, {name: at - 1000 * seconds})


def test_one_that_beats_is_seen(redis_client: redis.Redis, namespace: str) -> None:
    Process(redis_client, namespace).heart.beat()
    (seen,) = Heartbeats(redis_client, namespace).workers()
    assert (seen.kind, seen.name, seen.version, seen.threads, seen.state) == (
        "writer",
        "writer-1",
        "1.2.3",
        3,
        "working",
    )
    assert seen.host
    assert seen.pid > 0
    assert seen.doing == [DOING]
    assert seen.started_at <= seen.seen_at


def test_the_dead_are_told_from_those_who_stopped(redis_client: redis.Redis, namespace: str) -> None:
    dying, stopping, living = (Process(redis_client, namespace, name) for name in ("a", "b", "c"))
    for each in (dying, stopping):
        each.heart.beat()
    stopping.heart.stop()
    later(redis_client, namespace, DEAD_AFTER_S + 1)
    living.draining = True
    living.heart.beat()
    seen = {worker.name: worker.state for worker in Heartbeats(redis_client, namespace).workers()}
    assert seen == {"a": "dead", "b": "stopped", "c": "draining"}


def test_one_that_is_silent_for_a_moment_is_not_dead(redis_client: redis.Redis, namespace: str) -> None:
    Process(redis_client, namespace).heart.beat()
    later(redis_client, namespace, DEAD_AFTER_S - 3)
    assert [worker.state for worker in Heartbeats(redis_client, namespace).workers()] == ["working"]


def test_two_of_the_same_name_are_two(redis_client: redis.Redis, namespace: str) -> None:
    """A writer that was started again, or one of another host."""
    for _ in range(2):
        Process(redis_client, namespace).heart.beat()
    assert len(Heartbeats(redis_client, namespace).workers()) == 2


def test_all_is_forgotten_by_itself(redis_client: redis.Redis, namespace: str) -> None:
    old, keys = Process(redis_client, namespace, "old"), Keys(namespace)
    old.heart.beat()
    names = redis_client.keys(f"{keys.prefix}:worker*")
    assert len(names) == 2  # type: ignore[arg-type]
    assert all(0 < redis_client.ttl(name) <= KEPT_S for name in names)  # type: ignore[operator, union-attr]
    later(redis_client, namespace, KEPT_S + 1)
    Process(redis_client, namespace, "new").heart.beat()
    assert [worker.name for worker in Heartbeats(redis_client, namespace).workers()] == ["new"]


def test_what_cannot_be_read_hides_nobody(redis_client: redis.Redis, namespace: str) -> None:
    Process(redis_client, namespace).heart.beat()
    redis_client.set(Keys(namespace).worker("odd"), b"not json")
    redis_client.zadd(Keys(namespace).workers, {"odd": 4e12, "forgotten": 4e12})
    assert len(Heartbeats(redis_client, namespace).workers()) == 1
