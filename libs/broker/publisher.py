"""Publishes chunk references. A failure is not an error: the sweeper publishes what is overdue."""

from collections.abc import Iterable

import dramatiq
import redis
import structlog
from dramatiq.broker import Broker

from libs.contracts.chunks import ChunkRef
from libs.contracts.queues import actor_name
from libs.telemetry.metrics import PUBLISH_FAILURES

log = structlog.get_logger()


class Publisher:
    """Wakes writers."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def publish(self, refs: Iterable[ChunkRef]) -> None:
        """Send a message for each chunk; returns normally whatever Redis does."""
        for ref in refs:
            try:
                self._broker.enqueue(_message(ref))
            except redis.RedisError as error:
                PUBLISH_FAILURES.inc()
                log.warning("publish_failed", chunk_no=ref.chunk_no, job_id=str(ref.job_id), exc_info=error)


def _message(ref: ChunkRef) -> "dramatiq.Message[None]":
    return dramatiq.Message(
        queue_name=ref.lane,
        actor_name=actor_name(ref.lane),
        args=(str(ref.tenant_id), str(ref.job_id), ref.chunk_no),
        kwargs={},
        options={},
    )
