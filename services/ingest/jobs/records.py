"""The records of a job: which were refused and why, and by which ids the others are in the database."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from functools import partial
from itertools import chain
from typing import TypeVar

import falcon
import msgspec

from libs.contracts.answers import ErrorPage
from libs.contracts.chunks import RecordErrors, RecordErrorView, RowErrorView, error_views
from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.identity.callers import Caller
from libs.lookup import page_tokens
from libs.lookup.everything import AnyJobs
from libs.lookup.jobs import JobLookup
from libs.lookup.outcomes import error_formats
from libs.lookup.slots import Slots
from libs.mending.loads.records import LoadRecords
from services.ingest.http.auth import require
from services.ingest.http.parameters import job_id, known_parameters, preferred
from services.ingest.http.streams import Streamed
from services.ingest.jobs import id_formats

ERRORS_PAGE = 500
"""Errors; a record has `MOST_FAULTS` at most, of a few hundred bytes each."""
NDJSON = "application/x-ndjson"
CSV = "text/csv"
LAST_ROW = (1 << 63) - 1
"""A file has more rows than a batch has records."""

Page = TypeVar("Page")


class RecordResource:
    """Errors, rejects and ids below /api/v1/jobs/{job}."""

    def __init__(self, jobs: AnyJobs, lookup: JobLookup, loads: LoadRecords, streams: Slots) -> None:
        self._jobs = jobs
        self._lookup = lookup
        self._loads = loads
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
            return
        pages = ([view for each in page for view in each.views] for page in self._errors(found))
        if media == CSV:
            write = partial(error_formats.as_csv, kind=RecordErrorView if isinstance(found, Job) else RowErrorView)
            self._stream(resp, found, f"{CSV}; charset=utf-8; header=present", pages, write)
            resp.downloadable_as = f"errors-{found.id}.csv"
        else:
            self._stream(resp, found, NDJSON, pages, error_formats.as_ndjson)

    def on_get_rejects(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """The rejected records as they came: personal data, which whoever may see jobs may not see yet."""
        found = self._owned(require(req, "rejects:read", "jobs:write"), job)
        if isinstance(found, Job):
            _acceptable(req, NDJSON, "application/ndjson")
            pages = self._lookup.reject_pages(found, raw=True)
            self._stream(resp, found, NDJSON, pages, error_formats.raw_records)
            return
        rows = self._loads.rejects(found)
        _acceptable(req, rows.media.partition(";")[0], "application/octet-stream", NDJSON, CSV)
        self._stream(resp, found, rows.media, rows.pieces, iter)
        resp.downloadable_as = f"rejects-{found.id}.{rows.ending}"

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

    def _errors(self, job: Job | Task, *, after: int = -1) -> Generator[Sequence[RecordErrors]]:
        """Pages of records with errors whose index is above `after`."""
        if isinstance(job, Task):
            yield from self._loads.errors(job, after=after)
            return
        for page in self._lookup.reject_pages(job, after=after, raw=False):
            yield [RecordErrors(reject.index, error_views(reject)) for reject in page]

    def _errors_page(self, req: falcon.Request, resp: falcon.Response, job: Job | Task) -> None:
        """Errors of whole records, as many as fit into a page."""
        last = page_tokens.read_index_token(job.id, req.params.get("page_token"), LAST_ROW)
        views: list[RecordErrorView] = []
        token = None
        with closing(self._errors(job, after=last)) as pages:
            for each in chain.from_iterable(pages):
                if views and len(views) + len(each.views) > ERRORS_PAGE:
                    token = page_tokens.after_index(job.id, last)
                    break
                views += each.views
                last = each.index
        resp.data = msgspec.json.encode(ErrorPage(views, token))

    def _stream(
        self,
        resp: falcon.Response,
        job: Job | Task,
        media: str,
        pages: Iterator[Page],
        write: Callable[[Iterable[Page]], Iterator[bytes]],
    ) -> None:
        """Stream an answer. Its first page is read here, so that a store that is away is still a clean 503."""
        answer = Streamed(self._streams, job.tenant_id)
        first = next(pages, None)

        def all_pages() -> Iterator[Page]:
            if first is not None:
                yield first
                yield from pages

        answer.pieces = write(all_pages())
        resp.content_type = media
        resp.stream = answer


def _acceptable(req: falcon.Request, *available: str) -> None:
    if preferred(req, *available) is None:
        raise Refusal("NOT_ACCEPTABLE", available=", ".join(dict.fromkeys(available)))
