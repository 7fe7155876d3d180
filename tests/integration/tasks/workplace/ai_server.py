"""A small server that speaks the protocol of an AI provider, as well or badly as a test wants, and keeps what came."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

Handler = http.server.BaseHTTPRequestHandler
Behaviour = Callable[[Handler], None]


def completion(content: str) -> bytes:
    return json.dumps(
        {"id": "1", "choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
    ).encode()


def answers(body: bytes, status: int = 200, length: int | None = None, **headers: str) -> Behaviour:
    """Answer with this; `length` may promise more than comes."""

    def behave(handler: Handler) -> None:
        handler.send_response(status)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return behave


def advises(*columns: dict[str, Any]) -> Behaviour:
    return answers(completion(json.dumps({"columns": columns})))


def byte_by_byte(handler: Handler) -> None:
    """Never quite silent, and never done."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1_000):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        threading.Event().wait(0.02)


def huge(handler: Handler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(1_000):
        handler.wfile.write(b" " * 65_536)


class AiServer:
    """What it was sent, and what it does."""

    def __init__(self) -> None:
        self.behave: Behaviour = advises()
        self.received: list[bytes] = []
        self.headers: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.url = ""
        self._one_at_a_time = threading.Lock()

    @contextmanager
    def running(self) -> Iterator[None]:
        ours = self

        class Answering(Handler):
            def do_POST(self) -> None:  # noqa: N802 -- as http.server calls it
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with ours._one_at_a_time:  # the lists tell of the same letter at the same place
                    ours.paths.append(self.path)
                    ours.headers.append(dict(self.headers))
                    ours.received.append(body)
                with suppress(OSError):  # whoever asked has gone
                    ours.behave(self)

            def do_GET(self) -> None:  # noqa: N802
                ours.paths.append(f"GET {self.path}")

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
            self.url = f"http://127.0.0.1:{server.server_port}/v1"
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
            yield
            server.shutdown()
