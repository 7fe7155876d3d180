"""Takes spans as a collector does: OTLP over HTTP, as protobuf."""

import gzip
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from deploy.local.data_dir.ports import HOST


@dataclass(frozen=True)
class Told:
    """A span, as it came."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent: str
    kind: int
    failed: bool
    notes: dict[str, object]
    instance: str


@dataclass
class Receiver:
    """What has come, and where it comes to."""

    url: str = ""
    spans: list[Told] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    keys: set[str | None] = field(default_factory=set)
    """What senders have said of themselves."""

    def of(self, trace_id: str) -> list[Told]:
        """The spans of one trace."""
        return [span for span in list(self.spans) if span.trace_id == trace_id]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """A receiver that listens, inside the block."""
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if self.headers.get("Content-Encoding") == "gzip":
                body = gzip.decompress(body)
            known = self.path == "/v1/traces" and self.headers["Content-Type"] == "application/x-protobuf"
            if known:
                receiver.bodies.append(body)
                receiver.keys.add(self.headers["Authorization"])
                receiver.spans.extend(_read(body))
            self.send_response(200 if known else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer((HOST, 0), Handler) as server:
        receiver.url = f"http://{HOST}:{server.server_port}"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield receiver
        server.shutdown()


def _read(body: bytes) -> Iterator[Told]:
    request = ExportTraceServiceRequest.FromString(body)
    for of_resource in request.resource_spans:
        resource = _notes(of_resource.resource.attributes)
        for of_scope in of_resource.scope_spans:
            for span in of_scope.spans:
                yield Told(
                    service=str(resource["service.name"]), name=span.name, trace_id=span.trace_id.hex(),
                    span_id=span.span_id.hex(), parent=span.parent_span_id.hex(), kind=span.kind,
                    failed=span.status.code == 2, notes=_notes(span.attributes) | {"events": len(span.events)},
                    instance=str(resource["service.instance.id"]),
                )  # fmt: skip


def _notes(attributes: object) -> dict[str, object]:
    return {
        each.key: getattr(each.value, each.value.WhichOneof("value"))
        for each in attributes  # type: ignore[attr-defined]
    }
