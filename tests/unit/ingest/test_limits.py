"""When a client is told to come back, and when a body is too slow."""

import socket
from contextlib import closing

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.intake.admission import drain_s
from services.ingest.http.slow_bodies import CROWDED_GRACE_S, LARGEST_BLOCK, SMALLEST_BLOCK, Pace, Watchdog, next_block
from tests.waiting import wait_until

relaxed = settings(deadline=None, max_examples=60)


@given(st.integers(0, 2**40), st.integers(0, 2**33))
@example(0, 0)
@relaxed
def test_a_client_is_told_to_come_back_within_two_minutes(excess: int, rate: int) -> None:
    assert 1 <= drain_s(excess, rate) <= 120


@given(st.integers(0, 2**32), st.integers(0, 2**32), st.integers(1, 2**30))
@relaxed
def test_more_to_write_never_means_to_come_back_sooner(one: int, more: int, rate: int) -> None:
    assert drain_s(one, rate) <= drain_s(one + more, rate)
    assert drain_s(one, rate * 2) <= drain_s(one, rate)


@pytest.mark.parametrize(("excess", "rate", "seconds"), [
    (0, 0, 5), (10**9, 0, 5), (0, 1_000, 1), (10_000, 1_000, 11), (10**9, 1, 120), (50_000, 1_000, 55),
    (100_001, 1_000, 111),
])  # fmt: skip
def test_the_time_is_what_the_writers_need_and_a_tenth(excess: int, rate: int, seconds: int) -> None:
    assert drain_s(excess, rate) == seconds


@pytest.mark.parametrize(("elapsed", "received", "slow"), [
    (0.0, 0, False), (5.0, 0, False), (7.0, 0, False), (7.1, 0, True), (15.0, 5 * SMALLEST_BLOCK // 2, False),
    (15.0, 5 * SMALLEST_BLOCK // 2 - 1, True), (60.0, 10**9, False), (60.1, 10**9, True),
])  # fmt: skip
def test_a_body_has_a_grace_then_a_rate_and_at_last_an_end(elapsed: float, received: int, slow: bool) -> None:
    pace = Pace(seconds=60, bytes_per_second=SMALLEST_BLOCK // 2, grace_seconds=5)
    assert pace.too_slow(elapsed, received) is slow


@given(st.integers(0, 2**32))
@relaxed
def test_blocks_grow_with_what_has_come_between_two_bounds(received: int) -> None:
    assert SMALLEST_BLOCK <= next_block(received) <= LARGEST_BLOCK
    assert next_block(received) <= max(received, SMALLEST_BLOCK)
    assert next_block(0) == SMALLEST_BLOCK
    assert next_block(LARGEST_BLOCK + received) == LARGEST_BLOCK


@given(st.floats(0, 100), st.integers(0, 10_000), st.floats(0, 10), st.integers(0, 100))
@relaxed
def test_what_is_too_slow_stays_so_unless_more_comes(elapsed: float, received: int, later: float, more: int) -> None:
    pace = Pace(seconds=60, bytes_per_second=100, grace_seconds=5)
    if pace.too_slow(elapsed, received):
        assert pace.too_slow(elapsed + later, received)
    if not pace.too_slow(elapsed, received):
        assert not pace.too_slow(elapsed, received + more)


def test_a_reader_that_waits_for_a_slow_client_is_woken_and_can_still_answer() -> None:
    watchdog = Watchdog(Pace(seconds=0.2, bytes_per_second=1, grace_seconds=0.1))
    ours, theirs = socket.socketpair()
    with closing(ours), closing(theirs):
        ours.settimeout(10)
        with watchdog.watch(ours) as reading:
            assert ours.recv(1) == b""
        assert reading.given_up
        ours.sendall(b"too slow")
        assert theirs.recv(100) == b"too slow"


def test_in_a_crowd_nobody_has_much_of_a_grace() -> None:
    pace = Pace(seconds=600, bytes_per_second=2**30, grace_seconds=600)
    watchdog, lonely = Watchdog(pace, crowd=1), Watchdog(pace, crowd=1)
    with lonely.watch(None) as one, watchdog.watch(None) as first, watchdog.watch(None) as second:
        wait_until(lambda: first.given_up and second.given_up, CROWDED_GRACE_S + 10, "both are given up")
        assert not one.given_up


def test_a_quick_body_and_one_that_has_ended_are_left_alone() -> None:
    watchdog = Watchdog(Pace(seconds=0.1, bytes_per_second=1, grace_seconds=60))
    ended, theirs = socket.socketpair()
    with closing(ended), closing(theirs):
        with watchdog.watch(ended) as done:
            pass
        with watchdog.watch(None) as other:
            wait_until(lambda: other.given_up, 10, "the watchdog looks")
        assert not done.given_up
        theirs.sendall(b"x")
        assert ended.recv(1) == b"x"
