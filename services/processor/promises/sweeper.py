"""Publishes again what is due: a lost message, a retry or a wait that is over, a dead processor's task."""

from collections.abc import Sequence

from libs.broker.publisher import Publisher
from libs.contracts.jobs import Lane
from libs.contracts.queues import LANES
from libs.tasks.runner import Runner
from libs.tasks.store import TaskStore
from libs.telemetry.metrics.tasks import TASKS_SWEPT
from libs.telemetry.process.crashpoints import crash_point

SWEEP_EVERY_S = 0.25
HEARTBEAT_S = 0.5
"""How soon a task that runs hears of its end."""


def sweep(store: TaskStore, publisher: Publisher, runner: Runner, threads: int, lanes: Sequence[Lane] = LANES) -> int:
    """Publish what is due in these lanes, and no more than could begin here now: more would pile up in the queue.

    Returns how many.
    """
    free = threads - runner.running
    refs = store.claim_due(free, lanes) if free > 0 else []
    if refs:
        crash_point("tasks.after_claim_due")
        publisher.publish(refs)
        TASKS_SWEPT.inc(len(refs))
    return len(refs)
