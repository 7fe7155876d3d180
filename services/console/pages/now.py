"""/: what happens now."""

import asyncio
import datetime
import uuid

import falcon.asgi
from msgspec import Struct

from libs.contracts.filters import OPEN, JobFilter
from libs.contracts.jobs import Job, JobStatus
from libs.contracts.tasks.kinds import Task
from libs.contracts.views import progress_view
from libs.lookup.pages import JobPages
from services.console.http.threads import Threads
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

RUNNING_SHOWN, LAST_SHOWN = 12, 6
LOOKED_AT = 200
"""Open jobs whose counters are added up."""
STREAM = "/api/v1/events"


class Now(Struct, frozen=True):
    """What is open, and what was last."""

    open: list[Job | Task]
    failed: list[Job | Task]
    ended: list[Job | Task]

    @property
    def pending(self) -> int:
        """Records that are under way."""
        return sum(job.records.pending for job in self.open)

    def rate(self, now: datetime.datetime) -> float:
        """Records a second, of all that runs."""
        return sum(progress_view(job, now).records_per_second for job in self.open)

    def oldest_s(self, now: datetime.datetime) -> float | None:
        """How long the oldest open job waits."""
        return max(((now - job.created_at).total_seconds() for job in self.open), default=None)


class NowResource:
    """The first page."""

    def __init__(self, view: View, gate: Gate, threads: Threads, pages: JobPages) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._pages = pages

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """What runs, and what has ended last."""
        person = await self._gate.person(req, Right.VIEW)
        tenant_id = person.caller.tenant_id
        ended = tuple(status for status in JobStatus if status.ended)
        lists = await asyncio.gather(
            self._list(tenant_id, OPEN, LOOKED_AT),
            self._list(tenant_id, (JobStatus.FAILED,), LAST_SHOWN),
            self._list(tenant_id, ended, LAST_SHOWN),
        )
        shown = Now(*lists)
        self._view.show(
            req, resp, "now.html", person, shown=shown, running=shown.open[:RUNNING_SHOWN], stream=STREAM,
            looked_at=LOOKED_AT,
        )  # fmt: skip

    async def _list(self, tenant_id: uuid.UUID, statuses: tuple[JobStatus, ...], limit: int) -> list[Job | Task]:
        wanted = JobFilter(statuses=statuses)
        page = await self._threads.run(lambda: self._pages.page(tenant_id, wanted, before=None, limit=limit))
        return page.jobs
