"""Dramatiq actors, thin: one a queue, which hands a message on, and one for messages that nobody can read."""

from collections.abc import Callable

import dramatiq
import structlog

from libs.broker.factory import LaneBroker
from libs.contracts.queues import POISON_ACTOR

log = structlog.get_logger()

Deliver = Callable[[tuple[object, ...]], None]
"""Does what a message's arguments hint at. Raises ValueError where they are none of its kind, and nothing else."""


def declare(broker: LaneBroker, actors: dict[str, tuple[str, Deliver]]) -> None:
    """Register an actor for each queue, by its name."""
    for queue, (name, deliver) in actors.items():
        dramatiq.actor(actor_name=name, queue_name=queue, broker=broker)(_deliverer(deliver))
    dramatiq.actor(actor_name=POISON_ACTOR, queue_name=next(iter(actors)), broker=broker)(_drop_poison)


def _deliverer(deliver: Deliver) -> Callable[..., None]:
    def handle(*args: object, **_: object) -> None:
        try:
            deliver(args)
        except ValueError:
            _drop_poison()

    return handle


def _drop_poison(*_: object, **__: object) -> None:
    log.error("poison_message_dropped")
