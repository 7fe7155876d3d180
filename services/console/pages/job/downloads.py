"""/jobs/{id}/errors.csv and /rejects.ndjson."""

import uuid
from collections.abc import Callable, Iterable, Iterator

import falcon.asgi

from libs.contracts.chunks import Reject, error_views
from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.lookup import error_formats
from libs.lookup.everything import AnyJobs
from libs.lookup.jobs import JobLookup
from services.console.http.threads import Threads
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right


class DownloadResource:
    """What can be taken home of a job."""

    def __init__(self, gate: Gate, threads: Threads, jobs: AnyJobs, lookup: JobLookup) -> None:
        self._gate = gate
        self._threads = threads
        self._jobs = jobs
        self._lookup = lookup

    async def on_get_errors(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """Every error, for a spreadsheet."""
        found = await self._find(req, job, Right.VIEW)
        await self._send(resp, found, _as_csv, raw=False)
        resp.content_type = "text/csv; charset=utf-8; header=present"
        resp.downloadable_as = f"errors-{found.id}.csv"

    async def on_get_rejects(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """The rejected records as they came."""
        found = await self._find(req, job, Right.REJECTS)
        await self._send(resp, found, error_formats.raw_records, raw=True)
        resp.content_type = "application/x-ndjson"
        resp.downloadable_as = f"rejects-{found.id}.ndjson"

    async def _find(self, req: falcon.asgi.Request, text: str, right: Right) -> Job:
        person = await self._gate.person(req, right)
        try:
            found = await self._threads.run(self._jobs.find, person.caller.tenant_id, uuid.UUID(text))
        except ValueError as error:
            raise Refusal("JOB_NOT_FOUND") from error
        if not isinstance(found, Job):
            raise Refusal("JOB_NOT_FOUND")
        return found

    async def _send(
        self,
        resp: falcon.asgi.Response,
        job: Job,
        write: Callable[[Iterable[list[Reject]]], Iterator[bytes]],
        *,
        raw: bool,
    ) -> None:
        """Send it as it is read. The first page is read here, so that a store that is away is still a clean 503."""
        pages = self._lookup.reject_pages(job, raw=raw)
        first = await self._threads.run(next, pages, None)

        def all_pages() -> Iterator[list[Reject]]:
            if first is not None:
                yield first
                yield from pages

        resp.stream = self._threads.each(write(all_pages()))


def _as_csv(pages: Iterable[list[Reject]]) -> Iterator[bytes]:
    return error_formats.as_csv([view for reject in page for view in error_views(reject)] for page in pages)
