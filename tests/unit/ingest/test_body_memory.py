"""The bound on what bodies hold together."""

import threading

import pytest

from libs.contracts.refusals import Refusal
from services.ingest.http.body_memory import BodyMemory


def test_bodies_share_a_bound_and_give_back_what_they_held() -> None:
    memory = BodyMemory(100)
    with memory.share() as first:
        first.hold(60)
        with memory.share() as second, pytest.raises(Refusal, match="BUSY"):
            second.hold(41)
        with memory.share() as third:
            third.hold(40)
    with memory.share() as whole:
        whole.hold(100)


def test_a_body_that_grows_counts_once() -> None:
    memory = BodyMemory(100)
    with memory.share() as body:
        for size in (10, 50, 30, 100):
            body.hold(size)


def test_what_is_held_is_given_back_after_a_refusal_too() -> None:
    memory = BodyMemory(100)
    with pytest.raises(Refusal), memory.share() as body:
        body.hold(90)
        body.hold(101)
    assert memory.take(100)


def test_many_threads_never_hold_more_than_the_bound() -> None:
    memory = BodyMemory(10)
    held: list[int] = []
    most: list[int] = []
    lock = threading.Lock()

    def hold() -> None:
        for _ in range(200):
            if memory.take(3):
                with lock:
                    held.append(3)
                    most.append(sum(held))
                with lock:
                    held.pop()
                memory.take(-3)

    threads = [threading.Thread(target=hold) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) <= 10
    assert memory.take(10)


def test_it_is_crowded_by_others_alone() -> None:
    memory = BodyMemory(800)
    with memory.share() as first, memory.share() as second:
        first.hold(700)
        assert (first.is_crowded, second.is_crowded) == (False, True)
        first.hold(50)
        assert not second.is_crowded
