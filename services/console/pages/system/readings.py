"""What the page of the system reads: each store by itself, so that one that is away hides nothing of the other."""

import asyncio
import time
from importlib.metadata import version
from typing import Any

import msgspec
from msgspec import Struct
from psycopg_pool import ConnectionPool

from libs.contracts.system.health import DatabaseHealth, RedisHealth
from libs.contracts.system.workers import LaneView, WorkerView
from libs.database.server.health import database_health
from libs.identity.fetching import fetch
from libs.jobs.server.health import redis_health
from libs.jobs.store import JobStore
from libs.lookup.system import SystemLookup
from services.console.pages.system.pulse import Pulse, Reading

PATIENCE_S = 0.8
"""For each store; all are asked at once."""
LIMITS_KEPT_S = 60.0
LARGEST_ANSWER = 256 * 1024


class InRedis(Struct, frozen=True):
    """What Redis knows, of itself and of who works."""

    health: RedisHealth
    workers: list[WorkerView]
    lanes: list[LaneView]


class SystemView(Struct, frozen=True, kw_only=True):
    """What the page shows."""

    redis: Reading[InRedis]
    database: Reading[DatabaseHealth]
    limits: Reading[dict[str, Any]]
    version: str


class SystemReader:
    """Reads it, within a second whatever the stores do."""

    def __init__(self, store: JobStore, system: SystemLookup, pool: ConnectionPool, ingest_url: str) -> None:
        self._store, self._system = store, system
        self._redis = Pulse("redis", self._in_redis, PATIENCE_S)
        self._database = Pulse("postgres", lambda: database_health(pool), PATIENCE_S)
        self._limits = Limits(ingest_url)
        self.asks_ingest = bool(ingest_url)

    async def read(self) -> SystemView:
        """All of it, as far as it can be had now."""
        redis, database, limits = await asyncio.gather(self._redis.read(), self._database.read(), self._limits.read())
        return SystemView(redis=redis, database=database, limits=limits, version=version("sluice"))

    def _in_redis(self) -> InRedis:
        return InRedis(redis_health(self._store.client), self._system.workers(), self._system.lanes())


class Limits:
    """What ingest says that it allows; asked once a minute."""

    def __init__(self, ingest_url: str) -> None:
        self._url = f"{ingest_url.rstrip('/')}/api/v1/limits"
        self._pulse = Pulse("ingest", self._ask, PATIENCE_S)
        self._known: Reading[dict[str, Any]] = Reading()
        self._until = 0.0
        self._asks = bool(ingest_url)

    async def read(self) -> Reading[dict[str, Any]]:
        """What was said last, if that is not long ago."""
        if self._asks and time.monotonic() >= self._until:
            self._known = await self._pulse.read()
            if self._known.answer:
                self._until = time.monotonic() + LIMITS_KEPT_S
        return self._known

    def _ask(self) -> dict[str, Any]:
        told = msgspec.json.decode(fetch(self._url, seconds=PATIENCE_S, most_bytes=LARGEST_ANSWER), type=dict[str, Any])
        return {name: value for name, value in told.items() if isinstance(value, int | float)}
