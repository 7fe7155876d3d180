"""Turns everything that can go wrong with a request into problem+json (RFC 9457), in two languages."""

from typing import Any

import falcon
import psycopg
import redis
import structlog

from libs.contracts.refusals import Refusal, problem_document
from libs.jobs.server.refusals import refusal_of
from libs.telemetry.metrics.requests import PROBLEMS

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
_BY_STATUS = {
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    406: "NOT_ACCEPTABLE",
    411: "LENGTH_REQUIRED",
    413: "BODY_TOO_LARGE",
}


def answer(req: falcon.Request, resp: falcon.Response, refusal: Refusal) -> None:
    """Make the response a problem document."""
    PROBLEMS.labels(refusal.problem.code).inc()
    resp.status = refusal.problem.status
    resp.content_type = PROBLEM_JSON
    resp.data = problem_document(refusal, req.context.request_id)
    if refusal.problem.retryable:
        resp.set_header("Retry-After", "2")
    if refusal.problem.status == falcon.http_status_to_code(falcon.HTTP_401):
        resp.set_header("WWW-Authenticate", 'Bearer realm="sluice"')
    for name, value in refusal.headers.items():
        resp.set_header(name, value)


def _refused(req: falcon.Request, resp: falcon.Response, error: Refusal, params: dict[str, Any]) -> None:
    answer(req, resp, error)


def _http_error(req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError, params: dict[str, Any]) -> None:
    code = _BY_STATUS.get(error.status_code, "BAD_REQUEST")
    headers = dict(error.headers or {}) if error.status_code == falcon.http_status_to_code(falcon.HTTP_405) else {}
    answer(req, resp, Refusal(code, headers=headers, available="application/json", limit=0))


def _redis_away(req: falcon.Request, resp: falcon.Response, error: redis.RedisError, params: dict[str, Any]) -> None:
    log.warning("redis_unavailable", exc_info=error)
    answer(req, resp, refusal_of(error))


def _postgres_away(req: falcon.Request, resp: falcon.Response, error: psycopg.Error, params: dict[str, Any]) -> None:
    log.warning("postgres_unavailable", exc_info=error)
    answer(req, resp, Refusal("DATABASE_UNAVAILABLE"))


def _unexpected(req: falcon.Request, resp: falcon.Response, error: Exception, params: dict[str, Any]) -> None:
    log.error("unexpected_error", exc_info=error, where=_where(error))
    answer(req, resp, Refusal("INTERNAL"))


def _where(error: BaseException) -> str:
    """File and line of an error: enough to find it, and nothing of what the client sent."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""


def install(app: "falcon.App[Any, Any]") -> None:
    """Register the handlers."""
    app.add_error_handler(Exception, _unexpected)
    app.add_error_handler(falcon.HTTPError, _http_error)
    app.add_error_handler(redis.RedisError, _redis_away)
    app.add_error_handler(psycopg.Error, _postgres_away)
    app.add_error_handler(Refusal, _refused)
