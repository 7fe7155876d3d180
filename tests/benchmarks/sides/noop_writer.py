"""A writer, `python -m tests.benchmarks.sides.noop_writer`, whose chunk write does nothing: what the way to it carries.

Everything else is the real thing: broker, actors, leases, settlement, sweeper. PostgreSQL is not used.
"""

import os
import signal
import sys
import threading
from functools import partial
from typing import Any

from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.broker.turns import build_worker
from libs.contracts.chunks import Outcome
from libs.contracts.jobs import Job, RecordCounts
from libs.jobs.payload import pack_outcome
from libs.jobs.reading import Lease
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from libs.settings import load
from libs.telemetry.logging import configure
from libs.telemetry.ticker import Ticker
from services.writer.actors import declare_actors
from services.writer.chunks.ledger import Entry, Sums
from services.writer.promises.closing import JobCloser
from services.writer.promises.delivery import Delivery
from services.writer.promises.sweeper import SWEEP_EVERY_S, sweep
from services.writer.settings import WriterSettings


class NoopWriter:
    """Says of every chunk that all of it is created."""

    def write(self, lease: Lease, note: object) -> Entry:
        """Write nothing."""
        return Entry(
            RecordCounts(total=lease.records, created=lease.records), pack_outcome(Outcome(lease.job.epoch_ms))
        )

    def fail(self, lease: Lease, failure: str, error: str) -> Entry:
        """No chunk fails here."""
        raise RuntimeError(error)


class StoreCloser(JobCloser):
    """Ends jobs with the counters that Redis has: there is no ledger."""

    def _write_end(self, job: Job) -> Sums:
        return Sums(job.chunks.total, job.records, job.chunks.failed, job.attempts, None)


def main() -> int:
    """Work until SIGTERM."""
    settings = load(WriterSettings, os.environ)
    configure("warning", "noop-writer")
    client = connect(settings.redis_url)
    store = JobStore(client, settings.namespace, Timing())
    broker = build_broker(client, settings.namespace)
    publisher = Publisher(broker)
    unused: Any = None
    writer: Any = NoopWriter()
    delivery = Delivery(store, publisher, writer, StoreCloser(store, unused))
    declare_actors(broker, delivery.handle)
    worker = build_worker(broker, settings.writer_threads)
    sweeper = Ticker("sweep", SWEEP_EVERY_S, partial(sweep, store, publisher), patience_s=60)
    draining = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: draining.set())
    sweeper.start()
    worker.start()
    while not draining.wait(timeout=0.5):
        pass
    worker.stop()
    sweeper.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
