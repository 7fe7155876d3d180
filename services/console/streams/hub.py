"""All streams of a process: who watches, how many may, and the end of them all."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal, TypeAlias

from libs.contracts.refusals import Refusal
from libs.telemetry.metrics.streams import LIVE_STREAMS
from services.console.http.threads import Threads
from services.console.streams.feed import TenantFeed
from services.console.streams.news import Watcher
from services.console.streams.reader import LiveReader
from services.console.streams.subscription import Subscription

Transport: TypeAlias = Literal["sse", "websocket"]
LINGER_S = 5.0
"""How long a tenant's feed waits for the next watcher, after the last has gone."""


class Hub:
    """The streams of one process, all in its event loop."""

    def __init__(
        self, redis_url: str, namespace: str, reader: LiveReader, threads: Threads, places: tuple[int, int]
    ) -> None:
        self._reader, self._threads = reader, threads
        self._most, self._most_of_tenant = places
        self._held: dict[uuid.UUID, int] = {}
        self._feeds: dict[uuid.UUID, tuple[TenantFeed, asyncio.Task[None]]] = {}
        self._subscription = Subscription(redis_url, namespace, self._changed, self._look)
        self._listening: asyncio.Task[None] | None = None
        self.leaving = False
        """Whether the end is near: all goes on, and whoever spreads requests turns away."""
        self.draining = False

    def start(self) -> None:
        """Begin to listen; called in the event loop."""
        self._listening = asyncio.get_running_loop().create_task(self._subscription.run())

    def drain(self) -> None:
        """End all streams, and begin no more."""
        self.leaving = self.draining = True
        for feed, _ in self._feeds.values():
            feed.close()

    def take_place(self, tenant_id: uuid.UUID, transport: Transport) -> None:
        """Take a place among the streams, to be given back. Raises Refusal where there is none."""
        if self.draining:
            raise Refusal("DRAINING")
        if self._held.get(tenant_id, 0) >= self._most_of_tenant:
            raise Refusal("STREAMS_OF_TENANT", limit=self._most_of_tenant)
        if sum(self._held.values()) >= self._most:
            raise Refusal("STREAMS_FULL")
        self._held[tenant_id] = self._held.get(tenant_id, 0) + 1
        LIVE_STREAMS.labels(transport).inc()

    def give_back(self, tenant_id: uuid.UUID, transport: Transport) -> None:
        """Let another have the place."""
        LIVE_STREAMS.labels(transport).dec()
        self._held[tenant_id] -= 1
        if not self._held[tenant_id]:
            del self._held[tenant_id]

    @asynccontextmanager
    async def watching(self, watcher: Watcher) -> AsyncIterator[None]:
        """Have a watcher told, inside the block."""
        feed = await self._feed(watcher.tenant_id)
        feed.add(watcher)
        if self.draining:
            watcher.close()
        try:
            yield
        finally:
            feed.remove(watcher)
            if not feed.watched:
                asyncio.get_running_loop().call_later(LINGER_S, self._forget, watcher.tenant_id)

    async def _feed(self, tenant_id: uuid.UUID) -> TenantFeed:
        if tenant_id not in self._feeds:
            feed = TenantFeed(tenant_id, self._reader, self._threads)
            self._feeds[tenant_id] = feed, asyncio.get_running_loop().create_task(feed.run())
            await self._subscription.watch(tenant_id)
        return self._feeds[tenant_id][0]

    def _forget(self, tenant_id: uuid.UUID) -> None:
        feed, running = self._feeds.get(tenant_id, (None, None))
        if feed and running and not feed.watched:
            del self._feeds[tenant_id]
            running.cancel()
            self._leaving = asyncio.get_running_loop().create_task(self._leave(tenant_id))

    async def _leave(self, tenant_id: uuid.UUID) -> None:
        with contextlib.suppress(Exception):
            await self._subscription.leave(tenant_id)
        if tenant_id in self._feeds:  # somebody has come meanwhile
            await self._subscription.watch(tenant_id)

    def _changed(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> None:
        if tenant_id in self._feeds:
            self._feeds[tenant_id][0].changed(job_id)

    def _look(self) -> None:
        for feed, _ in self._feeds.values():
            feed.look()
