"""The threads of a writer that keep promises while the others write.

sweep   publishes again what is overdue: a lost message, a retry that has come, a dead writer's chunk
leases  tells Redis that this writer's chunks are being written
audit   brings audit entries from Redis to PostgreSQL
"""

import threading
from collections.abc import Callable

import psycopg
import redis
import structlog
from psycopg_pool import ConnectionPool

from libs.broker.publisher import Publisher
from libs.jobs.store import JobStore
from libs.telemetry.crashpoints import crash_point
from libs.telemetry.metrics import SWEEPS, SWEPT
from services.writer.ledger import insert_audit

log = structlog.get_logger()

SWEEP_EVERY_S = 0.5
AUDIT_EVERY_S = 1.0
CLAIM_LIMIT = 200
AUDIT_LIMIT = 500


class Ticker:
    """Calls a function every so often, in a thread, until it is stopped; an error is logged and the next tick comes."""

    def __init__(self, name: str, every_s: float, tick: Callable[[], object]) -> None:
        self._every_s = every_s
        self._tick = tick
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin ticking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, after the tick that is under way."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self._tick()
            except (redis.RedisError, psycopg.Error) as error:
                log.warning("tick_failed", thread=self._thread.name, exc_info=error)


def sweep(store: JobStore, publisher: Publisher) -> int:
    """Publish what is overdue; returns how many."""
    refs = store.claim_due(CLAIM_LIMIT)
    SWEEPS.inc()
    if refs:
        crash_point("sweeper.after_claim")
        publisher.publish(refs)
        SWEPT.inc(len(refs))
    return len(refs)


def store_audit(store: JobStore, pool: ConnectionPool) -> int:
    """Bring audit entries to PostgreSQL; returns how many. Several writers may do it at once."""
    entries = store.pending_audit(AUDIT_LIMIT)
    if entries:
        with pool.connection() as connection:
            insert_audit(connection, entries)
        store.audit_stored(entries)
    return len(entries)
