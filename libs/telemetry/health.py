"""The operators' port of a process: /livez, /readyz and /metrics on one small server of its own."""

import socket
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, cast
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from msgspec import Meta
from prometheus_client import CollectorRegistry, make_wsgi_app

from libs.telemetry.process.vital import vital_thread

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


Bind: TypeAlias = Annotated[str, Meta(pattern=r"^[^\s]*:[0-9]{1,5}\Z")]
"""`host:port`; `[host]:port` where the host is an address of IPv6."""


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = True
    allow_reuse_port = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: a scraper that hangs up is no news either."""


class _Server6(_Server):
    address_family = socket.AF_INET6


class _QuietHandler(WSGIRequestHandler):
    timeout = 10

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name is the base class's
        """Say nothing: a scrape every few seconds is no news."""


def split_bind(bind: str) -> tuple[str, int]:
    """`host:port` as its two parts."""
    host, _, port = bind.rpartition(":")
    return host.strip("[]"), int(port)


def serve(bind: str, registry: CollectorRegistry, amiss: Callable[[], str]) -> WSGIServer:
    """Serve in a daemon thread; the port may be shared by processes that expose the same registry.

    `amiss` says in a few words why the process is not ready; nothing if it is.
    """
    metrics = make_wsgi_app(registry)

    def app(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        match environ["PATH_INFO"]:
            case "/metrics":
                return cast(Iterable[bytes], metrics(environ, start_response))
            case "/livez":
                start_response("200 OK", [("Content-Type", "text/plain")])
                return [b"ok\n"]
            case "/readyz":
                why = amiss()
                start_response("503 Service Unavailable" if why else "200 OK", [("Content-Type", "text/plain")])
                return [f"not ready: {why}\n".encode() if why else b"ok\n"]
            case _:
                start_response("404 Not Found", [("Content-Type", "text/plain")])
                return [b"/livez /readyz /metrics\n"]

    host, port = split_bind(bind)
    server = make_server(host, port, app, _Server6 if ":" in host else _Server, _QuietHandler)
    vital_thread("operators-port", server.serve_forever).start()
    return server
