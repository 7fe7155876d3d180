"""Spans of a trace, told to whoever takes them by OpenTelemetry's protocol; off unless somebody does.

On where `OTEL_EXPORTER_OTLP_ENDPOINT` names who (the SDK's other variables count, too) and the extra `traces` is
installed. Off, nothing of OpenTelemetry is imported, and a span is an object that does nothing. Attributes are ids of
jobs, names and counts, as in logs: nothing of a record, no tenant, no text of an error.
"""

import os
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self, TypeAlias

import structlog

from libs.telemetry.traces.tracing import continue_trace

if TYPE_CHECKING:
    from libs.telemetry.traces.open_telemetry import Tracer

log = structlog.get_logger()

Kind: TypeAlias = Literal["internal", "server", "client", "producer", "consumer"]
Notes: TypeAlias = Mapping[str, str | int | float | bool]
FAULT = 500
ENDPOINTS = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


class Span(Protocol):
    """A piece of work. Inside a `with` it is the current one of its thread, and ends with the block."""

    @property
    def traceparent(self) -> str:
        """By which others go on with the trace below it (W3C); that of its parent where spans are off."""

    def note(self, notes: Notes, name: str = "") -> None:
        """Say more of it, its name too where that was not known before."""

    def fail(self, error: str) -> None:
        """Say that it has failed, by a code."""

    def end(self) -> None:
        """End it, where it is not ended by a `with`."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None: ...


class _Untold:
    """A span that nobody is told of."""

    __slots__ = ("traceparent",)

    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def note(self, notes: Notes, name: str = "") -> None: ...

    def fail(self, error: str) -> None: ...

    def end(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None: ...


_NOTHING: Span = _Untold("")
_tracer: "Tracer | None" = None


def turn_on(service: str, instance: str = "") -> None:
    """Have spans told from now on, where the environment says to whom; once a process, and after it has forked.

    Raises OSError where it names a file that cannot be read.
    """
    global _tracer  # noqa: PLW0603 -- one a process, as its metrics are
    if _tracer or not any(map(os.environ.get, ENDPOINTS)) or os.environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return
    try:
        from libs.telemetry.traces.open_telemetry import Tracer
    except ImportError:
        log.warning("traces_not_installed", fix='pip install "sluice[traces]"')
    else:
        _tracer = Tracer(service, instance)


def of_request(traceparent: str | None, *, told: bool) -> Span:
    """The span of a request, in the trace of whoever sent it where that is valid, else in a new one; to be ended."""
    if _tracer is None or not told:
        return _Untold(continue_trace(traceparent))
    return _tracer.span("request", "server", None, traceparent or "")


def end_request(span: Span, route: str, method: str, status: int) -> None:
    """End the span of a request; a route is a template, without anybody's ids."""
    span.note(
        {"http.request.method": method, "http.route": route, "http.response.status_code": status}, f"{method} {route}"
    )
    if status >= FAULT:
        span.fail(str(status))
    span.end()


def span(name: str, parent: str, kind: Kind = "internal", notes: Notes | None = None) -> Span:
    """A span below the one that a traceparent names; where that is of no use, the first of a new trace."""
    return _Untold(parent) if _tracer is None else _tracer.span(name, kind, notes, parent)


def current() -> Span:
    """The current span of this thread."""
    return _NOTHING if _tracer is None else _tracer.current()


def step(name: str, kind: Kind = "internal", notes: Notes | None = None) -> Span:
    """A span below the current one of this thread."""
    return _NOTHING if _tracer is None else _tracer.span(name, kind, notes)
