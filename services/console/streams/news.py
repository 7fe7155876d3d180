"""What is told of a job, and what one stream has yet to be told."""

import asyncio
import contextlib
import datetime
import uuid
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import Task
from libs.contracts.views import job_view, progress_view
from services.console.streams.encoding import event


class News(Struct, frozen=True):
    """A job as it was at one moment. What is told of it is made once, however many are told."""

    job_id: uuid.UUID
    version: str
    ended: bool
    listed: bool
    """Whether it stands in lists: what a task has opened, and what was tried out only, does not."""
    document: msgspec.Raw
    """What is told, JSON."""
    event: bytes
    """The same as a Server-Sent Event, by the version of the job."""


def news_of(job: Job | Task) -> News:
    """A job as streams tell of it: all that GET says of the job and of its progress."""
    progress = msgspec.structs.asdict(progress_view(job, datetime.datetime.now(datetime.UTC)))
    told = {**progress, **msgspec.structs.asdict(job_view(job)), "version": str(job.version)}
    document, version = msgspec.json.encode(told), str(job.version)
    listed = job.parent_id is None and not (isinstance(job, Job) and job.dry_run)
    as_event = event(document.decode(), name=version)
    return News(job.id, version, job.status.ended, listed, msgspec.Raw(document), as_event)


class Snapshot(Struct, frozen=True):
    """The jobs that a stream of all of them begins with, newest first; one for all that begin together."""

    jobs: Sequence[News]
    document: msgspec.Raw
    event: bytes


def snapshot_of(jobs: Sequence[News]) -> Snapshot:
    """What is told of these jobs."""
    document = msgspec.json.encode({"snapshot": True, "jobs": [news.document for news in jobs]})
    return Snapshot(jobs, msgspec.Raw(document), event(document.decode()))


class Watcher:
    """One stream: of one job, or of all of a tenant. Only the newest of each job waits, however slow its client is."""

    def __init__(self, tenant_id: uuid.UUID, job_id: uuid.UUID | None, known: str = "") -> None:
        self.tenant_id = tenant_id
        self.job_id = job_id
        self.begun = False
        self._closed = False
        self._told: dict[uuid.UUID, str] = {job_id: known} if job_id and known else {}
        self._snapshot: Snapshot | None = None
        self._waiting: dict[uuid.UUID, News] = {}
        self._woken = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Whether the process ends, and the stream with it."""
        return self._closed

    def begin(self, snapshot: Snapshot | None) -> None:
        """Tell what is there, first of all; who watches one job has its next news for that."""
        self.begun = True
        if snapshot:
            self._snapshot = snapshot
            self._told |= {news.job_id: news.version for news in snapshot.jobs if not news.ended}
            self._woken.set()

    def tell(self, news: News) -> None:
        """Tell of a job, unless nothing has changed since it was told last."""
        wanted = news.listed if self.job_id is None else news.job_id == self.job_id
        if not self.begun or not wanted or self._told.get(news.job_id) == news.version:
            return
        self._told[news.job_id] = news.version
        if news.ended and self.job_id is None:
            del self._told[news.job_id]
        self._waiting[news.job_id] = news
        self._woken.set()

    def close(self) -> None:
        """End the stream."""
        self._closed = True
        self._woken.set()

    async def news(self, patience_s: float) -> list[Snapshot | News]:
        """What is to be told next; nothing where there has been nothing for so long."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._woken.wait()
        self._woken.clear()
        told: list[Snapshot | News] = [self._snapshot] if self._snapshot else []
        told += self._waiting.values()
        self._snapshot, self._waiting = None, {}
        return told
