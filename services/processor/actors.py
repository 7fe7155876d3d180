"""The processor's actors, one a lane."""

import uuid
from collections.abc import Callable

from libs.broker.actors import Deliver, declare
from libs.broker.factory import LaneBroker
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES, TASK_QUEUE, task_actor_name
from libs.contracts.tasks.kinds import TaskRef


def declare_actors(broker: LaneBroker, handle: Callable[[TaskRef], None]) -> None:
    """Register the actors on the broker."""
    declare(broker, {TASK_QUEUE[lane]: (task_actor_name(lane), _deliverer(lane, handle)) for lane in LANES})


def _deliverer(lane: Lane, handle: Callable[[TaskRef], None]) -> Deliver:
    def deliver(args: tuple[object, ...]) -> None:
        tenant, task = args
        handle(TaskRef(uuid.UUID(str(tenant)), uuid.UUID(str(task)), lane))

    return deliver
