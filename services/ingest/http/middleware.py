"""What happens around every request: its id, its trace, one log line, its metrics."""

import re
import time
import uuid

import falcon
import structlog

from libs.identity.tokens import TokenVerifier
from libs.telemetry.metrics import REQUEST_SECONDS, REQUESTS
from libs.telemetry.tracing import continue_trace, trace_id
from services.ingest.http.body import BodyReader

log = structlog.get_logger()

_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
_QUIET = ("/livez", "/readyz")
FIRST_REFUSAL = 400


class RequestScope:
    """Gives each request its context and reports it at its end."""

    def __init__(self, verifier: TokenVerifier, bodies: BodyReader) -> None:
        self._verifier = verifier
        self._bodies = bodies

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Name the request and put it into its trace."""
        given = req.get_header("X-Request-ID")
        context = req.context
        context.started = time.perf_counter()
        context.request_id = given if given and _REQUEST_ID.fullmatch(given) else str(uuid.uuid4())
        context.traceparent = continue_trace(req.get_header("traceparent"))
        context.verifier = self._verifier
        context.subject = ""
        structlog.contextvars.bind_contextvars(request_id=context.request_id, trace_id=trace_id(context.traceparent))
        resp.set_header("X-Request-ID", context.request_id)

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, ok: object) -> None:
        """Report the request; a path is reported as its template, so that ids stay out of metrics and logs."""
        seconds = time.perf_counter() - req.context.started
        if resp.status_code >= FIRST_REFUSAL and req.method == "POST":
            self._bodies.answer_first(req, resp)
        route = req.uri_template or "unknown"
        method = req.method if req.method in falcon.HTTP_METHODS else "other"
        REQUESTS.labels(route, method, str(resp.status_code)).inc()
        REQUEST_SECONDS.labels(route).observe(seconds)
        if route not in _QUIET:
            log.info("request", route=route, method=method, status=resp.status_code, seconds=round(seconds, 4))
        structlog.contextvars.unbind_contextvars("request_id", "trace_id")
