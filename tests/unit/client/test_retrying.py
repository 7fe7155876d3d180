"""When the client sends a request again: pure decisions, and the loop on a clock that the test moves."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.client.batches import Batch
from libs.client.connection import Connection
from libs.client.failures import SluiceError, SluiceUnavailableError
from libs.client.retrying import (
    FIRST_DELAY,
    LONGEST_DELAY,
    Retrying,
    TransientError,
    Waiting,
    backoff,
    next_delay,
    parse_retry_after,
    worth_retrying,
)
from libs.client.sending import MOST_BYTES, AbandonedError, Road

NOW = datetime(2026, 11, 22, 8, 0, 0, tzinfo=UTC)
REFUSED = SluiceError("BACKLOG", "Full.", "Đầy.", status=503, request_id="r-1")


class Clock:
    """A clock that moves when somebody sleeps."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.slept: list[float] = []

    def read(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def retrying(clock: Clock, seen: list[Waiting] | None = None, *, retry_for: float = 60.0) -> Retrying:
    on_wait = seen.append if seen is not None else None
    return Retrying(retry_for, on_wait=on_wait, clock=clock.read, sleep=clock.sleep, chance=lambda: 1.0)


def attempts(*outcomes: TransientError | SluiceError | str) -> Callable[[], str]:
    left: Iterator[TransientError | SluiceError | str] = iter(outcomes)

    def attempt() -> str:
        outcome = next(left)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    return attempt


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504, 599])
def test_these_answers_are_worth_another_attempt(status: int) -> None:
    assert worth_retrying(status)


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 411, 413, 415, 422])
def test_these_answers_would_be_the_same_again(status: int) -> None:
    assert not worth_retrying(status)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("17", 17.0),
        (" 17 ", 17.0),
        ("9" * 5_000, 999_999_999.0),
        ("Sun, 22 Nov 2026 08:01:30 GMT", 90.0),
        ("Sunday, 22-Nov-26 08:01:30 GMT", 90.0),
        ("Sun Nov 22 08:01:30 2026", 90.0),
        ("Sun, 22 Nov 2026 07:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value, NOW) == seconds


@given(st.text())
def test_no_header_breaks_the_parser(value: str) -> None:
    seconds = parse_retry_after(value, NOW)

    assert seconds is None or seconds >= 0


@given(st.integers(1, 10_000), st.floats(0, 1))
def test_a_backoff_grows_to_its_bound_and_is_spread(failures: int, chance: float) -> None:
    assert backoff(1, chance) <= FIRST_DELAY
    assert FIRST_DELAY / 2 <= backoff(failures, chance) <= LONGEST_DELAY
    assert backoff(failures, chance) <= backoff(failures + 1, chance)
    assert backoff(failures, 0.0) < backoff(failures, 1.0)


@given(st.integers(1, 50), st.floats(0, 100), st.one_of(st.none(), st.floats(0, 200)), st.floats(0, 1))
def test_a_delay_respects_the_server_and_the_time_that_is_left(
    failures: int, elapsed: float, retry_after: float | None, chance: float
) -> None:
    delay = next_delay(failures, elapsed=elapsed, retry_for=60.0, retry_after=retry_after, chance=chance)

    if elapsed >= 60.0 or (retry_after is not None and retry_after > 60.0 - elapsed):
        assert delay is None
    else:
        assert delay is not None
        assert delay > 0
        assert delay >= (retry_after or 0)
        assert retry_after is not None or delay <= 60.0 - elapsed


def test_a_retry_after_of_zero_is_no_busy_loop() -> None:
    assert next_delay(1, elapsed=0.0, retry_for=60.0, retry_after=0.0, chance=0.0) == FIRST_DELAY


def test_the_first_success_ends_the_attempts() -> None:
    clock, seen = Clock(), list[Waiting]()

    answer = retrying(clock, seen).run(attempts(TransientError(REFUSED), TransientError(REFUSED), "written"))

    assert answer == "written"
    assert clock.slept == [FIRST_DELAY, 2 * FIRST_DELAY]
    assert [waiting.attempt for waiting in seen] == [2, 3]
    assert seen[0].failure is REFUSED


def test_the_server_says_how_long_to_wait() -> None:
    clock = Clock()

    retrying(clock).run(attempts(TransientError(REFUSED, 5.0), "written"))

    assert clock.slept == [pytest.approx(5.5)]


def test_a_lasting_refusal_is_raised_at_once() -> None:
    clock = Clock()
    refusal = SluiceError("WRONG_SCOPE", "", "", status=403)

    with pytest.raises(SluiceError) as caught:
        retrying(clock).run(attempts(refusal))

    assert caught.value is refusal
    assert clock.slept == []


def test_when_the_time_is_up_the_last_failure_is_raised() -> None:
    clock = Clock()

    with pytest.raises(SluiceUnavailableError) as caught:
        retrying(clock).run(attempts(*[TransientError(REFUSED)] * 100))

    assert caught.value.seconds == pytest.approx(60.0)
    assert caught.value.attempts == len(clock.slept) + 1
    assert (caught.value.code, caught.value.status, caught.value.request_id) == ("BACKLOG", 503, "r-1")
    assert "BACKLOG" in str(caught.value)


def test_a_wait_beyond_the_time_that_is_left_is_not_begun() -> None:
    clock = Clock()

    with pytest.raises(SluiceUnavailableError):
        retrying(clock).run(attempts(TransientError(REFUSED, 61.0)))

    assert clock.slept == []


def test_who_was_told_to_come_later_holds_all_back() -> None:
    told = threading.Event()
    connection = Connection(
        "http://localhost:1", "a.b.c", timeout=1, retrying=Retrying(7_200, on_wait=lambda _: told.set())
    )
    road, batch = Road(connection), Batch(0, 0, 1, b"{}")
    posted: list[str] = []

    def refused() -> httpx.Response:
        posted.append("first")
        raise TransientError(REFUSED, retry_after=3_600)

    def never() -> httpx.Response:
        posted.append("second")
        return httpx.Response(202)

    road.send(batch, refused)
    assert told.wait(20)
    road.send(batch, never)
    road.leave()

    for sending in road.on_way:
        with pytest.raises(AbandonedError):
            sending.answer()
    assert posted == ["first"]
    connection.close()


def test_bodies_that_are_on_the_way_are_bounded_and_one_may_always_go() -> None:
    connection = Connection("http://localhost:1", "a.b.c", timeout=1, retrying=Retrying(1))
    road, hold = Road(connection), threading.Event()

    def held() -> httpx.Response:
        hold.wait(20)
        return httpx.Response(202)

    large, half = Batch(0, 0, 1, bytes(MOST_BYTES + 1)), Batch(1, 1, 1, bytes(MOST_BYTES // 2))
    assert road.has_room(large)
    road.send(half, held)
    assert (road.has_room(half), road.has_room(large)) == (True, False)
    road.send(half, held)
    assert not road.has_room(Batch(2, 2, 1, b"{}"))
    hold.set()
    assert [sending.answer().status_code for sending in road.on_way] == [202, 202]
    connection.close()
