"""The writer's actors, one a lane."""

import uuid
from collections.abc import Callable

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
        tenant, job, number = args
        handle(ChunkRef(uuid.UUID(str(tenant)), uuid.UUID(str(job)), int(str(number)), lane))

    return deliver
