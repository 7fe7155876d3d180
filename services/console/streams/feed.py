"""Reads what has changed of one tenant's jobs, once for all who watch them."""

import asyncio
import uuid
from collections.abc import Sequence

import psycopg
import redis
import structlog

from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from services.console.http.threads import Threads
from services.console.streams.news import News, Watcher, news_of, snapshot_of
from services.console.streams.reader import LiveReader

log = structlog.get_logger()

QUIET_S = 0.26
"""Between two looks: a job is told of four times a second at most."""
LOOK_AGAIN_S = 15.0
"""Messages get lost; then what is open is looked at this often."""
MOST_AT_ONCE = 200
"""Jobs that are read together."""


class TenantFeed:
    """One tenant's watchers. It lives while there are any."""

    def __init__(self, tenant_id: uuid.UUID, reader: LiveReader, threads: Threads) -> None:
        self._tenant_id = tenant_id
        self._reader = reader
        self._threads = threads
        self._watchers: dict[uuid.UUID | None, set[Watcher]] = {}
        """By the job that they watch; None for all."""
        self._changed: set[uuid.UUID] = set()
        self._open: set[uuid.UUID] = set()
        self._woken = asyncio.Event()
        self._look_at_all = False

    @property
    def watched(self) -> bool:
        """Whether anybody listens."""
        return bool(self._watchers)

    def add(self, watcher: Watcher) -> None:
        """Tell a watcher what is there, and from then on what changes."""
        self._watchers.setdefault(watcher.job_id, set()).add(watcher)
        if watcher.job_id:
            self._changed.add(watcher.job_id)
        self._woken.set()

    def remove(self, watcher: Watcher) -> None:
        """Tell it no more."""
        self._watchers[watcher.job_id].discard(watcher)
        if not self._watchers[watcher.job_id]:
            del self._watchers[watcher.job_id]

    def changed(self, job_id: uuid.UUID) -> None:
        """A job has changed; it is read if anybody watches it."""
        if job_id in self._watchers or None in self._watchers:
            self._changed.add(job_id)
            self._woken.set()

    def look(self) -> None:
        """Look at all that is watched: something may have been missed."""
        self._look_at_all = True
        self._woken.set()

    def close(self) -> None:
        """End all the streams."""
        for watcher in self._all():
            watcher.close()

    def _all(self) -> list[Watcher]:
        return [watcher for watchers in self._watchers.values() for watcher in watchers]

    async def run(self) -> None:
        """Read and tell, for as long as the task is not cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await self._woken.wait()
            except TimeoutError:
                self._look_at_all = True
            self._woken.clear()
            try:
                await self._tell()
            except (redis.RedisError, psycopg.Error, Refusal) as error:
                log.warning("live_jobs_not_read", exc_info=error)
                self._look_at_all = True
            except Exception:  # whoever watches may not wait for ever
                log.exception("live_jobs_not_read")
                self._look_at_all = True
            await asyncio.sleep(QUIET_S)

    async def _tell(self) -> None:
        if self._look_at_all:
            self._look_at_all = False
            self._changed |= self._open | {job_id for job_id in self._watchers if job_id}
        await self._begin()
        ids = [self._changed.pop() for _ in range(min(MOST_AT_ONCE, len(self._changed)))]
        try:
            jobs = await self._threads.in_turn(self._reader.jobs, self._tenant_id, ids) if ids else []
        except BaseException:
            self._changed |= set(ids)
            raise
        for news in self._as_news(jobs):
            for watcher in (*self._watchers.get(news.job_id, ()), *self._watchers.get(None, ())):
                watcher.tell(news)
        if self._changed:
            self._woken.set()

    async def _begin(self) -> None:
        """Have new watchers begin: those of one job with their next news of it, those of all with what is there."""
        new = [watcher for watcher in self._all() if not watcher.begun]
        if any(watcher.job_id is None for watcher in new):
            snapshot = snapshot_of(self._as_news(await self._threads.in_turn(self._reader.newest, self._tenant_id)))
        for watcher in new:
            watcher.begin(snapshot if watcher.job_id is None else None)

    def _as_news(self, jobs: Sequence[Job | Task]) -> list[News]:
        found = [news_of(job) for job in jobs]
        self._open |= {news.job_id for news in found if news.listed and not news.ended}
        self._open -= {news.job_id for news in found if news.ended}
        return found
