"""Builds the broker. The middleware list is the architecture: it is empty.

Dramatiq's retries, delays, time limits, callbacks and results are left out on purpose: each of them can lose a message
while Redis is away, or interrupt a COMMIT. The job store keeps every promise instead.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import dramatiq
import msgspec
import redis
from dramatiq.broker import Consumer
from dramatiq.brokers.redis import RedisBroker
from dramatiq.encoder import JSONEncoder, MessageData
from msgspec import Struct

from libs.broker.together import Together
from libs.broker.waking import NOW, Bell, WakingConsumer
from libs.contracts.queues import CHUNK_WEIGHTS, LANES, POISON_ACTOR, dramatiq_namespace, wake_channel

INNER_POLL_MS = 1
MAINTENANCE_CHANCE = 20_000
"""Commands in a million that look for messages of dead workers; Dramatiq's 1,000 lets them wait for an hour."""


class _Options(Struct, frozen=True, forbid_unknown_fields=True):
    redis_message_id: str


class _Wire(Struct, frozen=True, forbid_unknown_fields=True):
    """A message as it lies in Redis. Whatever is otherwise would fail in the worker, beyond the reach of an actor."""

    queue_name: str
    actor_name: str
    args: list[Any]
    kwargs: dict[str, Any]
    options: _Options
    message_id: str
    message_timestamp: int


class SafeEncoder(JSONEncoder):
    """Decodes anything: a message that is none becomes one for the actor that drops it.

    An exception here would strand the messages that were fetched together with the bad one.
    """

    def decode(self, data: bytes) -> MessageData:
        """Never raises."""
        try:
            wire = msgspec.json.decode(data, type=_Wire)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return _poison()
        return dict(msgspec.to_builtins(wire))


def _poison() -> MessageData:
    message: dramatiq.Message[None] = dramatiq.Message(
        queue_name=LANES[0], actor_name=POISON_ACTOR, args=(), kwargs={}, options={"redis_message_id": ""}
    )
    return dict(message.asdict())


class LaneBroker(RedisBroker):
    """Dramatiq's Redis broker without delay queues, which Sluice never uses, and with consumers that can be woken."""

    def __init__(self, *, bell: Bell, weights: Mapping[str, int], **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self.bell = bell
        self.weights = weights
        """By queue that is consumed here, its part of the turns."""
        self.ahead: Callable[[str], int] = lambda _: 0
        """How many messages of a queue are fetched beyond those that its threads can begin."""
        self._together = Together(self.scripts["dispatch"])
        self.scripts["dispatch"] = self._together

    def send(self, messages: Sequence["dramatiq.Message[None]"], *, is_waited_for: bool = False) -> None:
        """Enqueue messages and wake whoever consumes their queues, in one round trip. Raises redis.RedisError."""
        when = f" {NOW}" if is_waited_for else ""
        pipe: Any = self.client.pipeline(transaction=False)
        with self._together.collected(pipe):
            self._enqueue_and_ring(messages, when, pipe)
        try:
            pipe.execute()
        except redis.exceptions.NoScriptError:  # the server is a new one; it is given the script one by one
            self._enqueue_and_ring(messages, when, self.client)

    def _enqueue_and_ring(self, messages: Sequence["dramatiq.Message[None]"], when: str, client: Any) -> None:
        for message in messages:
            self.enqueue(message)
        for queue in dict.fromkeys(message.queue_name for message in messages):
            self.bell.ring(queue + when, client)

    def acknowledge(self, consumer: Any, messages: Sequence["dramatiq.MessageProxy"]) -> None:
        """Acknowledge messages in one round trip. Raises redis.RedisError."""
        pipe: Any = self.client.pipeline(transaction=False)
        with self._together.collected(pipe):
            for message in messages:
                consumer.ack(message)
        pipe.execute()

    def consume(self, queue_name: str, prefetch: int = 1, timeout: int = 5000) -> Consumer:
        """A consumer of one lane."""
        inner = super().consume(queue_name, prefetch, INNER_POLL_MS)
        return WakingConsumer(inner, queue_name, self.bell, self.ahead)

    def declare_queue(self, queue_name: str) -> None:
        """Declare a queue, and no delay queue beside it."""
        if queue_name not in self.queues:
            self.emit_before("declare_queue", queue_name)
            self.queues.add(queue_name)
            self.emit_after("declare_queue", queue_name)

    def depths(self) -> dict[str, int]:
        """Messages waiting in each queue."""
        pipe: Any = self.client.pipeline(transaction=False)
        for queue in self.weights:
            pipe.llen(f"{self.namespace}:{queue}")
        return dict(zip(self.weights, pipe.execute(), strict=True))


def build_broker(client: redis.Redis, namespace: str, weights: Mapping[str, int] = CHUNK_WEIGHTS) -> LaneBroker:
    """A broker on this client, which decides the timeouts. It publishes into any queue and consumes these."""
    dramatiq.set_encoder(SafeEncoder())
    broker = LaneBroker(
        bell=Bell(client, wake_channel(namespace)),
        weights=weights,
        client=client,
        namespace=dramatiq_namespace(namespace),
        middleware=[],
        maintenance_chance=MAINTENANCE_CHANCE,
    )
    for queue in weights:
        broker.declare_queue(queue)
    return broker
