"""The broker: three lanes and nothing beside them, served by their weights, and publishing that never fails."""

import threading
import time
import uuid
from contextlib import closing
from functools import partial

import dramatiq
import pytest
import redis
from prometheus_client import REGISTRY

from deploy.local.data_dir.ports import HOST, free_port
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES, actor_name, dramatiq_namespace
from libs.jobs.server.connection import connect
from tests.contract.broker.samples import all_alive, some_ref, some_refs, working
from tests.waiting import wait_until


def publish_failures() -> float:
    return REGISTRY.get_sample_value("sluice_publish_failures_total") or 0


def has_fetched(worker: dramatiq.Worker, count: int) -> bool:
    return worker.work_queue.qsize() == count


def test_there_is_a_queue_for_each_lane_and_no_delay_queue(redis_client: redis.Redis, namespace: str) -> None:
    broker = build_broker(redis_client, namespace)

    assert broker.get_declared_queues() == set(LANES)
    assert broker.get_declared_delay_queues() == set()
    assert broker.middleware == []
    with working(broker, print) as worker:
        assert worker.consumers.keys() == set(LANES)


def test_a_message_is_a_pointer_in_its_lanes_queue(redis_client: redis.Redis, namespace: str) -> None:
    broker, ref = build_broker(redis_client, namespace), some_ref(7, "low")
    Publisher(broker).publish([ref])

    with closing(broker.consume("low")) as consumer:
        message = next(consumer)

    assert message is not None
    assert (message.queue_name, message.actor_name) == ("low", actor_name("low"))
    assert (message.args, message.kwargs) == ((str(ref.tenant_id), str(ref.job_id), 7), {})
    assert message.options.keys() == {"redis_message_id"}
    keys = list(redis_client.scan_iter(f"*{namespace}*"))
    assert all(key.startswith(dramatiq_namespace(namespace).encode()) for key in keys)


def test_depths_count_what_waits(redis_client: redis.Redis, namespace: str) -> None:
    broker = build_broker(redis_client, namespace)
    Publisher(broker).publish([*some_refs(2, "high"), *some_refs(3, "low")])

    assert broker.depths() == {"high": 2, "normal": 0, "low": 3}
    with closing(broker.consume("low")) as consumer:
        next(consumer)
    assert broker.depths()["low"] == 2


def test_what_is_published_reaches_the_writer_whole(redis_client: redis.Redis, namespace: str) -> None:
    broker, handled = build_broker(redis_client, namespace), list[ChunkRef]()
    refs = [ref for lane in LANES for ref in (*some_refs(20, lane), some_ref(-1, lane))]

    with working(broker, handled.append, threads=4):
        Publisher(broker).publish(refs)
        wait_until(lambda: len(handled) >= len(refs), 5, "all messages")

    assert sorted(handled, key=str) == sorted(refs, key=str)
    assert broker.depths() == dict.fromkeys(LANES, 0)


def test_lanes_are_served_by_their_weights(redis_client: redis.Redis, namespace: str) -> None:
    broker, order = build_broker(redis_client, namespace), list[Lane]()
    publisher, gate, opened = Publisher(broker), some_ref(0, "low"), threading.Event()

    def handle(ref: ChunkRef) -> None:
        if ref == gate:
            opened.wait(10)
        else:
            order.append(ref.lane)
            time.sleep(0.003)  # whoever fetches keeps up with it

    with working(broker, handle, threads=1) as worker:
        publisher.publish([gate])
        wait_until(lambda: worker.consumers["low"].is_alive() and worker.work_queue.unfinished_tasks, 3, "the gate")
        for count, lane in enumerate(reversed(LANES), 1):
            publisher.publish(some_refs(35, lane))
            wait_until(partial(has_fetched, worker, 2 * count - 1), 3, "the prefetched messages")
        opened.set()
        wait_until(lambda: len(order) == 3 * 35, 3, "all messages")

    assert [order[:35].count(lane) for lane in LANES] == pytest.approx([20, 10, 5], abs=2)
    assert order[0] == "high"


def test_an_actor_that_fails_costs_the_worker_nothing(redis_client: redis.Redis, namespace: str) -> None:
    broker, handled = build_broker(redis_client, namespace), list[ChunkRef]()
    refs = some_refs(6)

    def handle(ref: ChunkRef) -> None:
        handled.append(ref)
        raise RuntimeError("an actor that has a bug")

    with working(broker, handle) as worker:
        Publisher(broker).publish(refs)
        wait_until(lambda: len(handled) == len(refs), 3, "all messages")
        assert all_alive(worker)

    assert handled == refs


def test_publishing_to_a_dead_redis_is_counted_and_no_error() -> None:
    client = connect(f"redis://{HOST}:{free_port()}/0")
    before = publish_failures()

    Publisher(build_broker(client, "nowhere")).publish(some_refs(3))

    assert publish_failures() == before + 3
    client.close()


@pytest.mark.parametrize("refs", [[], ()])
def test_publishing_nothing_asks_nothing_of_redis(refs: list[ChunkRef]) -> None:
    client = connect(f"redis://{HOST}:{free_port()}/0")
    before = publish_failures()

    Publisher(build_broker(client, "nowhere")).publish(refs)

    assert publish_failures() == before
    client.close()


def test_publishing_to_a_full_redis_is_counted_and_no_error(redis_client: redis.Redis, namespace: str) -> None:
    broker, before = build_broker(redis_client, namespace), publish_failures()
    Publisher(broker).publish([ChunkRef(uuid.uuid4(), uuid.uuid4(), 0, "normal")])
    was = redis_client.config_get("maxmemory")["maxmemory"]
    redis_client.config_set("maxmemory", "1")
    try:
        Publisher(broker).publish(some_refs(2))
    finally:
        redis_client.config_set("maxmemory", was)

    assert publish_failures() == before + 2
    assert broker.depths()["normal"] == 1
