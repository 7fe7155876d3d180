"""Refuses batches where what is stored comes to a limit, before their bodies are read (ADR 0013)."""

import math
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.intake.settings import IntakeSettings
from libs.jobs.costs import job_bytes
from libs.jobs.store import JobStore
from libs.jobs.values import Load, Share
from libs.telemetry.metrics.intake import REFUSALS

FRESH_S = 0.1
"""How long a reading is trusted; many small batches then share one."""
EASY_S, EASY_PART = 1.0, 8
"""The same of a tenant that is far from its limits: with what came here since, it holds one part of each in so many."""
COUNTED_AT_MOST = 1.25
"""What jobs count for, by the memory that they take; a test of the costs holds it."""
UNKNOWN_RATE_S = 5
SHORTEST_S, LONGEST_S = 1, 120
LONGEST_RETAINED_S = 86_400
MOST_TENANTS = 10_000

Name = TypeVar("Name")
Reading = TypeVar("Reading")


class Admission:
    """Watches the store for one process."""

    def __init__(self, store: JobStore, settings: IntakeSettings) -> None:
        self._settings = settings
        self._load = _Readings[None, Load](lambda _: store.load(), lambda *_: False)
        self._shares = _Readings(store.share, self._is_far)

    def check(self, tenant_id: uuid.UUID) -> None:
        """Raises Refusal, with Retry-After, where nothing more fits, of anybody or of this tenant; redis.RedisError."""
        if self._nobody_is_over(self.check_all()):
            return
        settings, share = self._settings, self._shares.of(tenant_id)
        if (excess := share.waiting - settings.tenant_backlog_max_bytes) >= 0:
            load = self._load.of(None)
            limit = settings.tenant_backlog_max_bytes
            raise _refusal("TENANT_BACKLOG", "tenant", drain_s(excess, load.rate), load, limit=limit)
        if share.retained >= (limit := settings.tenant_retained_max_bytes):
            wait_s = _between(share.below_after_s(limit), LONGEST_RETAINED_S)
            raise _refusal("TENANT_RETAINED", "retained", wait_s, None, limit=limit)

    def _nobody_is_over(self, load: Load) -> bool:
        """Whether all tenants together hold less than one of them may: then none is looked at by itself."""
        backlog, retained = self._settings.tenant_backlog_max_bytes, self._settings.tenant_retained_max_bytes
        return load.waiting < backlog and load.used_memory * COUNTED_AT_MOST < retained

    def took(self, tenant_id: uuid.UUID, size: int) -> None:
        """Note that the tenant's batch of so many bytes was taken: usually more than what it counts for."""
        self._shares.note(tenant_id, size + job_bytes(1))

    def _is_far(self, share: Share, since: int) -> bool:
        """Whether a tenant is far from its limits, of whom so many bytes have come since."""
        backlog, retained = self._settings.tenant_backlog_max_bytes, self._settings.tenant_retained_max_bytes
        held = ((share.waiting, backlog), (share.retained, retained))
        return all(EASY_PART * (size + since) <= limit for size, limit in held)

    def check_all(self) -> Load:
        """What all hold. Raises Refusal where nothing more fits, whoever sends it; redis.RedisError."""
        load = self._load.of(None)
        if (excess := load.waiting - self._settings.backlog_max_bytes) >= 0:
            raise _refusal("BACKLOG", "all", drain_s(excess, load.rate), load, limit=self._settings.backlog_max_bytes)
        if load.max_memory and (excess := load.used_memory - self._memory_limit(load)) >= 0:
            wait_s = drain_s(excess, load.rate) if load.waiting else LONGEST_S
            raise _refusal("QUEUE_FULL", "memory", wait_s, load, percent=self._settings.memory_max_percent)
        return load

    def limits(self) -> dict[str, tuple[int, int]]:
        """How much is used of each limit for all, and the limit, bytes, by its name. Raises redis.RedisError."""
        load = self._load.of(None)
        limits = {"backlog": (load.waiting, self._settings.backlog_max_bytes)}
        return limits | ({"memory": (load.used_memory, self._memory_limit(load))} if load.max_memory else {})

    def _memory_limit(self, load: Load) -> int:
        return load.max_memory * self._settings.memory_max_percent // 100


class _Readings(Generic[Name, Reading]):
    """The latest readings of something, each good for a moment; longer where nothing can come of it."""

    def __init__(self, read: Callable[[Name], Reading], is_easy: Callable[[Reading, int], bool]) -> None:
        self._read = read
        self._is_easy = is_easy
        self._known: dict[Name, tuple[float, Reading]] = {}
        self._since: dict[Name, int] = {}
        self._lock = threading.Lock()

    def of(self, name: Name) -> Reading:
        """The reading, taken now if there is none that is fresh."""
        now = time.monotonic()
        with self._lock:
            known, since = self._known.get(name), self._since.get(name, 0)
        if known and now - known[0] < (EASY_S if self._is_easy(known[1], since) else FRESH_S):
            return known[1]
        fresh = self._read(name)
        with self._lock:
            if len(self._known) >= MOST_TENANTS:
                self._known.clear()
                self._since.clear()
            self._known[name] = (now, fresh)
            self._since[name] = max(self._since.get(name, 0) - since, 0)  # what came while it was read
        return fresh

    def note(self, name: Name, size: int) -> None:
        """Note that so much has come since the reading."""
        with self._lock:
            if name in self._known:
                self._since[name] = self._since.get(name, 0) + size


def drain_s(excess_bytes: int, rate: int) -> int:
    """Seconds until `excess_bytes` and a tenth on top will have been written at `rate` bytes a second."""
    return _between(-(-11 * excess_bytes // (10 * rate)) if rate else UNKNOWN_RATE_S, LONGEST_S)


def _between(seconds: float, longest: int) -> int:
    return min(max(math.ceil(seconds), SHORTEST_S), longest)


def _refusal(code: str, scope: str, wait_s: int, load: Load | None, **params: Any) -> Refusal:
    """A refusal that also says which lanes stand still, where that is why nothing drains."""
    REFUSALS.labels(scope).inc()
    lanes = list(load.paused) if load else []
    return Refusal(
        code, headers={"Retry-After": str(wait_s)}, members={"paused_lanes": lanes} if lanes else None,
        addition=worded("LANES_PAUSED", lanes=", ".join(lanes)) if lanes else ("", ""), **params,
    )  # fmt: skip
