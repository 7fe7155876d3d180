"""Consumers sleep until a publisher rings; where the ring is lost they look by themselves, after an error as well."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import dramatiq.worker
import pytest
import redis

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.broker import waking
from libs.broker.arrivals import Arrivals
from libs.broker.factory import LaneBroker, build_broker
from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.contracts.queues import LANES, wake_channel
from libs.jobs.server.connection import connect
from tests.contract.broker.samples import all_alive, enqueue_silently, some_ref, some_refs, working
from tests.waiting import wait_until

FAR = 30.0
"""Seconds between two looks where only a ring may wake a consumer."""
SOON = 10.0


def listeners(client: redis.Redis, namespace: str) -> int:
    return int(dict(client.pubsub_numsub(wake_channel(namespace)))[wake_channel(namespace).encode()])


@pytest.fixture
def broker(redis_client: redis.Redis, namespace: str) -> LaneBroker:
    return build_broker(redis_client, namespace)


@pytest.mark.parametrize("lane", LANES)
def test_a_ring_wakes_a_sleeping_consumer(
    broker: LaneBroker, namespace: str, monkeypatch: pytest.MonkeyPatch, lane: str
) -> None:
    monkeypatch.setattr(waking, "POLL_S", FAR)
    ref, handled = some_ref(3, lane), list[ChunkRef]()  # type: ignore[arg-type]
    with working(broker, handled.append):
        wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "the listener")
        began = time.monotonic()
        Publisher(broker).publish([ref])
        wait_until(lambda: handled == [ref], SOON, "the message")
        assert time.monotonic() - began < SOON
        monkeypatch.setattr(waking, "POLL_S", 0.0)
        for each in LANES:
            broker.bell.ring(each)


def test_messages_of_several_lanes_are_sent_together(broker: LaneBroker, namespace: str) -> None:
    refs, handled = [some_ref(number, lane) for number in range(3) for lane in LANES], list[ChunkRef]()
    rung = [broker.bell.sleeper(lane) for lane in LANES]
    wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "the listener")
    Publisher(broker).publish(refs)
    assert broker.depths() == dict.fromkeys(LANES, 3)
    for event in rung:
        wait_until(event.is_set, SOON, "the ring")
        broker.bell.forget(event)
    with working(broker, handled.append):
        wait_until(lambda: len(handled) == len(refs), SOON, "the messages")
    assert set(handled) == set(refs)


def test_a_server_that_does_not_know_the_script_yet_is_given_it(broker: LaneBroker) -> None:
    refs, handled = some_refs(3), list[ChunkRef]()
    broker.client.script_flush()
    Publisher(broker).publish(refs)
    with working(broker, handled.append):
        wait_until(lambda: len(handled) == len(refs), SOON, "the messages")
    assert sorted(ref.chunk_no for ref in handled) == [0, 1, 2]


def test_a_ring_leaves_the_other_lanes_asleep(broker: LaneBroker, namespace: str) -> None:
    own, other = broker.bell.sleeper("high"), broker.bell.sleeper("low")
    wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "the listener")
    broker.bell.ring("high")
    wait_until(own.is_set, SOON, "the ring")
    assert not other.is_set()
    for event in (own, other):
        broker.bell.forget(event)


def test_a_message_whose_ring_was_lost_is_found(broker: LaneBroker) -> None:
    refs, handled = some_refs(3), list[ChunkRef]()
    with working(broker, handled.append):
        for ref in refs:  # by the second one at the latest the consumer has fallen asleep before
            enqueue_silently(broker, ref)
            wait_until(partial(handled.__contains__, ref), SOON, "the message")


def test_consumers_and_their_bell_go_on_after_a_restart_of_redis(
    tmp_path: Path, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dramatiq.worker, "CONSUMER_RESTART_DELAY_SECS", 0.05)
    monkeypatch.setattr(waking, "RECONNECT_S", 0.05)
    refs, handled = some_refs(2), list[ChunkRef]()
    with ValkeyServer(tmp_path / "valkey", free_port()) as server, closing(connect(server.url)) as client:
        broker = build_broker(client, namespace)
        with working(broker, handled.append) as worker:
            Publisher(broker).publish(refs[:1])
            wait_until(lambda: handled == refs[:1], SOON, "a message")
            server.stop()
            server.start()
            wait_until(lambda: listeners(client, namespace) == 1, SOON, "the listener, again")
            Publisher(broker).publish(refs[1:])
            wait_until(lambda: handled == refs, SOON, "another message")
            assert all_alive(worker)


def test_nobody_listens_once_the_last_consumer_is_closed(broker: LaneBroker, namespace: str) -> None:
    first, second = broker.consume("high"), broker.consume("low")
    wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "one listener for both")
    first.close()
    first.close()
    assert listeners(broker.client, namespace) == 1
    second.close()
    wait_until(lambda: listeners(broker.client, namespace) == 0, 2 * SOON, "its end")

    third = broker.consume("high")
    wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "another listener")
    third.close()


def test_an_idle_consumer_asks_little_of_redis(broker: LaneBroker) -> None:
    with working(broker, print):
        asked = threading.Event()
        before = broker.client.info("commandstats")["cmdstat_evalsha"]["calls"]
        asked.wait(1.0)
        calls = broker.client.info("commandstats")["cmdstat_evalsha"]["calls"] - before

    assert calls <= len(LANES) * (1 / waking.POLL_S + 1)


def test_who_is_done_looks_for_more_only_where_there_may_be_more(
    broker: LaneBroker, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "POLL_S", FAR)
    Publisher(broker).publish(some_refs(3))
    consumer: Any = broker.consume("normal", prefetch=2)
    with closing(consumer), ThreadPoolExecutor(1) as threads:
        first, second = next(consumer), next(consumer)
        asleep = threads.submit(consumer.__next__)
        wait_until(lambda: consumer._inner.misses, SOON, "a look for which there is no room")
        consumer.ack(first)
        assert asleep.result(SOON) is None
        third = next(consumer)

        consumer.ack(second)
        looking = threads.submit(consumer.__next__)
        wait_until(lambda: consumer._nothing_waits, SOON, "a look that finds nothing")
        consumer.ack(third)
        assert not consumer._wake.is_set()
        wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "the listener")
        broker.bell.ring("normal")
        assert looking.result(SOON) is None


@pytest.mark.parametrize(("ahead", "together"), [(32, 3), (0, 1)])
def test_what_comes_one_upon_the_other_is_fetched_together(
    broker: LaneBroker, namespace: str, monkeypatch: pytest.MonkeyPatch, ahead: int, together: int
) -> None:
    first, *others = some_refs(3)
    monkeypatch.setattr(waking, "POLL_S", FAR)
    monkeypatch.setattr(waking.WakingConsumer, "_let_more_come", lambda _: Publisher(broker).publish(others))
    broker.ahead = lambda _: ahead
    consumer: Any = broker.consume("normal", prefetch=2)
    with closing(consumer), ThreadPoolExecutor(1) as threads:
        looking = threads.submit(consumer.__next__)
        wait_until(lambda: consumer._nothing_waits, SOON, "a look that finds nothing")
        wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "the listener")
        Publisher(broker).publish([first])
        assert looking.result(SOON) is None
        assert next(consumer).args[2] == first.chunk_no
        assert 1 + len(consumer._inner.message_cache) == together


@pytest.mark.parametrize(
    ("ring", "rest", "least_s", "most_s"),
    [("normal", (0.0, 1.0), 0.9, 5.0), ("normal now", (0.0, 2.0), 0.0, 1.0), ("normal now", (1.0, 3.0), 0.9, 2.0)],
    ids=["nobody waits", "somebody waits", "somebody waits where many come"],
)
def test_less_is_let_come_while_somebody_waits(
    broker: LaneBroker, namespace: str, monkeypatch: pytest.MonkeyPatch, ring: str, rest: tuple[float, float],
    least_s: float, most_s: float,
) -> None:  # fmt: skip
    resting = threading.Event()

    def rest_s(_: Arrivals) -> tuple[float, float]:
        resting.set()
        return rest

    monkeypatch.setattr(waking, "POLL_S", FAR)
    monkeypatch.setattr(Arrivals, "rest_s", rest_s)
    broker.ahead = lambda _: 32
    consumer: Any = broker.consume("normal")
    with closing(consumer), ThreadPoolExecutor(1) as threads:
        looking = threads.submit(consumer.__next__)
        wait_until(lambda: consumer._nothing_waits, SOON, "a look that finds nothing")
        wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "the listener")
        broker.bell.ring("normal")
        assert resting.wait(SOON)
        began = time.monotonic()
        broker.bell.ring(ring)
        assert looking.result(SOON) is None
        assert least_s < time.monotonic() - began < most_s


def test_a_consumer_goes_on_after_redis_did_not_answer_in_time(
    valkey: ValkeyServer, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dramatiq.worker, "CONSUMER_RESTART_DELAY_SECS", 0.05)
    refs, handled = some_refs(2), list[ChunkRef]()
    client = connect(valkey.url)
    client.connection_pool.connection_kwargs["socket_timeout"] = 0.3
    broker = build_broker(client, namespace)
    with closing(client), working(broker, handled.append) as worker:
        Publisher(broker).publish(refs[:1])
        wait_until(lambda: refs[0] in handled, SOON, "a message")
        client.execute_command("CLIENT", "PAUSE", 1_500, "ALL")
        wait_until(lambda: _answers(client), 5, "an answer")
        Publisher(broker).publish(refs[1:])
        wait_until(lambda: refs[1] in handled, SOON, "another message")
        assert all_alive(worker)


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.TimeoutError:
        return False
