"""Publishes again what is overdue: a lost message, a retry that has come, a dead writer's chunk."""

from libs.broker.publisher import Publisher
from libs.jobs.store import JobStore
from libs.telemetry.metrics.writing import SWEEPS, SWEPT
from libs.telemetry.process.crashpoints import crash_point

SWEEP_EVERY_S = 0.5
CLAIM_LIMIT = 200


def sweep(store: JobStore, publisher: Publisher) -> int:
    """Publish what is overdue; returns how many."""
    refs = store.claim_due(CLAIM_LIMIT)
    SWEEPS.inc()
    if refs:
        crash_point("sweeper.after_claim")
        publisher.publish(refs)
        crash_point("sweeper.after_publish")
        SWEPT.inc(len(refs))
    return len(refs)
