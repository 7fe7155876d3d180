"""Spans by OpenTelemetry's SDK. Imported only where somebody takes them (`libs.telemetry.traces.spans`).

They wait in memory, 2,048 at most, and are sent by a thread of the SDK, over HTTP. Who takes them may be silent or
gone: what does not fit any more is lost, and nobody waits.
"""

import atexit
import os
import threading
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from typing import Self

from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import OTELResourceDetector, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags
from opentelemetry.util.re import parse_env_headers

from libs.telemetry.traces.spans import Kind, Notes
from libs.telemetry.traces.tracing import is_traceparent

AT_EXIT_S = 3.0
HEADERS_FILE = "OTEL_EXPORTER_OTLP_HEADERS_FILE"
KINDS = {
    "internal": SpanKind.INTERNAL, "server": SpanKind.SERVER, "client": SpanKind.CLIENT,
    "producer": SpanKind.PRODUCER, "consumer": SpanKind.CONSUMER,
}  # fmt: skip


class Tracer:
    """Makes the spans of one process."""

    def __init__(self, service: str, instance: str) -> None:
        own = Resource.create(
            {
                "service.name": f"sluice-{service}", "service.namespace": "sluice",
                "service.version": version("sluice"), "service.instance.id": instance or f"{service}-{os.getpid()}",
            }
        )  # fmt: skip
        # What the environment says counts more.
        resource = own.merge(OTELResourceDetector().detect())
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(headers=_secret_headers())))
        self._tracer = self._provider.get_tracer("sluice", version("sluice"))
        atexit.register(self._end)

    def span(self, name: str, kind: Kind, notes: Notes | None, parent: str | None = None) -> "OpenSpan":
        """Begin one; `parent` is a traceparent, without one it is the current span's child."""
        around = None if parent is None else _context_of(parent)
        begun = self._tracer.start_span(name, around, KINDS[kind], dict(notes or {}), record_exception=False)
        return OpenSpan(begun)

    def current(self) -> "OpenSpan":
        """That of this thread."""
        return OpenSpan(trace.get_current_span())

    def _end(self) -> None:
        """Send what waits, so long at most: the SDK alone would be more patient with who is silent."""
        ending = threading.Thread(target=self._provider.shutdown, name="traces-end", daemon=True)
        ending.start()
        ending.join(AT_EXIT_S)


class OpenSpan:
    """A span that was begun."""

    def __init__(self, span: trace.Span) -> None:
        self._span = span
        of = span.get_span_context()
        self.traceparent = f"00-{of.trace_id:032x}-{of.span_id:016x}-{of.trace_flags:02x}"

    def note(self, notes: Notes, name: str = "") -> None:
        """Say more of it."""
        self._span.set_attributes(dict(notes))
        if name:
            self._span.update_name(name)

    def fail(self, error: str) -> None:
        """Say that it has failed."""
        self._span.set_attribute("error.type", error)
        self._span.set_status(Status(StatusCode.ERROR))

    def end(self) -> None:
        """End it."""
        self._span.end()

    def __enter__(self) -> Self:
        self._token = context.attach(trace.set_span_in_context(self._span))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        """The kind of an error and its SQLSTATE are told, never its text: PostgreSQL's quote rows."""
        context.detach(self._token)
        if kind is not None:
            self.fail(getattr(error, "sqlstate", None) or kind.__name__)
        self._span.end()


def _secret_headers() -> dict[str, str]:
    """As `OTEL_EXPORTER_OTLP_HEADERS` has them, from a file: there is a key among them as a rule. Raises OSError."""
    path = os.environ.get(HEADERS_FILE)
    return dict(parse_env_headers(Path(path).read_text("utf-8").strip(), liberal=True)) if path else {}


def _context_of(parent: str) -> Context:
    if not is_traceparent(parent):
        return Context()
    _, trace_id, span_id, flags = parent.split("-")
    of = SpanContext(int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16)))
    return trace.set_span_in_context(NonRecordingSpan(of), Context())
