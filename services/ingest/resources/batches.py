"""POST /api/v1/tenants/{tenant_id}/batch/{entity} and …/async."""

import time
from typing import Any

import falcon
import msgspec

from libs.contracts.jobs import Job, JobStatus
from libs.contracts.texts import worded
from libs.telemetry.metrics import ACCEPT_SECONDS, BATCH_BYTES, BATCH_RECORDS, RECORDS_SUBMITTED
from services.ingest import batch_answers
from services.ingest.admission import Admission
from services.ingest.auth import Caller, require_tenant
from services.ingest.body import BodyReader
from services.ingest.intake import Intake, Request, Ticket, is_refused
from services.ingest.job_lookup import JobLookup
from services.ingest.options import BatchOptions, batch_options, wants_json
from services.ingest.refusals import Refusal
from services.ingest.validation import Verdict, decoding_slot, validate
from services.ingest.waiting import JobWaiter

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
        caller = require_tenant(req, "ingest:write", tenant_id)
        options = batch_options(req, entity)
        self._take(req, resp, caller, options, f"{entity}", options.wait_s)

    def on_post_async(self, req: falcon.Request, resp: falcon.Response, tenant_id: str, entity: str) -> None:
        """Take a batch; a dry run is waited for here too, since its report is its only result."""
        caller = require_tenant(req, "ingest:write", tenant_id)
        options = batch_options(req, entity)
        self._take(req, resp, caller, options, f"{entity}/async", options.wait_s if options.dry_run else 0.0)

    def _take(
        self,
        req: falcon.Request,
        resp: falcon.Response,
        caller: Caller,
        options: BatchOptions,
        route: str,
        wait_s: float,
    ) -> None:
        wants_json(req)
        self._bodies.check_headers(req)
        self._admission.check(caller.tenant_id)
        request = Request(caller, req.context.request_id, req.context.traceparent, route)
        verdict, ticket = self._accept(req, request, options)
        if ticket.replayed:
            resp.set_header("Idempotent-Replayed", "true")
        self._answer(resp, caller, options, verdict, ticket, wait_s)

    def _accept(self, req: falcon.Request, request: Request, options: BatchOptions) -> tuple[Verdict, Ticket]:
        """Read, validate and store a batch; its body and its records are let go before anybody waits."""
        started = time.perf_counter()
        with self._bodies.reading(req) as body:
            fingerprint = options.fingerprint(body) if options.key else ""
            with decoding_slot():
                batch = validate(options.entity, options.kind, body)
                prepared = self._intake.prepare(request, options, batch, fingerprint)
            ticket = self._intake.accept(prepared)
            verdict = batch_answers.verdict_on(batch)
            _measure(options, verdict, len(body), time.perf_counter() - started)
        return verdict, ticket

    def _answer(
        self,
        resp: falcon.Response,
        caller: Caller,
        options: BatchOptions,
        batch: Verdict,
        ticket: Ticket,
        wait_s: float,
    ) -> None:
        if is_refused(options, len(batch.indexes), batch.rejected) and not options.dry_run:
            self._waiter.wait(caller.tenant_id, ticket.job_id, min(wait_s, REFUSED_WAIT_S))
            code = "NO_VALID_RECORD" if not batch.indexes else "BATCH_ABORTED"
            raise Refusal(code, members=_none_written(batch, ticket))
        job = self._waiter.wait(caller.tenant_id, ticket.job_id, wait_s) if wait_s or ticket.replayed else None
        if job is None and (wait_s or ticket.replayed):
            job = self._lookup.job(caller.tenant_id, ticket.job_id)
        if job is not None and job.status.ended and (wait_s or options.dry_run):
            self._answer_ended(resp, options, batch, ticket, job)
        else:
            self._answer_open(resp, batch, ticket, job)

    def _answer_open(self, resp: falcon.Response, batch: Verdict, ticket: Ticket, job: Job | None) -> None:
        status, epoch_ms = (job.status, job.epoch_ms) if job else (JobStatus.PENDING, ticket.epoch_ms)
        members = batch_answers.accepted(batch, ticket.job_id, status, epoch_ms)
        resp.status = falcon.HTTP_202
        resp.set_header("Location", members["job_url"])
        resp.set_header("Retry-After", RETRY_AFTER_S)
        resp.data = msgspec.json.encode(members)

    def _answer_ended(
        self, resp: falcon.Response, options: BatchOptions, batch: Verdict, ticket: Ticket, job: Job
    ) -> None:
        members = batch_answers.written(batch, job, ticket.chunks, self._lookup.outcomes(job))
        if not job.records.written and not options.dry_run:
            raise batch_answers.refusal(job, members, abort=options.on_error == "abort")
        resp.status = falcon.HTTP_200 if options.dry_run else falcon.HTTP_201
        resp.set_header("Location", members["job_url"])
        resp.data = msgspec.json.encode(members)


def _none_written(batch: Verdict, ticket: Ticket) -> dict[str, Any]:
    members = batch_answers.accepted(batch, ticket.job_id, JobStatus.FAILED, ticket.epoch_ms)
    message, message_vi = worded("BATCH_REFUSED")
    return {**members, batch.entity.ids_member: [], "message": message, "message_vi": message_vi}


def _measure(options: BatchOptions, batch: Verdict, size: int, seconds: float) -> None:
    name = options.entity.name
    ACCEPT_SECONDS.labels(name).observe(seconds)
    BATCH_RECORDS.labels(name).observe(batch.total)
    BATCH_BYTES.labels(name).observe(size)
    RECORDS_SUBMITTED.labels(name, "accepted").inc(len(batch.indexes))
    RECORDS_SUBMITTED.labels(name, "rejected").inc(batch.rejected)
