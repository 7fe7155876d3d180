"""Refuses batches while too much is waiting to be written, before their bodies are read."""

import threading
import time
import uuid

from libs.contracts.refusals import Refusal
from libs.intake.settings import IntakeSettings
from libs.jobs.store import JobStore
from libs.jobs.values import Backlog
from libs.telemetry.metrics import REFUSALS

FRESH_S = 0.1
"""How long a reading of the backlog is trusted; many small batches then share one."""
UNKNOWN_RATE_S = 5
SHORTEST_S, LONGEST_S = 1, 120
MOST_TENANTS = 10_000


class Admission:
    """Watches the backlog for one process."""

    def __init__(self, store: JobStore, settings: IntakeSettings) -> None:
        self._store = store
        self._total_limit = settings.backlog_max_bytes
        self._tenant_limit = settings.tenant_backlog_max_bytes
        self._readings: dict[uuid.UUID, tuple[float, Backlog]] = {}
        self._lock = threading.Lock()

    def check(self, tenant_id: uuid.UUID) -> None:
        """Raises Refusal, with Retry-After, where the backlog of all or of the tenant is full."""
        backlog = self._read(tenant_id)
        if backlog.total >= self._total_limit:
            REFUSALS.labels("all").inc()
            raise Refusal(
                "BACKLOG", headers={"Retry-After": retry_after(backlog.total - self._total_limit, backlog.rate)}
            )
        if backlog.tenant >= self._tenant_limit:
            REFUSALS.labels("tenant").inc()
            excess = backlog.tenant - self._tenant_limit
            raise Refusal("TENANT_BACKLOG", headers={"Retry-After": retry_after(excess, backlog.rate)})

    def _read(self, tenant_id: uuid.UUID) -> Backlog:
        now = time.monotonic()
        with self._lock:
            at, backlog = self._readings.get(tenant_id, (-1.0, None))
            if backlog is not None and now - at < FRESH_S:
                return backlog
        fresh = self._store.backlog(tenant_id)
        with self._lock:
            if len(self._readings) >= MOST_TENANTS:
                self._readings.clear()
            self._readings[tenant_id] = (now, fresh)
        return fresh


def retry_after(excess_bytes: int, rate: int) -> str:
    """Seconds until `excess_bytes` and a tenth on top will have been written at `rate` bytes a second."""
    seconds = -(-11 * excess_bytes // (10 * rate)) if rate else UNKNOWN_RATE_S
    return str(min(max(seconds, SHORTEST_S), LONGEST_S))
