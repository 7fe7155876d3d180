"""Clients of streams, as programs have them."""

import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect

from tests.integration.console.visitors.site import Person, Site

PATIENCE_S = 20.0


class Listener:
    """Reads Server-Sent Events in a thread of its own, by the letter of the standard."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.events: list[tuple[str, Any]] = []
        """Each with its id, in the order of their coming."""
        self.comments = 0
        self.status = 0
        self.over = threading.Event()
        self._socket: socket.socket | None = None
        self._client = httpx.Client(timeout=PATIENCE_S, trust_env=False)
        self._url, self._headers = url, headers
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    @property
    def documents(self) -> list[Any]:
        """What the events said."""
        return [document for _, document in self.events]

    def close(self) -> None:
        """Hang up, in the middle of whatever is being read."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join(PATIENCE_S)
        self._client.close()

    def _read(self) -> None:
        with (
            contextlib.suppress(httpx.HTTPError, httpx.StreamError, OSError),
            self._client.stream("GET", self._url, headers=self._headers) as answer,
        ):
            self.status = answer.status_code
            self._socket = answer.extensions["network_stream"].get_extra_info("socket")
            self._take(answer.iter_lines())
        self.over.set()

    def _take(self, lines: Iterator[str]) -> None:
        name, data = "", []
        for line in lines:
            field, _, value = line.partition(": ")
            if line.startswith(":"):
                self.comments += 1
            elif field == "id":
                name = value
            elif field == "data":
                data.append(value)
            elif not line and data:
                self.events.append((name, json.loads("\n".join(data))))
                data = []


@contextlib.contextmanager
def listening(person: Person, path: str, **headers: str) -> Iterator[Listener]:
    """A program with the person's token."""
    listener = Listener(f"{person.url}{path}", {"Authorization": f"Bearer {person.token}", **headers})
    try:
        yield listener
    finally:
        listener.close()


def socket_of(person: Person, job: str, **headers: str) -> ClientConnection:
    """A WebSocket of a job, by token unless the headers say otherwise."""
    url = f"{person.url.replace('http', 'ws', 1)}/api/v1/jobs/{job}/ws"
    given = headers or {"Authorization": f"Bearer {person.token}"}
    return connect(url, additional_headers=given, proxy=None, open_timeout=PATIENCE_S)


@contextlib.contextmanager
def writer_stopped(site: Site) -> Iterator[None]:
    """No writer moves inside the block, so that a job stays as it was accepted."""
    os.killpg(site.writer.process.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(site.writer.process.pid, signal.SIGCONT)
