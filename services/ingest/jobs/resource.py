"""/api/v1/jobs: lists, shows, cancels and retries jobs, and hands out their errors."""

import datetime
import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import get_args

import falcon
import msgspec

from libs.broker.publisher import Publisher
from libs.contracts.answers import ErrorPage, JobPage, job_view, progress_view
from libs.contracts.chunks import RecordErrorView, Reject, error_views
from libs.contracts.jobs import STATUS_VI, Job, JobStatus, RetryStrategy
from libs.contracts.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.identity.callers import Caller
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.jobs.store import JobStore
from libs.jobs.values import Changed
from libs.lookup.jobs import JobLookup
from libs.lookup.pages import JobFilter, JobPages
from libs.lookup.slots import Slots
from services.ingest.http.auth import require
from services.ingest.http.parameters import choice, job_id, known_parameters, number, preferred, wants_json
from services.ingest.http.streams import Streamed
from services.ingest.jobs import error_formats, id_formats, page_tokens

LARGEST_PAGE = 200
DEFAULT_PAGE = 50
ERRORS_PAGE = 500
"""Errors; a record has `MOST_FAULTS` at most, of a few hundred bytes each."""
NDJSON = "application/x-ndjson"
CSV = "text/csv"


class JobResource:
    """Everything below /api/v1/jobs."""

    def __init__(
        self, store: JobStore, lookup: JobLookup, pages: JobPages, publisher: Publisher, streams: Slots
    ) -> None:
        self._store = store
        self._streams = streams
        self._lookup = lookup
        self._pages = pages
        self._publisher = publisher

    def on_get_list(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of the tenant's jobs, newest first."""
        caller = require(req, "jobs:read")
        wants_json(req)
        known_parameters(req, "status", "entity", "limit", "page_token")
        limit = number(req, "limit", DEFAULT_PAGE, 1, LARGEST_PAGE)
        status = choice(req, "status", tuple(map(str, JobStatus)), None)
        entity = choice(req, "entity", tuple(ENTITIES), None)
        page = self._pages.page(
            caller.tenant_id,
            JobFilter(
                statuses=(JobStatus(status),) if status else tuple(JobStatus),
                entities=(entity,) if entity else tuple(ENTITIES),
            ),
            before=page_tokens.read_job_token(req.params.get("page_token")),
            limit=limit,
        )
        token = page_tokens.after_job(page.after) if page.after else None
        resp.data = msgspec.json.encode(JobPage([job_view(job) for job in page.jobs], token))

    def on_get(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """One job; 304 while nothing that is shown has changed."""
        found = self._find(req, job)
        wants_json(req)
        body = msgspec.json.encode(job_view(found))
        etag = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'
        resp.set_header("ETag", etag)
        resp.set_header("Cache-Control", "private, no-cache")
        if _matches(req.get_header("If-None-Match"), etag):
            resp.status = falcon.HTTP_304
            return
        resp.data = body

    def on_get_progress(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """How far a job is."""
        found = self._find(req, job)
        wants_json(req)
        resp.set_header("Cache-Control", "no-store")
        resp.data = msgspec.json.encode(progress_view(found, datetime.datetime.now(datetime.UTC)))

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
        ids = self._lookup.ids(found, after=page_tokens.read_index_token(req.params.get("page_token")))
        if media == NDJSON:
            answer = Streamed(self._streams, found.tenant_id)
            answer.pieces = id_formats.as_ndjson(ids)
            resp.content_type, resp.stream = NDJSON, answer
        else:
            resp.data = id_formats.as_page(ids)

    def on_post_cancel(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """Ask for a job's end."""
        caller = require(req, "jobs:write")
        wants_json(req)
        found = self._owned(caller, job)
        entry = audit_entry(_origin(req, caller), "job.cancel", found.id, found.entity, {})
        self._changed(resp, found, self._store.cancel(caller.tenant_id, found.id, entry), "JOB_HAS_ENDED")

    def on_post_retry(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """Try a job's failed chunks again."""
        caller = require(req, "jobs:write")
        wants_json(req)
        known_parameters(req, "strategy")
        strategy = choice(req, "strategy", get_args(RetryStrategy), "transient")
        found = self._owned(caller, job)
        entry = audit_entry(_origin(req, caller), "job.retry", found.id, found.entity, {"chunks": found.chunks.failed})
        changed = self._store.retry(caller.tenant_id, found.id, strategy, entry)
        self._changed(resp, found, changed, "JOB_IS_OPEN" if changed.result == "open" else "NOTHING_TO_RETRY")

    def _find(self, req: falcon.Request, text: str) -> Job:
        return self._owned(require(req, "jobs:read"), text)

    def _owned(self, caller: Caller, text: str) -> Job:
        found = self._lookup.job(caller.tenant_id, job_id(text))
        if found is None:
            raise Refusal("JOB_NOT_FOUND")
        return found

    def _changed(self, resp: falcon.Response, job: Job, changed: Changed, reason: str) -> None:
        """Answer 202 where something was set going, else 409 for this reason."""
        if changed.result not in ("cancelling", "retrying"):
            gone = changed.result == "gone" and reason == "NOTHING_TO_RETRY"
            why, why_vi = worded("PAYLOAD_FORGOTTEN" if gone else reason)
            status = changed.status or job.status
            raise Refusal("JOB_STATE", status=status.value, status_vi=STATUS_VI[status], reason=why, reason_vi=why_vi)
        self._publisher.publish(changed.refs)
        now = job_view(self._lookup.job(job.tenant_id, job.id) or job)
        resp.status = falcon.HTTP_202
        resp.set_header("Location", now.links.self)
        resp.data = msgspec.json.encode(now)

    def _errors_page(self, req: falcon.Request, resp: falcon.Response, job: Job) -> None:
        """Errors of whole records, as many as fit into a page; worded one record at a time."""
        last = page_tokens.read_index_token(req.params.get("page_token"))
        views: list[RecordErrorView] = []
        token = None
        for reject in chain.from_iterable(self._lookup.reject_pages(job, after=last, raw=False)):
            if views and len(views) + len(reject.faults) > ERRORS_PAGE:
                token = page_tokens.after_index(last)
                break
            views += error_views(reject)
            last = reject.index
        resp.data = msgspec.json.encode(ErrorPage(views, token))

    def _stream(
        self,
        resp: falcon.Response,
        job: Job,
        media: str,
        write: Callable[[Iterable[list[Reject]]], Iterator[bytes]],
        *,
        raw: bool,
    ) -> None:
        """Stream an answer. Its first page is read here, so that a store that is away is still a clean 503."""
        answer = Streamed(self._streams, job.tenant_id)
        pages = self._lookup.reject_pages(job, raw=raw)
        first = next(pages, None)

        def all_pages() -> Iterator[list[Reject]]:
            if first is not None:
                yield first
                yield from pages

        answer.pieces = write(all_pages())
        resp.content_type = media
        resp.stream = answer


def _matches(header: str | None, etag: str) -> bool:
    """Whether If-None-Match names this ETag; weak comparison (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in (header or "").split(",")]
    return etag in tags or tags == ["*"]


def _origin(req: falcon.Request, caller: Caller) -> Origin:
    return Origin(caller, req.context.request_id, req.context.traceparent, "")
