"""How often and how soon a chunk is tried again, by the kind of its error."""

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from services.writer.chunks.retry_policy import (
    BACKOFF_FIRST_S,
    BACKOFF_LONGEST_S,
    BOUNDS,
    INTERRUPTED_ATTEMPTS,
    MENDING_ATTEMPTS,
    MENDING_LONGEST_S,
    UNEXPECTED_ATTEMPTS,
    ErrorKind,
    backoff_s,
    classify,
    may_retry,
)
from services.writer.inventory.copy import CopyCountError

jitters = st.floats(0, 1, exclude_max=True)
kinds = st.sampled_from(ErrorKind)
LONGEST = {kind: MENDING_LONGEST_S if kind is ErrorKind.MENDING else BACKOFF_LONGEST_S for kind in ErrorKind}


@given(kind=kinds, failures=st.integers(1, 100_000), jitter=jitters)
def test_the_wait_stays_between_its_bounds(kind: ErrorKind, failures: int, jitter: float) -> None:
    assert BACKOFF_FIRST_S / 2 <= backoff_s(kind, failures, jitter) <= LONGEST[kind]


@given(kind=kinds, failures=st.integers(1, 100), jitter=jitters)
def test_the_wait_grows_and_is_spread_over_half_of_itself(kind: ErrorKind, failures: int, jitter: float) -> None:
    assert backoff_s(kind, failures, jitter) <= backoff_s(kind, failures + 1, jitter)
    assert backoff_s(kind, failures, 0) * 2 == pytest.approx(backoff_s(kind, failures, 1))


@pytest.mark.parametrize("kind", ErrorKind)
def test_the_first_wait_is_short_and_the_longest_soon_reached(kind: ErrorKind) -> None:
    assert backoff_s(kind, 1, 1) == BACKOFF_FIRST_S
    assert backoff_s(kind, 8, 1) == LONGEST[kind]


@pytest.mark.parametrize(
    ("kind", "attempts"),
    [
        (ErrorKind.INTERRUPTED, INTERRUPTED_ATTEMPTS),
        (ErrorKind.MENDING, MENDING_ATTEMPTS),
        (ErrorKind.UNEXPECTED, UNEXPECTED_ATTEMPTS),
    ],
)
def test_errors_that_may_never_end_are_tried_up_to_a_bound(kind: ErrorKind, attempts: int) -> None:
    assert [may_retry(kind, attempt) for attempt in range(1, attempts + 2)] == [True] * (attempts - 1) + [False, False]


@pytest.mark.parametrize("kind", [ErrorKind.UNAVAILABLE, ErrorKind.CONTENDED])
def test_what_is_not_the_chunks_fault_is_waited_out(kind: ErrorKind) -> None:
    assert may_retry(kind, 1_000_000)


def test_bad_data_is_not_tried_again() -> None:
    assert not may_retry(ErrorKind.DATA, 1)


def test_who_mends_a_migration_has_ten_minutes() -> None:
    waits = [backoff_s(ErrorKind.MENDING, failures, 0) for failures in range(1, BOUNDS[ErrorKind.MENDING])]
    assert 600 < sum(waits) < 900


@pytest.mark.parametrize("error", [PoolTimeout(), TooManyRequests(), PoolClosed()])
def test_a_connection_that_cannot_be_had_is_an_outage(error: Exception) -> None:
    assert classify(error) is ErrorKind.UNAVAILABLE


@pytest.mark.parametrize("error", [CopyCountError(), ValueError("x"), MemoryError(), redis.ConnectionError()])
def test_errors_of_others_are_unexpected(error: Exception) -> None:
    assert classify(error) is ErrorKind.UNEXPECTED


@pytest.mark.parametrize(
    ("sqlstate", "kind"),
    [
        ("08006", "unavailable"), ("53100", "unavailable"), ("53200", "unavailable"), ("53300", "unavailable"),
        ("57P01", "unavailable"), ("57P02", "unavailable"), ("57P03", "unavailable"), ("58030", "unavailable"),
        ("25006", "unavailable"),
        ("40001", "contended"), ("40P01", "contended"), ("55P03", "contended"), ("55006", "contended"),
        ("57014", "interrupted"), ("25P03", "interrupted"),
        ("22001", "data"), ("22003", "data"), ("22021", "data"), ("22P03", "data"), ("23502", "data"),
        ("23503", "data"), ("23505", "data"), ("23514", "data"), ("54000", "data"),
        ("42P01", "mending"), ("42501", "mending"), ("42703", "mending"), ("42883", "mending"), ("3F000", "mending"),
        ("25P02", "unexpected"), ("55000", "unexpected"), ("XX000", "unexpected"), ("P0001", "unexpected"),
    ],
)  # fmt: skip
def test_every_class_of_sqlstates_has_its_kind(sqlstate: str, kind: str) -> None:
    assert classify(errors.lookup(sqlstate)()) == kind
