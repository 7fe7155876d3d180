"""Clients that send slowly, stop half-way or never close: they end, and nobody else waits for them."""

import contextlib
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
import redis

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.valkey import ValkeyServer
from libs.jobs.keys import Keys
from tests.integration.service_process import RECIPIENT, Ingest, Scanner, nothing_here, running_ingest

GRACE_S, LONGEST_S, RATE = 1, 2, 20_000
MANY = 100
PROMPT_S = 3.0
"""How long a good request may take on a busy machine while others are slow."""
BODY = json.dumps({"recipients": [RECIPIENT]}).encode()


@pytest.fixture(scope="module")
def namespace() -> str:
    return f"slow-{uuid.uuid4().hex[:12]}"


@pytest.fixture(scope="module")
def ingest(tmp_path_factory: pytest.TempPathFactory, valkey: ValkeyServer, namespace: str) -> Iterator[Ingest]:
    with running_ingest(
        tmp_path_factory.mktemp("slow"), redis_url=valkey.url, namespace=namespace,
        database_url=nothing_here(),
        body_grace_seconds=GRACE_S, body_seconds=LONGEST_S, body_bytes_per_second=RATE,
    ) as running:  # fmt: skip
        yield running


@pytest.fixture
def keys(namespace: str) -> Keys:
    return Keys(namespace)


def head(scanner: Scanner, *fields: str, length: int | None = len(BODY)) -> bytes:
    """The head of a batch in the background; with a length, or else in chunks."""
    frame = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    lines = (
        f"POST {scanner.path(background=True)} HTTP/1.1", "Host: test", "Content-Type: application/json", frame,
        f"Authorization: {scanner.headers['Authorization']}", *fields,
    )  # fmt: skip
    return "\r\n".join((*lines, "", "")).encode()


def connect(ingest: Ingest) -> socket.socket:
    return socket.create_connection((HOST, ingest.port), timeout=20)


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def trickle(connection: socket.socket, data: bytes, stop: threading.Event) -> None:
    """A byte now and then, for ever."""
    with contextlib.suppress(OSError):
        for byte in data:
            connection.sendall(bytes([byte]))
            if stop.wait(0.1):
                return


@contextlib.contextmanager
def trickling(connection: socket.socket, data: bytes) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=trickle, args=(connection, data, stop))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_a_trickling_body_gets_408_soon_after_its_grace(ingest: Ingest) -> None:
    """With a length or in chunks."""
    started = time.monotonic()
    with connect(ingest) as whole, connect(ingest) as chunked:
        whole.sendall(head(Scanner(ingest), length=10_000))
        chunked.sendall(head(Scanner(ingest), length=None))
        with trickling(whole, b"{" * 1_000), trickling(chunked, b"1\r\n{\r\n" * 1_000):
            answers = received(whole), received(chunked)
    assert GRACE_S <= time.monotonic() - started < GRACE_S + 5
    for answer in answers:
        assert answer.startswith(b"HTTP/1.1 408")
        problem = json.loads(answer.partition(b"\r\n\r\n")[2])
        assert (problem["code"], problem["retryable"]) == ("BODY_TIMEOUT", True)
        assert str(RATE) in problem["detail"]


