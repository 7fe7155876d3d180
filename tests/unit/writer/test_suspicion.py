"""A suspect is in hand alone, and nobody begins while it waits."""

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from services.writer.chunks.suspicion import Suspicion
from tests.waiting import wait_until


@contextmanager
def in_thread(handling: AbstractContextManager[None]) -> Iterator[tuple[threading.Event, threading.Event]]:
    """Somebody who handles a chunk: whether it has begun, and what has it end."""
    begun, ends = threading.Event(), threading.Event()

    def handle() -> None:
        with handling:
            begun.set()
            assert ends.wait(10)

    thread = threading.Thread(target=handle)
    thread.start()
    try:
        yield begun, ends
    finally:
        ends.set()
        thread.join(10)


def test_a_suspect_waits_for_all_and_nobody_begins_meanwhile() -> None:
    suspicion = Suspicion()
    with in_thread(suspicion.unsuspected()) as (one, one_ends), in_thread(suspicion.unsuspected()) as (two, two_ends):
        assert one.wait(10)
        assert two.wait(10)
        with in_thread(suspicion.suspected()) as (suspect, suspect_ends):
            wait_until(lambda: suspicion._suspects == 1, 10, "the suspect waits")
            with in_thread(suspicion.unsuspected()) as (later, _):
                one_ends.set()
                assert not suspect.is_set()
                two_ends.set()
                assert suspect.wait(10)
                with in_thread(suspicion.suspected()) as (another, another_ends):
                    wait_until(lambda: suspicion._suspects == 2, 10, "another suspect waits")
                    assert not later.is_set()
                    assert not another.is_set()
                    suspect_ends.set()
                    assert another.wait(10)
                    assert not later.is_set()
                    another_ends.set()
                    assert later.wait(10)
