"""What happens around every request: its id, its trace, one log line, its metrics."""

import time

import falcon
import structlog

from libs.identity.tokens import TokenVerifier
from libs.telemetry.metrics.requests import IN_FLIGHT, PROBES, REQUEST_SECONDS, REQUESTS
from libs.telemetry.traces.spans import end_request, of_request
from libs.telemetry.traces.tracing import request_id, trace_id
from services.ingest.http.connections import say_connection, say_methods
from services.ingest.http.parameters import template_of

log = structlog.get_logger()

PROBED = ("/livez", "/readyz")


class RequestScope:
    """Gives each request its context and reports it at its end."""

    def __init__(self, verifier: TokenVerifier) -> None:
        self._verifier = verifier

    def process_request(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Name the request and put it into its trace."""
        context = req.context
        IN_FLIGHT.inc()
        context.started = time.perf_counter()
        context.request_id = request_id(req.get_header("X-Request-ID"))
        context.span = of_request(req.get_header("traceparent"), told=req.path not in PROBED)
        context.traceparent = context.span.traceparent
        context.verifier = self._verifier
        context.subject = ""
        context.body_read = False
        context.method = req.method
        if req.method == "HEAD":
            req.method = "GET"  # which it is, but for the body
        if req.env.get("RAW_URI") == "*":  # OPTIONS of the whole server (RFC 9110, 9.3.7)
            resp.status, resp.complete = falcon.HTTP_204, True
        structlog.contextvars.bind_contextvars(request_id=context.request_id, trace_id=trace_id(context.traceparent))
        resp.set_header("X-Request-ID", context.request_id)

    def process_response(self, req: falcon.Request, resp: falcon.Response, resource: object, ok: object) -> None:
        """Report the request; a path is reported as its template, so that ids stay out of metrics and logs."""
        IN_FLIGHT.dec()
        seconds = time.perf_counter() - req.context.started
        req.method = req.context.method
        say_methods(req, resp)
        say_connection(req, resp)
        route = template_of(req)
        method = req.method if req.method in falcon.HTTP_METHODS else "other"
        if route in PROBED:
            PROBES.labels(route, str(resp.status_code)).inc()
        else:
            REQUESTS.labels(route, method, str(resp.status_code)).inc()
            REQUEST_SECONDS.labels(route).observe(seconds)
        if route not in PROBED:
            log.info("request", route=route, method=method, status=resp.status_code, seconds=round(seconds, 4))
        end_request(req.context.span, route, method, resp.status_code)
        structlog.contextvars.unbind_contextvars("request_id", "trace_id")
