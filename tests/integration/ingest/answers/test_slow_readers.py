"""Clients that do not take their answers, that wait, or that say nothing: none of them keeps a thread from others."""

import contextlib
import json
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from deploy.local.data_dir.ports import HOST
from deploy.local.servers.postgres import PostgresServer
from deploy.local.servers.valkey import ValkeyServer
from tests.integration.service_process import RECIPIENT, Ingest, Scanner, Writer, running_both
from tests.servers import cloned_database
from tests.waiting import wait_until

THREADS, GRACE_S = 16, 2
WAITING, TENANT_WAITING = 4, 2
STREAMS, TENANT_STREAMS = 3, 2
PROMPT_S = 3.0
"""How long an answer may take on a busy machine while others are slow."""
READY = ("/livez", "/readyz")
DESCRIPTION = b"GET /openapi.json HTTP/1.1\r\nHost: test\r\n\r\n"


@pytest.fixture(scope="module")
def services(
    tmp_path_factory: pytest.TempPathFactory, postgres: PostgresServer, valkey: ValkeyServer, template: str
) -> Iterator[tuple[Ingest, Writer]]:
    few = {
        "ingest_threads": THREADS, "answer_grace_seconds": GRACE_S, "answer_bytes_per_second": 1_000,
        "waiting_requests": WAITING, "tenant_waiting_requests": TENANT_WAITING,
        "streams": STREAMS, "tenant_streams": TENANT_STREAMS, "body_grace_seconds": 10,
    }  # fmt: skip
    with (
        cloned_database(postgres.url, template) as database_url,
        running_both(
            tmp_path_factory.mktemp("readers"), of_ingest=few, redis_url=valkey.url, database_url=database_url,
            namespace=f"readers-{uuid.uuid4().hex[:12]}",
        ) as running,
    ):  # fmt: skip
        yield running


@pytest.fixture
def ingest(services: tuple[Ingest, Writer]) -> Ingest:
    return services[0]


@pytest.fixture
def writer_stopped(services: tuple[Ingest, Writer]) -> Iterator[None]:
    """Nothing is written meanwhile."""
    pid = services[1].process.pid
    os.kill(pid, signal.SIGSTOP)
    yield
    os.kill(pid, signal.SIGCONT)


