"""A message that nobody can read costs its neighbours nothing, however it is broken."""

import json
import uuid
from typing import Any

import pytest
import redis

from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher, message_of
from libs.contracts.chunks import ChunkRef
from tests.contract.broker.samples import all_alive, enqueue_raw, some_ref, some_refs, working
from tests.waiting import wait_until

THREADS = 1
PREFETCH = 2 * THREADS


def altered(**values: Any) -> bytes:
    """A message as it should be, but for these members; None leaves one out."""
    message = message_of(some_ref()).asdict()
    message["options"] = {"redis_message_id": str(uuid.uuid4())}
    message |= values
    return json.dumps({name: value for name, value in message.items() if value is not None}).encode()


POISONS = {
    "nothing": b"",
    "no JSON": b"\x80\x04\x95 pickled?",
    "no UTF-8": b'{"queue_name": "\xff\xfe"}',
    "null": b"null",
    "a list": b'["queue_name", "actor_name", "args", "message_id"]',
    "an empty object": b"{}",
    "deep": b"[" * 200_000,
    "without kwargs": altered(kwargs=None),
    "without options": altered(options=None),
    "with another member": altered(colour="red"),
    "args no list": altered(args=5),
    "options no object": altered(options=7),
    "options without an id": altered(options={}),
    "kwargs no object": altered(kwargs=[1]),
    "id no string": altered(message_id=["a"]),
    "delayed for ever": altered(options={"redis_message_id": "x", "eta": 1e18}),
    "of another queue": altered(queue_name="elsewhere"),
    "for nobody": altered(actor_name="unheard_of"),
    "too few args": altered(args=[]),
    "args of other types": altered(args=[None, {"a": 1}, "x"]),
    "no chunk number": altered(args=[str(uuid.uuid4()), str(uuid.uuid4()), "1e3"]),
}


@pytest.mark.parametrize("poison", POISONS.values(), ids=POISONS.keys())
def test_neighbours_of_a_poison_message_are_delivered(
    redis_client: redis.Redis, namespace: str, caplog: pytest.LogCaptureFixture, poison: bytes
) -> None:
    broker, handled = build_broker(redis_client, namespace), list[ChunkRef]()
    publisher, refs = Publisher(broker), some_refs(2)
    publisher.publish(refs[:1])
    # More than is ever fetched ahead: each must make room for what comes after it.
    for _ in range(PREFETCH + 1):
        enqueue_raw(broker, "normal", poison)
    publisher.publish(refs[1:])

    with working(broker, handled.append, threads=THREADS) as worker:
        wait_until(lambda: set(refs) <= set(handled), 3, "both neighbours")
        assert all_alive(worker)
        assert worker.consumers["normal"].delay_queue.empty()

    assert broker.depths()["normal"] == 0
    assert "Unhandled error" not in caplog.text
