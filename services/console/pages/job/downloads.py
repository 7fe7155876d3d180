"""/jobs/{id}/errors.csv, /errors.xlsx and /rejects."""

import uuid
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TypeVar

import falcon.asgi

from libs.contracts.chunks import RecordErrorView, RowErrorView, error_views
from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.load import LOAD
from libs.lookup.everything import AnyJobs
from libs.lookup.jobs import JobLookup
from libs.lookup.outcomes import error_formats
from libs.lookup.slots import Slots
from libs.mending.loads.records import LoadRecords
from services.console.http.threads import Threads
from services.console.pages.job.workbook import MOST, as_xlsx
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

Page = TypeVar("Page")

WORKBOOKS = 2
"""That are made at once in a process, one a tenant: each holds a thread until it is whole."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class DownloadResource:
    """What can be taken home of a batch or a load."""

    def __init__(
        self, view: View, gate: Gate, threads: Threads, jobs: AnyJobs, lookup: JobLookup, loads: LoadRecords
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._jobs = jobs
        self._lookup = lookup
        self._loads = loads
        self._workbooks = Slots(WORKBOOKS, 1)

    async def on_get_errors(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """Every error, for a spreadsheet."""
        found = await self._find(req, job, Right.VIEW)
        pieces = error_formats.as_csv(await self._begun(self._errors(found)), kind=_kind(found))
        await self._send(resp, pieces, "text/csv; charset=utf-8; header=present", f"errors-{found.id}.csv")

    async def on_get_workbook(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """The same as a workbook."""
        found = await self._find(req, job, Right.VIEW)
        speech = self._view.speech(req)
        pages = await self._begun(self._errors(found))
        pieces = as_xlsx(pages, _kind(found), speech.t("JOB_XLSX_CUT", n=speech.number(MOST)))
        await self._send(resp, self._in_turn(found.tenant_id, pieces), XLSX, f"errors-{found.id}.xlsx")

    async def on_get_rejects(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """What was rejected, as it came: records of a batch, rows of a load's file."""
        found = await self._find(req, job, Right.REJECTS)
        if isinstance(found, Job):
            pages = await self._begun(self._lookup.reject_pages(found, raw=True))
            pieces = error_formats.raw_records(pages)
            await self._send(resp, pieces, "application/x-ndjson", f"rejects-{found.id}.ndjson")
        else:
            rows = await self._threads.run(self._loads.rejects, found)
            await self._send(resp, rows.pieces, rows.media, f"rejects-{found.id}.{rows.ending}")

    async def _find(self, req: falcon.asgi.Request, text: str, right: Right) -> Job | Task:
        person = await self._gate.person(req, right)
        try:
            found = await self._threads.run(self._jobs.find, person.caller.tenant_id, uuid.UUID(text))
        except ValueError as error:
            raise Refusal("JOB_NOT_FOUND") from error
        if found is None or (isinstance(found, Task) and found.type != LOAD.name):
            raise Refusal("JOB_NOT_FOUND")
        return found

    def _errors(self, job: Job | Task) -> Iterator[Sequence[RecordErrorView]]:
        if isinstance(job, Task):
            return ([view for each in page for view in each.views] for page in self._loads.errors(job))
        pages = self._lookup.reject_pages(job, raw=False)
        return ([view for reject in page for view in error_views(reject)] for page in pages)

    def _in_turn(self, tenant_id: uuid.UUID, pieces: Iterator[bytes]) -> Iterator[bytes]:
        if not self._workbooks.take(tenant_id):
            raise Refusal("CONSOLE_BUSY")
        try:
            yield from pieces
        finally:
            self._workbooks.give_back(tenant_id)

    async def _begun(self, pages: Iterator[Page]) -> Iterator[Page]:
        """The pages, of which the first is read here, so that a store that is away is still a clean 503."""
        first = await self._threads.run(next, pages, None)
        return iter(()) if first is None else chain([first], pages)

    async def _send(self, resp: falcon.asgi.Response, pieces: Iterator[bytes], media: str, name: str) -> None:
        """Send it as it is made."""
        first = await self._threads.run(next, pieces, b"")
        resp.stream = self._threads.each(filter(None, chain([first], pieces)))
        resp.content_type = media
        resp.downloadable_as = name


def _kind(job: Job | Task) -> type[RecordErrorView]:
    return RecordErrorView if isinstance(job, Job) else RowErrorView
