"""What a scrape reads of Redis; the same wherever it is read."""

import datetime
from collections.abc import Callable

from libs.contracts.queues import LANES
from libs.jobs.store import JobStore
from libs.telemetry.state import Values


def measured(store: JobStore, depths: Callable[[], dict[str, int]]) -> Values:
    """Gauges of what is open; `depths` counts the messages of each queue. Raises redis.RedisError."""
    load = store.load()
    return {
        "sluice_queue_depth": {(queue,): depth for queue, depth in depths().items()},
        "sluice_open_chunks": {(lane, state): float(count) for (lane, state), count in store.open_chunks().items()},
        "sluice_oldest_open_job_seconds": {(): store.oldest_open_age_s(datetime.datetime.now(datetime.UTC))},
        "sluice_pending_bytes": {(): load.waiting},
        "sluice_drain_bytes_per_second": {(): load.rate},
        "sluice_lane_paused": {(lane,): lane in load.paused for lane in LANES},
    }
