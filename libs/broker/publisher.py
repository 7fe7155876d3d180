"""Publishes chunk references. A failure is not an error: the sweeper publishes what is overdue."""

from collections.abc import Iterable

import dramatiq
import redis
import structlog

from libs.broker.factory import LaneBroker
from libs.contracts.chunks import ChunkRef
from libs.contracts.queues import actor_name
from libs.telemetry.metrics import PUBLISH_FAILURES

log = structlog.get_logger()


class Publisher:
    """Wakes writers."""

    def __init__(self, broker: LaneBroker) -> None:
        self._broker = broker

    def publish(self, refs: Iterable[ChunkRef]) -> None:
        """Send a message for each chunk; returns normally whatever Redis does."""
        messages = [message_of(ref) for ref in refs]
        if not messages:
            return
        try:
            for message in messages:
                self._broker.enqueue(message)
            for lane in {message.queue_name for message in messages}:
                self._broker.bell.ring(lane)
        except redis.RedisError as error:
            PUBLISH_FAILURES.inc(len(messages))
            log.warning("publish_failed", chunks=len(messages), exc_info=error)


def message_of(ref: ChunkRef) -> "dramatiq.Message[None]":
    """The message that points to a chunk."""
    return dramatiq.Message(
        queue_name=ref.lane,
        actor_name=actor_name(ref.lane),
        args=(str(ref.tenant_id), str(ref.job_id), ref.chunk_no),
        kwargs={},
        options={},
    )
