"""/api/v1/jobs: lists, shows, cancels and retries jobs of every type."""

import datetime
import hashlib
from typing import get_args

import falcon
import msgspec

from libs.contracts.answers import JobPage, LogPage
from libs.contracts.jobs import Job, RetryStrategy
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.views import job_view, line_view, progress_view
from libs.identity.callers import Caller
from libs.lookup import page_tokens
from libs.lookup.everything import AnyJobs
from libs.lookup.pages import JobPages
from libs.steering.jobs import Steering
from services.ingest.http.auth import origin_of, require
from services.ingest.http.parameters import choice, job_id, known_parameters, number, wants_json
from services.ingest.jobs.filters import FILTERS, job_filter
from services.ingest.jobs.reasons import ReasonReader

LARGEST_PAGE = 200
DEFAULT_PAGE = 50
STORY_PAGE = 200
LAST_LINE = (1 << 63) - 1


class JobResource:
    """Everything below /api/v1/jobs, but for the records of a job."""

    def __init__(self, jobs: AnyJobs, pages: JobPages, steering: Steering, reasons: ReasonReader) -> None:
        self._jobs = jobs
        self._pages = pages
        self._steering = steering
        self._reasons = reasons

    def on_get_list(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of the tenant's jobs, newest first."""
        caller = require(req, "jobs:read")
        wants_json(req)
        known_parameters(req, *FILTERS, "limit", "page_token")
        limit = number(req, "limit", DEFAULT_PAGE, 1, LARGEST_PAGE)
        before = page_tokens.read_job_token(caller.tenant_id, req.params.get("page_token"))
        page = self._pages.page(caller.tenant_id, job_filter(req), before=before, limit=limit)
        token = page_tokens.after_job(caller.tenant_id, page.after) if page.after else None
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

    def on_get_log(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """A page of a job's story."""
        found = self._find(req, job)
        wants_json(req)
        known_parameters(req, "page_token")
        after = page_tokens.read_index_token(found.id, req.params.get("page_token"), LAST_LINE)
        lines = self._jobs.story(found, after=after, limit=STORY_PAGE + 1)
        page = [line_view(line, found.type) for line in lines[:STORY_PAGE]]
        token = page_tokens.after_index(found.id, page[-1].seq) if len(lines) > STORY_PAGE else None
        resp.set_header("Cache-Control", "no-store")
        resp.data = msgspec.json.encode(LogPage(page, token))

    def on_post_cancel(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """Ask for a job's end."""
        caller = require(req, "jobs:write")
        wants_json(req)
        found = self._owned(caller, job)
        reason = self._reasons.read(req)
        self._answer_under_way(resp, self._steering.cancel(found, origin_of(req, caller), reason))

    def on_post_retry(self, req: falcon.Request, resp: falcon.Response, job: str) -> None:
        """Try what has failed of a job again."""
        caller = require(req, "jobs:write")
        wants_json(req)
        known_parameters(req, "strategy")
        strategy = choice(req, "strategy", get_args(RetryStrategy), "transient")
        found = self._owned(caller, job)
        reason = self._reasons.read(req)
        self._answer_under_way(resp, self._steering.retry(found, origin_of(req, caller), strategy, reason))

    def _find(self, req: falcon.Request, text: str) -> Job | Task:
        return self._owned(require(req, "jobs:read"), text)

    def _owned(self, caller: Caller, text: str) -> Job | Task:
        found = self._jobs.find(caller.tenant_id, job_id(text))
        if found is None:
            raise Refusal("JOB_NOT_FOUND")
        return found

    def _answer_under_way(self, resp: falcon.Response, job: Job | Task) -> None:
        now = job_view(job)
        resp.status = falcon.HTTP_202
        resp.set_header("Location", now.links.self)
        resp.data = msgspec.json.encode(now)


def _matches(header: str | None, etag: str) -> bool:
    """Whether If-None-Match names this ETag; weak comparison (RFC 9110, 13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in (header or "").split(",")]
    return etag in tags or tags == ["*"]
