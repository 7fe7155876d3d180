"""Calls of several threads go together in one round trip, each with an answer of its own."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeAlias

import pytest
import redis

from libs.jobs.group_commit import MOST, GroupCommit
from libs.jobs.scripts import Call
from tests.waiting import wait_until

THREADS = 40
Ask: TypeAlias = Callable[[str], Future[Any]]


class Trips:
    """Round trips that the test holds up; each call is answered by its own name."""

    def __init__(self) -> None:
        self.sent: list[list[str]] = []
        self.go_on = threading.Semaphore(0)
        self.error: Exception | None = None

    def __call__(self, calls: Sequence[Call]) -> list[Any]:
        self.sent.append([call[0] for call in calls])
        assert self.go_on.acquire(timeout=10)
        if self.error:
            raise self.error
        return [ValueError(name) if name.startswith("bad") else name for name, *_ in calls]


@pytest.fixture
def trips() -> Trips:
    return Trips()


@pytest.fixture
def group(trips: Trips) -> GroupCommit:
    return GroupCommit(trips)


@pytest.fixture
def ask(group: GroupCommit, trips: Trips) -> Iterator[Ask]:
    """Calls in a thread of its own; returns once it is sent or waits, so that the order of calls is known."""
    asked = 0
    with ThreadPoolExecutor(THREADS) as threads:

        def begin(name: str) -> Future[Any]:
            nonlocal asked
            asked += 1
            answer = threads.submit(group.ask, (name,))
            wait_until(lambda: sum(map(len, trips.sent)) + len(group._waiting) >= asked, 10, f"{name} waits")
            return answer

        yield begin


def test_what_comes_while_one_is_under_way_goes_together(trips: Trips, ask: Ask) -> None:
    answers = [ask(name) for name in "abcd"]
    trips.go_on.release(2)
    assert [answer.result(10) for answer in answers] == list("abcd")
    assert trips.sent == [["a"], ["b", "c", "d"]]


def test_the_next_goes_at_once_where_nobody_is_under_way(trips: Trips, ask: Ask) -> None:
    trips.go_on.release(2)
    assert [ask(name).result(10) for name in "ab"] == ["a", "b"]
    assert trips.sent == [["a"], ["b"]]


def test_no_more_go_together_than_the_server_may_be_held_up_by(trips: Trips, ask: Ask) -> None:
    names = [str(number) for number in range(MOST + 6)]
    answers = [ask(name) for name in names]
    trips.go_on.release(3)
    assert [answer.result(10) for answer in answers] == names
    assert list(map(len, trips.sent)) == [1, MOST, 5]


def test_an_error_of_one_is_its_own(trips: Trips, ask: Ask) -> None:
    answers = [ask(name) for name in ("a", "b", "bad", "c")]
    trips.go_on.release(2)
    with pytest.raises(ValueError, match="bad"):
        answers.pop(2).result(10)
    assert [answer.result(10) for answer in answers] == ["a", "b", "c"]


def test_all_that_wait_know_when_the_server_is_away_and_later_ones_ask_again(
    group: GroupCommit, trips: Trips, ask: Ask
) -> None:
    """One after the other would wait as long as each that waits before it."""
    answers = [ask(name) for name in "abc"]
    trips.error = redis.ConnectionError("away")
    trips.go_on.release()
    errors = [answer.exception(10) for answer in answers]
    assert [str(error) for error in errors] == ["away"] * 3
    assert len({id(error) for error in errors}) == 3  # a traceback is a thread's own
    trips.error = None
    trips.go_on.release()
    assert group.ask(("d",)) == "d"
    assert trips.sent == [["a"], ["d"]]


def test_who_goes_alone_waits_for_nobody(group: GroupCommit, trips: Trips, ask: Ask) -> None:
    first = ask("a")
    second = ask("b")
    with ThreadPoolExecutor(1) as thread:
        alone = thread.submit(group.ask, ("large",), alone=True)
        wait_until(lambda: len(trips.sent) == 2, 10, "it is on its way")
        trips.go_on.release(3)
        assert [answer.result(10) for answer in (first, alone, second)] == ["a", "large", "b"]
    assert trips.sent[:2] == [["a"], ["large"]]
