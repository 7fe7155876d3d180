"""The records of a job: which were refused and why, and by which ids the others are in the database."""

from collections.abc import Callable, Iterable, Iterator
from itertools import chain

import falcon
import msgspec

from libs.contracts.answers import ErrorPage
from libs.contracts.chunks import RecordErrorView, Reject, error_views
from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.identity.callers import Caller
from libs.lookup.everything import AnyJobs
from libs.lookup.jobs import JobLookup
from libs.lookup.slots import Slots
from services.ingest.http.auth import require
from services.ingest.http.parameters import job_id, known_parameters, preferred
from services.ingest.http.streams import Streamed
from services.ingest.jobs import error_formats, id_formats, page_tokens

ERRORS_PAGE = 500
"""Errors; a record has `MOST_FAULTS` at most, of a few hundred bytes each."""
NDJSON = "application/x-ndjson"
CSV = "text/csv"


class RecordResource:
    """Errors, rejects and ids below /api/v1/jobs/{job}."""

    def __init__(self, jobs: AnyJobs, lookup: JobLookup, streams: Slots) -> None:
        self._jobs = jobs
        self._lookup = lookup
        self._streams = streams

    def on_get_errors(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """Records' errors: pages of JSON, or all of them as CSV or NDJSON."""
        found = self._find(req, job)
        known_parameters(req, "page_token")
        media = preferred(req, "application/json", CSV, NDJSON)
        if media is None:
            raise Refusal("NOT_ACCEPTABLE", available=f"application/json, {CSV}, {NDJSON}")
        if media == "application/json":
            self._errors_page(req, resp, found)
        elif media == CSV:
            self._stream(resp, found, f"{CSV}; charset=utf-8; header=present", error_formats.as_csv, raw=False)
            resp.downloadable_as = f"errors-{found.id}.csv"
        else:
            self._stream(resp, found, NDJSON, error_formats.as_ndjson, raw=False)

    def on_get_rejects(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """The rejected records as they came: personal data, which whoever may see jobs may not see yet."""
        found = self._owned(require(req, "rejects:read", "jobs:write"), job)
        if preferred(req, NDJSON, "application/ndjson") is None:
            raise Refusal("NOT_ACCEPTABLE", available=NDJSON)
        self._stream(resp, found, NDJSON, error_formats.raw_records, raw=True)

    def on_get_ids(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """By which ids records are in the database by now: pages of JSON, or all of them as NDJSON."""
        found = self._find(req, job)
        known_parameters(req, "page_token")
        media = preferred(req, "application/json", NDJSON)
        if media is None:
            raise Refusal("NOT_ACCEPTABLE", available=f"application/json, {NDJSON}")
        after = page_tokens.read_index_token(found.id, req.params.get("page_token"))
        ids = self._lookup.ids(found, after=after) if isinstance(found, Job) else iter(())
        if media == NDJSON:
            answer = Streamed(self._streams, found.tenant_id)
            answer.pieces = id_formats.as_ndjson(ids)
            resp.content_type, resp.stream = NDJSON, answer
        else:
            resp.data = id_formats.as_page(found.id, ids)

    def _find(self, req: falcon.Request, text: str) -> Job | Task:
        return self._owned(require(req, "jobs:read"), text)

    def _owned(self, caller: Caller, text: str) -> Job | Task:
        found = self._jobs.find(caller.tenant_id, job_id(text))
        if found is None:
            raise Refusal("JOB_NOT_FOUND")
        return found

    def _reject_pages(self, job: Job | Task, *, after: int = -1, raw: bool) -> Iterator[list[Reject]]:
        """Of a job that has records of its own."""
        return self._lookup.reject_pages(job, after=after, raw=raw) if isinstance(job, Job) else iter(())

    def _errors_page(self, req: falcon.Request, resp: falcon.Response, job: Job | Task) -> None:
        """Errors of whole records, as many as fit into a page; worded one record at a time."""
        last = page_tokens.read_index_token(job.id, req.params.get("page_token"))
        views: list[RecordErrorView] = []
        token = None
        for reject in chain.from_iterable(self._reject_pages(job, after=last, raw=False)):
            if views and len(views) + len(reject.faults) > ERRORS_PAGE:
                token = page_tokens.after_index(job.id, last)
                break
            views += error_views(reject)
            last = reject.index
        resp.data = msgspec.json.encode(ErrorPage(views, token))

    def _stream(
        self,
        resp: falcon.Response,
        job: Job | Task,
        media: str,
        write: Callable[[Iterable[list[Reject]]], Iterator[bytes]],
        *,
        raw: bool,
    ) -> None:
        """Stream an answer. Its first page is read here, so that a store that is away is still a clean 503."""
        answer = Streamed(self._streams, job.tenant_id)
        pages = self._reject_pages(job, raw=raw)
        first = next(pages, None)

        def all_pages() -> Iterator[list[Reject]]:
            if first is not None:
                yield first
                yield from pages

        answer.pieces = write(all_pages())
        resp.content_type = media
        resp.stream = answer
