"""Clients whose next request follows at once: a thread stays with them, for moments, and only with them."""

import contextlib
import json
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Self

import pytest

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.service_process import RECIPIENT, Ingest, Scanner, nothing_here, running_ingest

THREADS = 8
PROMPT_S = 3.0
SLOW_S = 30
"""How long a body that does not come may be waited for."""
LIMITS, LIVE = b"GET /api/v1/limits HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory, valkey: ValkeyServer) -> Iterator[Ingest]:
    with running_ingest(
        tmp_path_factory.mktemp("brisk"), redis_url=valkey.url, namespace=f"brisk-{uuid.uuid4().hex[:12]}",
        database_url=nothing_here(), ingest_threads=THREADS, body_grace_seconds=SLOW_S, body_seconds=SLOW_S,
    ) as running:  # fmt: skip
        yield running


class Client:
    """A connection, and what comes on it."""

    def __init__(self, ingest: Ingest) -> None:
        self._connection = socket.create_connection((HOST, ingest.port), timeout=PROMPT_S)
        self._stream = self._connection.makefile("rb")
        self.send = self._connection.sendall

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._stream.close()
        self._connection.close()

    def statuses(self, count: int) -> list[bytes]:
        """Those of the next so many answers."""
        return [self._status() for _ in range(count)]

    def _status(self) -> bytes:
        status = self._stream.readline().split()[1]
        fields = [line.lower() for line in iter(self._stream.readline, b"\r\n")]
        length = next(int(line.split(b":")[1]) for line in fields if line.startswith(b"content-length:"))
        assert len(self._stream.read(length)) == length
        return status


def batch(scanner: Scanner, body: bytes, *, sent: int) -> bytes:
    """A batch of which only so many bytes of the body are there."""
    head = (
        f"POST {scanner.path(background=True)} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        f"Authorization: {scanner.headers['Authorization']}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body[:sent]


def test_requests_that_come_at_once_are_answered_in_their_order(ingest: Ingest) -> None:
    body = json.dumps({"recipients": [RECIPIENT]}).encode()
    whole = batch(Scanner(ingest), body, sent=len(body))
    wrong = b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    with Client(ingest) as client:
        client.send(LIVE + 2 * whole + wrong + LIVE + whole)
        assert client.statuses(6) == [b"200", b"202", b"202", b"404", b"200", b"202"]
        client.send(whole[:20])
        time.sleep(0.05)  # longer than a thread stays, with a part of a head
        client.send(whole[20:])
        assert client.statuses(1) == [b"202"]


def test_a_thread_is_free_again_when_nothing_follows(ingest: Ingest) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(2 * THREADS):
            client = held.enter_context(Client(ingest))
            client.send(3 * LIMITS)
            assert len(client.statuses(3)) == 3
        with Client(ingest) as other:
            other.send(LIMITS)
            assert len(other.statuses(1)) == 1


def test_who_goes_on_and_on_keeps_no_thread_from_others(ingest: Ingest) -> None:
    """As many as there are threads, each with its next request always there."""
    over = threading.Event()

    def go_on(client: Client) -> None:
        client.send(20 * LIMITS)
        while not over.is_set():
            client.send(10 * LIMITS)
            client.statuses(10)

    with ThreadPoolExecutor(THREADS) as clients, contextlib.ExitStack() as held:
        going = [clients.submit(go_on, held.enter_context(Client(ingest))) for _ in range(THREADS)]
        held.callback(over.set)
        for _ in range(5):
            time.sleep(0.1)
            with Client(ingest) as other:
                other.send(LIMITS)
                assert len(other.statuses(1)) == 1
        over.set()
        for each in going:
            each.result()


def test_a_probes_thread_serves_probes_alone(ingest: Ingest) -> None:
    """Slow batches behind probes take no thread that probes need."""
    slow = batch(Scanner(ingest), b"{" * 10_000, sent=1)
    with contextlib.ExitStack() as held:
        for _ in range(4):
            client = held.enter_context(Client(ingest))
            client.send(2 * LIVE + slow)
            assert client.statuses(2) == [b"200"] * 2
        with Client(ingest) as probe:
            probe.send(LIVE)
            assert probe.statuses(1) == [b"200"]
