"""A job that is opened has its messages enqueued in the same step, as Dramatiq and its publisher would have done."""

import uuid
from contextlib import closing
from typing import Any

import pytest
import redis

from libs.broker import waking
from libs.broker.factory import LaneBroker, build_broker
from libs.broker.publisher import Publisher, message_of
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES, wake_channel
from libs.jobs.group_commit import GroupCommit
from libs.jobs.store import JobStore
from libs.jobs.values import Opened, Timing
from tests.contract.broker.samples import some_ref, working
from tests.contract.job_store.support.samples import blobs, idempotency, new_job
from tests.waiting import wait_until

FAR, SOON = 60.0, 10.0
OWN = {"message_id", "message_timestamp", "options"}
"""What is another one in each message."""


@pytest.fixture
def broker(redis_client: redis.Redis, namespace: str) -> LaneBroker:
    return build_broker(redis_client, namespace)


def opened(
    store: JobStore, tenant: uuid.UUID, chunks: int = 1, lane: Lane = "normal", *, is_waited_for: bool = False
) -> Opened:
    job = new_job(tenant, lane=lane, total=10 * chunks)
    answer = store.open(job, blobs(chunks), None, None, publish=True, is_waited_for=is_waited_for)
    assert isinstance(answer, Opened)
    return answer


def fetched(broker: LaneBroker, lane: Lane, count: int) -> list[Any]:
    """Messages as a writer's consumer gets them; it acknowledges each."""
    with closing(broker.consume(lane, prefetch=count)) as consumer:
        messages: list[Any] = [next(consumer) for _ in range(count)]
        for message in messages:
            consumer.ack(message)
    return messages


@pytest.mark.parametrize("lane", LANES)
def test_the_messages_are_those_of_the_publisher(
    store: JobStore, broker: LaneBroker, tenant: uuid.UUID, lane: Lane
) -> None:
    answer = opened(store, tenant, 3, lane)
    messages = fetched(broker, lane, 3)

    assert answer.published
    for message, ref in zip(messages, answer.refs, strict=True):
        ours, theirs = message.asdict(), message_of(ref).asdict()
        assert {name: ours[name] for name in ours.keys() - OWN} == {name: theirs[name] for name in theirs.keys() - OWN}
        assert (type(ours["message_timestamp"]), ours["options"].keys()) == (int, {"redis_message_id"})
        assert abs(ours["message_timestamp"] - theirs["message_timestamp"]) < FAR * 1000
    assert len({message.message_id for message in messages}) == len(messages)
    left = [key for key in broker.client.scan_iter(f"{broker.namespace}:*") if not key.endswith(b"__heartbeats__")]
    assert left == []


def test_the_lanes_writers_are_woken(
    store: JobStore, broker: LaneBroker, namespace: str, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waking, "POLL_S", FAR)
    handled, channel = list[ChunkRef](), wake_channel(namespace)
    with working(broker, handled.append):
        wait_until(lambda: dict(broker.client.pubsub_numsub(channel))[channel.encode()] == 1, SOON, "the listener")
        answer = opened(store, tenant, 2)
        wait_until(lambda: handled == answer.refs, SOON, "the messages")
        monkeypatch.setattr(waking, "POLL_S", 0.0)
        for lane in LANES:
            broker.bell.ring(lane)


def test_nobody_is_woken_for_what_stands_behind_others_unless_somebody_waits_for_it(
    store: JobStore, broker: LaneBroker, namespace: str, tenant: uuid.UUID
) -> None:
    with closing(broker.client.pubsub(ignore_subscribe_messages=True)) as listener:
        listener.subscribe(wake_channel(namespace))
        wait_until(lambda: broker.client.pubsub_numsub(wake_channel(namespace))[0][1] == 1, SOON, "the listener")
        opened(store, tenant, 2)
        opened(store, tenant)
        fetched(broker, "normal", 3)
        opened(store, tenant)
        opened(store, tenant, is_waited_for=True)
        broker.bell.ring("the last")
        rung: list[bytes] = []
        while rung[-1:] != [b"the last"]:
            rung += [message["data"] for message in [listener.get_message(timeout=SOON)] if message]
    assert rung == [b"normal", b"normal", b"normal now", b"the last"]


@pytest.mark.parametrize("is_waited_for", [False, True])
def test_who_publishes_says_that_somebody_waits(broker: LaneBroker, namespace: str, is_waited_for: bool) -> None:
    with closing(broker.client.pubsub(ignore_subscribe_messages=True)) as listener:
        listener.subscribe(wake_channel(namespace))
        wait_until(lambda: broker.client.pubsub_numsub(wake_channel(namespace))[0][1] == 1, SOON, "the listener")
        Publisher(broker).publish([some_ref(1)], is_waited_for=is_waited_for)
        rung: list[bytes] = []
        while not rung:
            rung += [message["data"] for message in [listener.get_message(timeout=SOON)] if message]
    assert rung == [b"normal now" if is_waited_for else b"normal"]


def test_only_what_is_handed_out_has_a_message(
    redis_client: redis.Redis, namespace: str, broker: LaneBroker, tenant: uuid.UUID
) -> None:
    store = JobStore(redis_client, namespace, Timing(window_chunks=2))
    assert len(opened(store, tenant, 5).refs) == broker.depths()["normal"] == 2
    assert opened(store, tenant).refs == []
    assert broker.depths()["normal"] == 2


def test_a_repeated_call_and_a_repeated_request_enqueue_nothing(
    store: JobStore, broker: LaneBroker, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.jobs.accepting.secrets.token_hex", lambda _: "the same opening")
    job, mark = new_job(tenant), idempotency()
    first, again = (store.open(job, blobs(1), mark, None, publish=True) for _ in range(2))
    assert again == first
    monkeypatch.undo()
    store.open(job, blobs(1), mark, None, publish=True)
    assert broker.depths()["normal"] == 1


def test_where_replicas_must_have_it_first_it_is_the_callers_to_publish(
    redis_client: redis.Redis, namespace: str, broker: LaneBroker, tenant: uuid.UUID
) -> None:
    store = JobStore(redis_client, namespace, Timing(), replicas=1)
    store._group = GroupCommit(
        lambda calls: store._scripts.run_each(*calls)
    )  # there is no replica that could confirm it
    answer = opened(store, tenant)
    assert (answer.published, len(answer.refs), broker.depths()["normal"]) == (False, 1, 0)
