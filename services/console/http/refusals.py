"""Turns everything that can go wrong with a request into an answer: problem+json for programs, a page for people."""

from collections.abc import Callable
from typing import Any

import falcon
import falcon.asgi
import psycopg
import redis
import structlog

from libs.contracts.refusals import Refusal, problem_document
from libs.jobs.server.refusals import refusal_of

log = structlog.get_logger()

PROBLEM_JSON = "application/problem+json"
_BY_STATUS = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}

Show = Callable[[falcon.asgi.Request, falcon.asgi.Response, Refusal], None]
"""Makes the page that shows a refusal."""


class Refusals:
    """Handles errors of an application; pages are made by `show`."""

    def __init__(self, show: Show) -> None:
        self._show = show

    def install(self, app: "falcon.asgi.App[Any, Any]") -> None:
        """Register the handlers."""
        app.add_error_handler(Exception, self._unexpected)
        app.add_error_handler(falcon.HTTPError, self._http_error)
        app.add_error_handler(redis.RedisError, self._redis_away)
        app.add_error_handler(psycopg.Error, self._postgres_away)
        app.add_error_handler(Refusal, self._refused)

    async def _refused(self, req: Any, resp: Any, error: Refusal, params: Any, ws: Any = None) -> None:
        if ws is not None:
            await ws.close()  # before it was accepted: the handshake is answered with 403
            return
        resp.status = error.problem.status
        if error.problem.retryable:
            resp.set_header("Retry-After", "2")
        for name, value in error.headers.items():
            resp.set_header(name, value)
        if _is_api(req) or not _wants_page(req):
            _as_problem(req, resp, error)
        else:
            self._show(req, resp, error)

    async def _http_error(self, req: Any, resp: Any, error: falcon.HTTPError, params: Any, ws: Any = None) -> None:
        code = _BY_STATUS.get(error.status_code, "BAD_REQUEST")
        if code == "NOT_FOUND" and not _is_api(req):
            code = "PAGE_NOT_FOUND"
        headers = dict(error.headers or {}) if code == "METHOD_NOT_ALLOWED" else {}
        await self._refused(req, resp, Refusal(code, headers=headers), params, ws)

    async def _redis_away(self, req: Any, resp: Any, error: redis.RedisError, params: Any, ws: Any = None) -> None:
        log.warning("redis_unavailable", exc_info=error)
        await self._refused(req, resp, refusal_of(error), params, ws)

    async def _postgres_away(self, req: Any, resp: Any, error: psycopg.Error, params: Any, ws: Any = None) -> None:
        log.warning("postgres_unavailable", exc_info=error)
        await self._refused(req, resp, Refusal("DATABASE_UNAVAILABLE"), params, ws)

    async def _unexpected(self, req: Any, resp: Any, error: Exception, params: Any, ws: Any = None) -> None:
        log.error("unexpected_error", exc_info=error, where=_where(error))
        await self._refused(req, resp, Refusal("INTERNAL"), params, ws)


def _is_api(req: falcon.asgi.Request) -> bool:
    return req.path.startswith("/api/")


def _wants_page(req: falcon.asgi.Request) -> bool:
    return "text/html" in (req.get_header("Accept") or "") or req.get_header("HX-Request") is not None


def _as_problem(req: falcon.asgi.Request, resp: falcon.asgi.Response, refusal: Refusal) -> None:
    resp.content_type = PROBLEM_JSON
    resp.data = problem_document(refusal, req.context.request_id)
    if refusal.problem.status == falcon.http_status_to_code(falcon.HTTP_401):
        resp.set_header("WWW-Authenticate", 'Bearer realm="sluice"')


def _where(error: BaseException) -> str:
    """File and line of an error: enough to find it, and nothing of what the client sent."""
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