def connect(ingest: Ingest) -> socket.socket:
    """A connection with little room for what comes."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    connection.settimeout(20)
    connection.connect((HOST, ingest.port))
    return connection


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def assert_prompt(ingest: Ingest, *paths: str) -> None:
    """These are answered well, and soon, on connections of their own."""
    for path in paths:
        started = time.monotonic()
        assert httpx.get(ingest.url + path, trust_env=False, timeout=30).status_code == 200
        assert time.monotonic() - started < PROMPT_S, path


def test_clients_that_never_read_keep_nobody_waiting_and_are_cut_off(ingest: Ingest) -> None:
    """Many more than there are threads, and each with more requests than its answers have room."""
    with contextlib.ExitStack() as held:
        silent = [held.enter_context(connect(ingest)) for _ in range(10 * THREADS)]
        for connection in silent:
            connection.sendall(DESCRIPTION * 100)
        for _ in range(3):
            assert_prompt(ingest, *READY, "/openapi.json", "/api/v1/limits")
        assert Scanner(ingest).post([RECIPIENT]).status_code == 201
        wait_until(lambda: all(map(is_cut_off, silent)), 10 * GRACE_S + 10, "they are cut off")


def is_cut_off(connection: socket.socket) -> bool:
    """Whether the server has reset the connection, though nothing of what came was read."""
    return connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) != 0 or not is_established(connection)


def is_established(connection: socket.socket) -> bool:
    return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1) == b"\x01"


def test_a_client_that_reads_slowly_but_steadily_gets_all(ingest: Ingest) -> None:
    with connect(ingest) as connection:
        connection.sendall(DESCRIPTION.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        pause, stream = threading.Event(), b""
        while part := connection.recv(2_000):
            stream += part
            pause.wait(0.03)
    head, _, body = stream.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert json.loads(body)["openapi"]


def test_pipelined_answers_come_whole_and_in_order(ingest: Ingest) -> None:
    whole = httpx.get(f"{ingest.url}/openapi.json", trust_env=False).content
    with connect(ingest) as connection:
        connection.sendall(DESCRIPTION * 20 + b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        stream = received(connection)
    assert stream.count(whole) == 20
    assert stream.endswith(b"\r\n\r\nok\n")


def posting(scanner: Scanner, *fields: str, length: int) -> bytes:
    lines = (f"POST {scanner.path()} HTTP/1.1", "Host: x", f"Content-Length: {length}", *fields)
    return "\r\n".join((*lines, "", "")).encode()


def test_a_stranger_is_refused_at_once_however_slowly_the_body_comes(ingest: Ingest) -> None:
    started = time.monotonic()
    with connect(ingest) as connection:
        connection.sendall(posting(Scanner(ingest), "Authorization: Bearer x", length=10**7))
        for _ in range(200):
            with contextlib.suppress(OSError):
                connection.sendall(b"{")
        answer = received(connection)
    assert time.monotonic() - started < 2 * PROMPT_S
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"\r\nconnection: close\r\n" in answer.lower()


def test_strangers_with_bodies_hold_no_thread(ingest: Ingest) -> None:
    with contextlib.ExitStack() as held:
        for _ in range(10 * THREADS):
            connection = held.enter_context(connect(ingest))
            connection.sendall(posting(Scanner(ingest), "Authorization: Bearer x", length=10**7) + b"{")
        assert_prompt(ingest, *READY, "/api/v1/limits")
        assert Scanner(ingest).post([RECIPIENT]).status_code == 201


def test_probes_are_answered_while_every_thread_is_taken(ingest: Ingest) -> None:
    with contextlib.ExitStack() as held:
        scanner = Scanner(ingest)
        token = f"Authorization: {scanner.headers['Authorization']}"
        for _ in range(2 * THREADS):
            connection = held.enter_context(connect(ingest))
            connection.sendall(posting(scanner, token, "Content-Type: application/json", length=10**5) + b"{")
        for _ in range(3):
            assert_prompt(ingest, *READY)


def test_crowds_that_say_nothing_leave_room_for_others(ingest: Ingest) -> None:
    """More of them than the process takes at once."""
    with contextlib.ExitStack() as held:
        for _ in range(2_100):
            held.enter_context(socket.create_connection((HOST, ingest.port), timeout=20))
        assert_prompt(ingest, *READY, "/api/v1/limits")


@pytest.mark.usefixtures("writer_stopped")
def test_few_wait_and_others_are_told_at_once_that_they_are_taken(ingest: Ingest) -> None:
    """Each tenant has its part of the places."""
    scanners = [Scanner(ingest) for _ in range(3)]
    asked = [scanner for scanner, count in zip(scanners, (4, 4, 2), strict=True) for _ in range(count)]

    def post(scanner: Scanner) -> tuple[int, float]:
        started = time.monotonic()
        with httpx.Client(base_url=ingest.url, timeout=30, trust_env=False) as http:
            headers = scanner.headers | {"Prefer": "wait=6"}
            answer = http.post(scanner.path(), json={"recipients": [RECIPIENT]}, headers=headers)
        return answer.status_code, time.monotonic() - started

    with ThreadPoolExecutor(len(asked)) as clients:
        answers = list(clients.map(post, asked))
    assert {status for status, _ in answers} == {202}
    waited = [seconds > 6 for _, seconds in answers]
    assert sum(waited) == WAITING
    assert max(sum(waited[:4]), sum(waited[4:8]), sum(waited[8:])) == TENANT_WAITING
    assert max(seconds for _, seconds in answers if seconds < 6) < PROMPT_S


def test_few_answers_are_streamed_at_once_and_each_has_its_end(ingest: Ingest) -> None:
    scanner, other = Scanner(ingest), Scanner(ingest)
    faulty = [{"country_code": "??", "name_vi": "", "recipient_type": str(number)} for number in range(5_000)]
    jobs = [each.post(faulty).json()["job_url"] for each in (scanner, other)]
    ask = f"GET {jobs[0]}/errors HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n"
    ask += f"Authorization: {scanner.headers['Authorization']}\r\n\r\n"
    with contextlib.ExitStack() as held:
        silent = [held.enter_context(connect(ingest)) for _ in range(TENANT_STREAMS)]
        for connection in silent:
            connection.sendall(ask.encode())
            assert connection.recv(1) == b"H"
        refused = scanner.get(f"{jobs[0]}/errors", accept="text/csv")
        assert (refused.status_code, refused.json()["code"]) == (503, "TOO_MANY_STREAMS")
        assert refused.headers["retry-after"] == "1"
        whole = other.get(f"{jobs[1]}/errors", accept="text/csv").content
        assert whole.count(b"\n") > 15_000
        assert scanner.get(f"{jobs[0]}/errors").status_code == 200  # a page is no stream
        wait_until(lambda: all(map(is_cut_off, silent)), 10 * GRACE_S, "they are cut off")
        for _ in range(2 * STREAMS):
            assert len(scanner.get(f"{jobs[0]}/errors", accept="text/csv").text.splitlines()) > 5_000
            head = ingest.http.head(f"{jobs[0]}/errors", headers=scanner.headers | {"Accept": "text/csv"})
            assert head.status_code == 200
