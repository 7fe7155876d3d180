"""A writer holds any number of chunks in hand, of large ones one."""

import os
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import zstandard
from msgspec.structs import replace

from libs.contracts.chunks import Reject
from libs.jobs.payload import pack_rejects, unpacked_bytes, unpacked_rejects_bytes
from libs.jobs.reading import Lease
from services.writer.chunks.large_chunks import LARGE_CHUNK, LargeChunks
from tests.unit.writer.test_quarantine import Memory

SMALL = replace(Memory().lease(), payload=zstandard.compress(bytes(LARGE_CHUNK)))
MANY_REJECTS = replace(
    Memory().lease(),
    rejects=pack_rejects([Reject(index, "validate", [], bytes(LARGE_CHUNK // 16)) for index in range(17)]),
)
LARGE = replace(SMALL, payload=zstandard.compress(bytes(LARGE_CHUNK + 1)))


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as threads:
        yield threads


def enter(large: LargeChunks, lease: Lease, entered: threading.Event, leave: threading.Event) -> None:
    with large.room(lease):
        entered.set()
        assert leave.wait(30)


def test_a_large_chunk_waits_for_another_one_and_nothing_else_does(threads: ThreadPoolExecutor) -> None:
    large = LargeChunks()
    leases = [LARGE, LARGE, SMALL, SMALL]
    entered, leave = ([threading.Event() for _ in leases] for _ in range(2))
    for place in (0, 2, 3):
        threads.submit(enter, large, leases[place], entered[place], leave[place])
        assert entered[place].wait(30)
    second = threads.submit(enter, large, LARGE, entered[1], leave[1])
    assert not entered[1].wait(0.2)
    leave[0].set()
    assert entered[1].wait(30)
    for event in leave:
        event.set()
    second.result(30)


def test_the_room_is_given_back_after_an_error() -> None:
    large = LargeChunks()
    for _ in range(2):
        with pytest.raises(ValueError, match="x"), large.room(LARGE):
            raise ValueError("x")


def test_the_size_of_a_payload_is_known_before_it_is_unpacked() -> None:
    """A payload that is none is small; what reads it will say so."""
    assert unpacked_bytes(LARGE.payload) == LARGE_CHUNK + 1
    assert [unpacked_bytes(data) for data in (b"", b"x", os.urandom(20), pack_rejects([]))] == [0] * 4


def test_what_was_rejected_counts_as_it_is_once_unpacked() -> None:
    large = LargeChunks()
    with large.room(MANY_REJECTS):
        assert large._large.locked()
    assert LARGE_CHUNK < unpacked_rejects_bytes(MANY_REJECTS.rejects) < LARGE_CHUNK * 1.1
    assert [unpacked_rejects_bytes(data) for data in (b"", b"x", os.urandom(20), pack_rejects([]))] == [0] * 4