def test_a_body_that_keeps_the_rate_still_has_an_end(ingest: Ingest) -> None:
    started = time.monotonic()
    with connect(ingest) as connection:
        connection.sendall(head(Scanner(ingest), length=10_000_000))
        stop = threading.Event()

        def steadily() -> None:
            with contextlib.suppress(OSError):
                while not stop.wait(0.1):
                    connection.sendall(b" " * (RATE // 5))

        thread = threading.Thread(target=steadily)
        thread.start()
        answer = received(connection)
        stop.set()
        thread.join()
    assert LONGEST_S <= time.monotonic() - started < LONGEST_S + 5
    assert answer.startswith(b"HTTP/1.1 408")


def test_a_body_that_comes_in_time_is_taken_though_in_pieces(ingest: Ingest) -> None:
    with connect(ingest) as connection:
        connection.sendall(head(Scanner(ingest), "Connection: close"))
        for start in range(0, len(BODY), 20):
            connection.sendall(BODY[start : start + 20])
        assert received(connection).startswith(b"HTTP/1.1 202")


CUT: dict[str, tuple[int | None, bytes]] = {
    "half of its length": (len(BODY), BODY[: len(BODY) // 2]),
    "all JSON, less than its length": (len(BODY) + 1, BODY),
    "chunks without an end": (None, b"%x\r\n%s\r\n" % (len(BODY), BODY)),
    "nothing": (len(BODY), b""),
}


@pytest.mark.parametrize("name", CUT)
@pytest.mark.parametrize("closes", [True, False], ids=["closed half", "gone"])
def test_a_body_that_is_cut_off_leaves_nothing(
    ingest: Ingest, redis_client: redis.Redis, keys: Keys, name: str, closes: bool
) -> None:
    length, body = CUT[name]
    scanner = Scanner(ingest)
    with connect(ingest) as connection:
        connection.sendall(head(scanner, "Idempotency-Key: k", length=length) + body)
        if closes:
            connection.shutdown(socket.SHUT_WR)
            answer = received(connection)
            assert answer.startswith(b"HTTP/1.1 400")
            assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "BODY_INCOMPLETE"
    assert Scanner(ingest).post([RECIPIENT], background=True).status_code == 202
    assert list(redis_client.scan_iter(f"{keys.prefix}:{scanner.tenant}:*")) == []


def idle(_: Scanner) -> bytes:
    return b""


def half_a_head(scanner: Scanner) -> bytes:
    return head(scanner)[:-20]


def half_a_body(scanner: Scanner) -> bytes:
    return head(scanner) + BODY[:10]


def announces_much(scanner: Scanner) -> bytes:
    return head(scanner, length=256 * 1024 * 1024 // MANY) + BODY[:10]


def asks_and_stays(_: Scanner) -> bytes:
    return b"GET /livez HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"


def is_refused_and_stays(scanner: Scanner) -> bytes:
    return head(scanner).replace(b"Bearer ", b"Bearer x", 1) + BODY[:10]


def is_malformed_and_stays(_: Scanner) -> bytes:
    return b"GET / HTTP/9.9 nonsense\r\n\r\n"


@pytest.mark.parametrize(
    "opening",
    [idle, half_a_head, half_a_body, announces_much, asks_and_stays, is_refused_and_stays, is_malformed_and_stays],
)
def test_a_hundred_that_hold_their_connection_open_keep_nobody_waiting(
    ingest: Ingest, opening: Callable[[Scanner], bytes]
) -> None:
    scanner = Scanner(ingest)
    with contextlib.ExitStack() as held, httpx.Client(base_url=ingest.url, timeout=30, trust_env=False) as http:
        for _ in range(MANY):
            connection = held.enter_context(connect(ingest))
            connection.sendall(opening(scanner))
        taken = []
        for _ in range(5):
            started = time.monotonic()
            answer = http.post(scanner.path(background=True), json={"recipients": [RECIPIENT]}, headers=scanner.headers)
            taken.append(time.monotonic() - started)
            assert answer.status_code == 202
        assert max(taken) < PROMPT_S, taken


def test_slow_clients_give_their_threads_back(ingest: Ingest) -> None:
    """More of them than there are threads: half of them stop in the head, half in the body."""
    with contextlib.ExitStack() as held:
        heads, bodies = ([held.enter_context(connect(ingest)) for _ in range(150)] for _ in range(2))
        for in_head, in_body in zip(heads, bodies, strict=True):
            in_head.sendall(half_a_head(Scanner(ingest)))
            in_body.sendall(half_a_body(Scanner(ingest)))
        for in_body in bodies:
            assert received(in_body).startswith(b"HTTP/1.1 408")
        for in_head in heads:
            assert received(in_head) == b""
        started = time.monotonic()
        assert Scanner(ingest).post([RECIPIENT], background=True).status_code == 202
        assert time.monotonic() - started < PROMPT_S
