"""What happens around every request: its id, one log line, its metrics, and what a browser may do with the answer."""

import time

import falcon
import falcon.asgi
import structlog

from libs.telemetry.metrics.requests import IN_FLIGHT, PROBES, REQUEST_SECONDS, REQUESTS
from libs.telemetry.traces.spans import end_request, of_request
from libs.telemetry.traces.tracing import request_id, trace_id

log = structlog.get_logger()

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing but what the console serves itself; no script and no style stands in a page."""
PROBED = ("/livez", "/readyz")
_STATIC = "/static/"
_QUIET = (*PROBED, "/static/{digest}/{name}")


class RequestScope:
    """Gives each request its context and reports it at its end."""

    async def process_request(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Name the request and put it into its trace."""
        IN_FLIGHT.inc()
        _begin(req, told=req.path not in PROBED and not req.path.startswith(_STATIC))
        resp.set_header("X-Request-ID", req.context.request_id)
        resp.set_header("Content-Security-Policy", POLICY)
        resp.set_header("X-Content-Type-Options", "nosniff")
        # Not `no-referrer`: browsers then say `Origin: null` with a form.
        resp.set_header("Referrer-Policy", "same-origin")
        resp.set_header("Cross-Origin-Resource-Policy", "same-origin")
        resp.set_header("Cache-Control", "no-store")

    async def process_request_ws(self, req: falcon.asgi.Request, ws: falcon.asgi.WebSocket) -> None:
        """The same for a WebSocket, whose metrics are those of streams."""
        _begin(req, told=False)

    async def process_response(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, resource: object, ok: object
    ) -> None:
        """Report the request; a path is reported as its template, so that ids stay out of metrics and logs."""
        if _is_unread(req):
            resp.set_header("Connection", "close")
        IN_FLIGHT.dec()
        seconds = time.perf_counter() - req.context.started
        route = req.uri_template or "unknown"
        method = req.method if req.method in falcon.HTTP_METHODS else "other"
        if route in PROBED:
            PROBES.labels(route, str(resp.status_code)).inc()
        else:
            REQUESTS.labels(route, method, str(resp.status_code)).inc()
            REQUEST_SECONDS.labels(route).observe(seconds)
        end_request(req.context.span, route, method, resp.status_code)
        if route not in _QUIET:
            log.info(
                "request", route=route, method=method, status=resp.status_code, seconds=round(seconds, 4),
                request_id=req.context.request_id, trace_id=trace_id(req.context.traceparent),
            )  # fmt: skip


def _is_unread(req: falcon.asgi.Request) -> bool:
    """Whether the request is answered before its body was read.

    gunicorn ends the connection then, since what is left would be taken for the next request. It says so to nobody:
    a client would send its next form into a connection that is closing, and get no answer.
    """
    has_body = bool(req.content_length) or req.get_header("Transfer-Encoding") is not None
    return has_body and not req.stream.eof


def _begin(req: falcon.asgi.Request, *, told: bool) -> None:
    context = req.context
    context.started = time.perf_counter()
    context.request_id = request_id(req.get_header("X-Request-ID"))
    context.span = of_request(req.get_header("traceparent"), told=told)
    context.traceparent = context.span.traceparent
