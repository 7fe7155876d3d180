"""Publishes references of chunks and tasks. A failure is not an error: the sweeper publishes what is overdue."""

from collections.abc import Iterable

import dramatiq
import redis
import structlog

from libs.broker.factory import LaneBroker
from libs.contracts.chunks import ChunkRef
from libs.contracts.queues import TASK_QUEUE, actor_name, task_actor_name
from libs.contracts.tasks.kinds import TaskRef
from libs.telemetry.metrics.stores import PUBLISH_FAILURES

log = structlog.get_logger()


class Publisher:
    """Wakes writers and processors."""

    def __init__(self, broker: LaneBroker) -> None:
        self._broker = broker

    def publish(self, refs: Iterable[ChunkRef | TaskRef], *, is_waited_for: bool = False) -> None:
        """Send a message for each; returns normally whatever Redis does."""
        messages = [message_of(ref) for ref in refs]
        if not messages:
            return
        try:
            self._broker.send(messages, is_waited_for=is_waited_for)
        except redis.RedisError as error:
            PUBLISH_FAILURES.inc(len(messages))
            log.warning("publish_failed", messages=len(messages), exc_info=error)


def message_of(ref: ChunkRef | TaskRef) -> "dramatiq.Message[None]":
    """The message that points to a chunk or a task."""
    if isinstance(ref, ChunkRef):
        return _message(ref.lane, actor_name(ref.lane), str(ref.tenant_id), str(ref.job_id), ref.chunk_no)
    return _message(TASK_QUEUE[ref.lane], task_actor_name(ref.lane), str(ref.tenant_id), str(ref.task_id))


def _message(queue: str, actor: str, *args: str | int) -> "dramatiq.Message[None]":
    return dramatiq.Message(queue_name=queue, actor_name=actor, args=args, kwargs={}, options={})
