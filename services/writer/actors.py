"""The Dramatiq actors: one a lane, and one for messages that nobody can read. Thin: they only call `Delivery`."""

import uuid
from collections.abc import Callable

import dramatiq
import structlog

from libs.broker.factory import LaneBroker
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES, POISON_ACTOR, actor_name

log = structlog.get_logger()


def declare_actors(broker: LaneBroker, handle: Callable[[ChunkRef], None]) -> None:
    """Register the actors on the broker."""
    for lane in LANES:
        declare = dramatiq.actor(actor_name=actor_name(lane), queue_name=lane, broker=broker)
        declare(_deliverer(lane, handle))
    dramatiq.actor(actor_name=POISON_ACTOR, queue_name=LANES[0], broker=broker)(_drop_poison)


def _deliverer(lane: Lane, handle: Callable[[ChunkRef], None]) -> Callable[..., None]:
    def deliver(*args: object, **_: object) -> None:
        try:
            tenant, job, number = args
            ref = ChunkRef(uuid.UUID(str(tenant)), uuid.UUID(str(job)), int(str(number)), lane)
        except ValueError:
            _drop_poison()
            return
        handle(ref)

    return deliver


def _drop_poison(*_: object, **__: object) -> None:
    log.error("poison_message_dropped")
