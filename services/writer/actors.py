"""The writer's actors, one a lane."""

import uuid
from collections.abc import Callable, Sequence

from libs.broker.actors import Deliver, declare
from libs.broker.factory import LaneBroker
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES, actor_name


def declare_actors(broker: LaneBroker, handle: Callable[[ChunkRef], None]) -> None:
    """Register the actors on the broker."""
    declare(broker, {lane: (actor_name(lane), _deliverer(lane, handle)) for lane in LANES})


def _deliverer(lane: Lane, handle: Callable[[ChunkRef], None]) -> Deliver:
    def deliver(args: tuple[object, ...]) -> None:
        handle(ref_of(lane, args))

    return deliver


def ref_of(lane: Lane, args: Sequence[object]) -> ChunkRef:
    """What a message's arguments point to. Raises ValueError where they are none of its kind."""
    tenant, job, number = args
    return ChunkRef(uuid.UUID(str(tenant)), uuid.UUID(str(job)), int(str(number)), lane)
