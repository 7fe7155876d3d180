"""Answers that their clients do not take: kept up to a bound, waited for only beyond it, and not for ever."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.ingest.http.body_memory import BodyMemory
from services.ingest.http.server.sending import ALWAYS_KEPT, MOST_KEPT, PacedSocket, TakingPace

relaxed = settings(deadline=None, max_examples=60)
PLENTY = 10 * MOST_KEPT
PACE = TakingPace(grace_seconds=0.2, bytes_per_second=1_000_000)


@pytest.fixture
def memory() -> BodyMemory:
    return BodyMemory(MOST_KEPT)


@pytest.fixture
def pair(memory: BodyMemory) -> Iterator[tuple[PacedSocket, socket.socket]]:
    """Ours, with little room in the kernel, and the client's."""
    accepted, client = socket.socketpair()
    with PacedSocket(accepted, PACE, memory) as ours, client:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        client.settimeout(10)
        yield ours, client


def fill(ours: PacedSocket) -> None:
    """Until the kernel takes no more."""
    while ours.flush():
        ours.sendall(b"x" * 512)


def read_all(client: socket.socket) -> bytes:
    stream = b""
    while part := client.recv(65_536):
        stream += part
    return stream


def test_what_is_not_taken_is_kept_and_sent_later(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, client = pair
    fill(ours)
    started = time.monotonic()
    ours.sendall(b"a" * 100_000)
    ours.sendall(b"b" * 100_000)
    assert ours.send(b"c") == 1
    assert time.monotonic() - started < 0.1
    reader = threading.Thread(target=lambda: stream.append(read_all(client)))
    stream: list[bytes] = []
    reader.start()
    while not ours.flush():
        pass
    ours.close()
    reader.join()
    assert stream[0].lstrip(b"x") == b"a" * 100_000 + b"b" * 100_000 + b"c"


HEAD = b"HTTP/1.1 202 Accepted\r\ncontent-length: 2\r\n\r\n"


def taken(client: socket.socket) -> bytes:
    """What has come by now, in one go."""
    client.setblocking(False)
    try:
        return client.recv(65_536)
    except BlockingIOError:
        return b""


def test_the_head_of_an_answer_goes_out_with_what_follows(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, client = pair
    for _ in range(2):
        ours.begin()
        ours.sendall(HEAD)
        assert taken(client) == b""
        ours.sendall(b"{}")
        assert taken(client) == HEAD + b"{}"
        ours.sendall(HEAD)  # which is content by now
        assert taken(client) == HEAD


def test_a_head_that_nothing_follows_is_sent_when_its_thread_is_done(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, client = pair
    ours.sendall(HEAD)
    assert ours.flush()
    assert taken(client) == HEAD


@pytest.mark.parametrize(
    "data",
    [
        HEAD + b"{}", HEAD[:-1], b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"2\r\n{}\r\n", b"a\r\ncontent-length: 1\r\n\r\n",
    ],
)  # fmt: skip
def test_everything_else_goes_out_at_once(pair: tuple[PacedSocket, socket.socket], data: bytes) -> None:
    ours, client = pair
    ours.sendall(data)
    assert taken(client) == data


@given(st.lists(st.binary(max_size=3_000) | st.just(HEAD), max_size=200))
@relaxed
def test_all_pieces_arrive_in_their_order(pieces: list[bytes]) -> None:
    accepted, client = socket.socketpair()
    with PacedSocket(accepted, PACE, BodyMemory(MOST_KEPT)) as ours, client:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        stream: list[bytes] = []
        reader = threading.Thread(target=lambda: stream.append(read_all(client)))
        reader.start()
        for piece in pieces:
            ours.sendall(piece)
        while not ours.flush():
            pass
        ours.close()
        reader.join()
        assert stream[0] == b"".join(pieces)


def test_much_is_waited_for_while_the_client_reads(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, client = pair
    content = bytes(range(256)) * (PLENTY // 256)
    stream: list[bytes] = []
    reader = threading.Thread(target=lambda: stream.append(read_all(client)))
    reader.start()
    ours.sendall(content)
    while not ours.flush():
        pass
    ours.close()
    reader.join()
    assert stream[0] == content


def test_a_client_that_reads_nothing_is_given_up(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, _ = pair
    started = time.monotonic()
    with pytest.raises(ConnectionResetError):
        ours.sendall(bytes(PLENTY))
    assert PACE.grace_seconds <= time.monotonic() - started < PACE.grace_seconds + 1
    assert ours.given_up


def test_memory_is_shared_and_given_back(pair: tuple[PacedSocket, socket.socket], memory: BodyMemory) -> None:
    ours, _ = pair
    fill(ours)
    ours.sendall(bytes(MOST_KEPT // 2))
    assert not memory.take(MOST_KEPT)
    ours.close()
    assert memory.take(MOST_KEPT)


def test_small_answers_are_kept_though_the_memory_is_taken(
    pair: tuple[PacedSocket, socket.socket], memory: BodyMemory
) -> None:
    ours, _ = pair
    assert memory.take(MOST_KEPT)
    fill(ours)
    ours.sendall(bytes(ALWAYS_KEPT - 600))
    with pytest.raises(ConnectionResetError):
        ours.sendall(bytes(ALWAYS_KEPT))


def test_a_client_that_is_gone_is_an_error(pair: tuple[PacedSocket, socket.socket]) -> None:
    ours, client = pair
    client.close()
    with pytest.raises(OSError, match=r"Broken pipe|reset"):
        ours.sendall(bytes(PLENTY))


@given(st.integers(0, 2**40), st.integers(0, 10**9).map(lambda ms: ms / 1_000))
@relaxed
def test_patience_is_never_more_than_the_grace(sent: int, waited: float) -> None:
    pace = TakingPace(grace_seconds=5, bytes_per_second=1_000)
    patience = pace.patience(sent, waited)
    assert patience <= 5
    assert (patience < 5) == (sent / 1_000 < waited)
    assert pace.patience(sent, waited + 1) <= patience <= pace.patience(sent + 1, waited)
