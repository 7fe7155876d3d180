"""Consumers sleep until a publisher rings; where the ring is lost they look by themselves, after an error as well."""

import threading
import time

import dramatiq.worker
import pytest
import redis

from libs.broker import waking
from libs.broker.factory import LaneBroker, build_broker
from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.contracts.queues import LANES, wake_channel
from libs.jobs.connection import connect
from tests.contract.broker_samples import all_alive, enqueue_silently, some_ref, working
from tests.servers import ValkeyServer
from tests.waiting import wait_until

FAR = 30.0
"""Seconds between two looks where only a ring may wake a consumer."""
SOON = 2.0


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
        broker.bell.ring()


def test_a_message_whose_ring_was_lost_is_found(broker: LaneBroker) -> None:
    ref, handled = some_ref(), list[ChunkRef]()
    with working(broker, handled.append):
        enqueue_silently(broker, ref)
        wait_until(lambda: handled == [ref], SOON, "the message")


def test_the_listener_comes_back_when_its_connection_is_lost(
    broker: LaneBroker, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "POLL_S", FAR)
    monkeypatch.setattr(waking, "RECONNECT_S", 0.01)
    ref, handled = some_ref(), list[ChunkRef]()
    with working(broker, handled.append):
        wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "the listener")
        broker.client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")
        wait_until(lambda: listeners(broker.client, namespace) == 1, SOON, "the listener, again")
        Publisher(broker).publish([ref])
        wait_until(lambda: handled == [ref], SOON, "the message")
        monkeypatch.setattr(waking, "POLL_S", 0.0)
        broker.bell.ring()


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


def test_a_consumer_goes_on_after_redis_did_not_answer_in_time(
    valkey: ValkeyServer, namespace: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dramatiq.worker, "CONSUMER_RESTART_DELAY_SECS", 0.05)
    client, handled = connect(valkey.url), list[ChunkRef]()
    client.connection_pool.connection_kwargs["socket_timeout"] = 0.1
    broker = build_broker(client, namespace)
    before, after = some_ref(1), some_ref(2)
    with working(broker, handled.append) as worker:
        Publisher(broker).publish([before])
        wait_until(lambda: handled == [before], SOON, "a message")
        client.execute_command("CLIENT", "PAUSE", 800, "ALL")
        wait_until(lambda: _answers(client), 5, "an answer")
        Publisher(broker).publish([after])
        wait_until(lambda: handled == [before, after], SOON, "another message")
        assert all_alive(worker)
    client.close()


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.TimeoutError:
        return False
