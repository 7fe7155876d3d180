"""POST /api/v1/tenants/{tenant_id}/batch/{entity} and …/async."""

import time
import uuid
from typing import Any

import falcon
import msgspec

from libs.contracts.jobs import Job, JobStatus
from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.intake.admission import Admission
from libs.intake.opening import Intake, Ticket
from libs.intake.options import BatchOptions, Origin, is_refused
from libs.intake.validation.batch import Verdict
from libs.lookup.jobs import JobLookup
from libs.lookup.waiting import JobWaiter
from libs.telemetry.metrics.intake import ACCEPT_SECONDS, BATCH_BYTES, BATCH_RECORDS, RECORDS_SUBMITTED
from services.ingest.batches import answers
from services.ingest.batches.options import batch_options
from services.ingest.http.auth import require_tenant
from services.ingest.http.body import BodyReader
from services.ingest.http.headers import wait_seconds
from services.ingest.http.parameters import wants_json

RETRY_AFTER_S = "1"
REFUSED_WAIT_S = 5.0
"""A refused batch is answered once its rejects are stored, so that its links show them, but not later than this."""


class BatchResource:
    """Takes batches."""

    def __init__(
        self, bodies: BodyReader, admission: Admission, intake: Intake, waiter: JobWaiter, lookup: JobLookup
    ) -> None:
        self._bodies = bodies
        self._admission = admission
        self._intake = intake
        self._waiter = waiter
        self._lookup = lookup

    def on_post(self, req: falcon.Request, resp: falcon.Response, tenant_id: str, entity: str) -> None:
        """Take a batch and wait for its end."""
        self._take(req, resp, tenant_id, entity, waits=True)

    def on_post_async(self, req: falcon.Request, resp: falcon.Response, tenant_id: str, entity: str) -> None:
        """Take a batch; a dry run is waited for here too, since its report is its only result."""
        self._take(req, resp, tenant_id, entity, waits=False)

    def _take(self, req: falcon.Request, resp: falcon.Response, tenant_id: str, entity: str, *, waits: bool) -> None:
        """The way of one batch."""
        caller = require_tenant(req, "ingest:write", tenant_id)
        options = batch_options(req, entity)
        wants_json(req)
        self._bodies.check_headers(req)
        self._admission.check(caller.tenant_id)
        route = entity if waits else f"{entity}/async"
        wait_s = wait_seconds(req.get_header("Prefer")) if waits or options.dry_run else 0.0
        origin = Origin(caller, req.context.request_id, req.context.traceparent, route, waits=bool(wait_s))
        started = time.perf_counter()
        with self._bodies.reading(req) as body:
            verdict, ticket = self._intake.take(origin, options, body)
            self._admission.took(caller.tenant_id, body.size)
            _measure(verdict, body.size, time.perf_counter() - started)
        if is_refused(options, len(verdict.indexes), verdict.rejected) and not options.dry_run:
            raise self._refused(verdict, ticket, caller.tenant_id, wait_s)
        if ticket.replayed:
            self._intake.reopen(origin, ticket.job_id)
        job = self._job(caller.tenant_id, ticket, wait_s)
        if ticket.replayed and job is None:
            self._intake.forget(origin, options)
            raise Refusal("JOB_LOST")
        if ticket.replayed or (job is not None and job.opening):
            # A later opening of a job is a repeat that Redis did not know, and PostgreSQL did.
            resp.set_header("Idempotent-Replayed", "true")
        if job is not None and job.status.ended and wait_s:
            self._answer_ended(resp, options, verdict, job)
        else:
            self._answer_open(resp, verdict, ticket, job)

    def _refused(self, verdict: Verdict, ticket: Ticket, tenant_id: uuid.UUID, wait_s: float) -> Refusal:
        self._waiter.wait(tenant_id, ticket.job_id, min(wait_s, REFUSED_WAIT_S))
        code = "NO_VALID_RECORD" if not verdict.indexes else "BATCH_ABORTED"
        return Refusal(code, members=_none_written(verdict, ticket))

    def _job(self, tenant_id: uuid.UUID, ticket: Ticket, wait_s: float) -> Job | None:
        """The job as the answer needs it; of a new one that nobody waits for, everything is known."""
        if not (wait_s or ticket.replayed):
            return None
        return self._waiter.wait(tenant_id, ticket.job_id, wait_s) or self._lookup.job(tenant_id, ticket.job_id)

    def _answer_ended(self, resp: falcon.Response, options: BatchOptions, verdict: Verdict, job: Job) -> None:
        members = answers.written(verdict, job, self._lookup.outcomes(job))
        if not job.records.written and not options.dry_run:
            raise answers.refusal(job, members, abort=options.on_error == "abort")
        resp.status = falcon.HTTP_200 if options.dry_run else falcon.HTTP_201
        resp.set_header("Location", members["job_url"])
        resp.data = msgspec.json.encode(members)

    def _answer_open(self, resp: falcon.Response, verdict: Verdict, ticket: Ticket, job: Job | None) -> None:
        status, epoch_ms = (job.status, job.epoch_ms) if job else (JobStatus.PENDING, ticket.epoch_ms)
        settled = self._lookup.outcomes(job) if job and ticket.replayed else []
        members = answers.accepted(verdict, ticket, status, epoch_ms, settled)
        resp.status = falcon.HTTP_202
        resp.set_header("Location", members["job_url"])
        resp.set_header("Retry-After", RETRY_AFTER_S)
        resp.data = msgspec.json.encode(members)


def _none_written(verdict: Verdict, ticket: Ticket) -> dict[str, Any]:
    members = answers.accepted(verdict, ticket, JobStatus.FAILED, ticket.epoch_ms)
    message, message_vi = worded("BATCH_REFUSED")
    return {**members, verdict.entity.ids_member: [], "message": message, "message_vi": message_vi}


def _measure(verdict: Verdict, size: int, seconds: float) -> None:
    name = verdict.entity.name
    ACCEPT_SECONDS.labels(name).observe(seconds)
    BATCH_RECORDS.labels(name).observe(verdict.total)
    BATCH_BYTES.labels(name).observe(size)
    RECORDS_SUBMITTED.labels(name, "accepted").inc(len(verdict.indexes))
    RECORDS_SUBMITTED.labels(name, "rejected").inc(verdict.rejected)
