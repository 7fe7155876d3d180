"""Answers to requests that never reach the application: problems, like every other refusal."""

from http import HTTPStatus
from typing import Any

import structlog
from gunicorn.http import errors
from gunicorn.util import http_date

from libs.contracts.refusals import Refusal, problem_document
from libs.telemetry.metrics.requests import PROBLEMS, REQUESTS
from libs.telemetry.traces.tracing import request_id
from services.ingest.http.refusals import PROBLEM_JSON

log = structlog.get_logger()

_BY_ERROR: tuple[tuple[type[Exception], str], ...] = (
    (errors.InvalidResponseHeader, "INTERNAL"),
    (errors.InvalidResponseHeaderName, "INTERNAL"),
    (errors.LimitRequestLine, "URI_TOO_LONG"),
    (errors.LimitRequestHeaders, "HEAD_TOO_LARGE"),
    (errors.ExpectationFailed, "EXPECTATION_FAILED"),
    (errors.UnsupportedTransferCoding, "TRANSFER_CODING_UNKNOWN"),
    (errors.InvalidHTTPVersion, "VERSION_NOT_SUPPORTED"),
    (errors.ParseException, "BAD_REQUEST"),
)


def refusal(error: Exception) -> Refusal:
    """The problem that an error of gunicorn, or of ours, stands for."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, errors.InvalidHeader) and _is_repeated(error):
        return Refusal("REPEATED_HEADER", name=error.hdr.title())
    return Refusal(next((code for kind, code in _BY_ERROR if isinstance(error, kind)), "INTERNAL"))


def _is_repeated(error: errors.InvalidHeader) -> bool:
    """Whether gunicorn means that: its errors say no more than the header's name."""
    if error.req is None:
        return False
    counts = [name for name, _ in error.req.headers].count(error.hdr)
    return error.hdr in ("HOST", "CONTENT-TYPE") or (error.hdr == "CONTENT-LENGTH" and counts > 1)


def answer(error: Exception, req: Any) -> bytes:
    """The whole answer; the request is None where not even that could be read. It is logged and counted here."""
    refused = refusal(error)
    req = req or (error.req if isinstance(error, errors.InvalidHeader) else None)
    status = HTTPStatus(refused.problem.status)
    given = dict(req.headers).get("X-REQUEST-ID") if req else None
    name = request_id(given)
    REQUESTS.labels("unknown", "other", str(status.value)).inc()
    PROBLEMS.labels(refused.problem.code).inc()
    if status is HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("unexpected_error", exc_info=error, request_id=name)
    else:
        log.info("request", route="unknown", method="other", status=status.value, request_id=name)
    body = problem_document(refused, name)
    fields = (
        f"HTTP/1.1 {status.value} {status.phrase}", f"Date: {http_date()}", "Connection: close",
        f"Content-Type: {PROBLEM_JSON}", f"Content-Length: {len(body)}", f"X-Request-ID: {name}", "", "",
    )  # fmt: skip
    head = "\r\n".join(fields).encode("ascii")
    return head if req and req.method == "HEAD" else head + body
