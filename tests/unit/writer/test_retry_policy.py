"""How often and how soon a chunk is tried again, by the kind of its error."""

import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from psycopg import errors
from psycopg_pool import PoolClosed, PoolTimeout, TooManyRequests

from services.writer.chunks.copy import CopyCountError
from services.writer.chunks.retry_policy import (
    BACKOFF_FIRST_S,
    BACKOFF_LONGEST_S,
    CONTENDED_ATTEMPTS,
    UNEXPECTED_ATTEMPTS,
    ErrorKind,
    backoff_s,
    classify,
    may_retry,
)

jitters = st.floats(0, 1, exclude_max=True)


@given(attempts=st.integers(1, 100_000), jitter=jitters)
def test_the_wait_stays_between_its_bounds(attempts: int, jitter: float) -> None:
    assert BACKOFF_FIRST_S / 2 <= backoff_s(attempts, jitter) <= BACKOFF_LONGEST_S


@given(attempts=st.integers(1, 100), jitter=jitters)
def test_the_wait_grows_and_is_spread_over_half_of_itself(attempts: int, jitter: float) -> None:
    assert backoff_s(attempts, jitter) <= backoff_s(attempts + 1, jitter)
    assert backoff_s(attempts, 0) * 2 == pytest.approx(backoff_s(attempts, 1))


def test_the_first_wait_is_short_and_the_longest_soon_reached() -> None:
    assert backoff_s(1, 1) == BACKOFF_FIRST_S
    assert backoff_s(6, 1) == BACKOFF_LONGEST_S


@pytest.mark.parametrize(
    ("kind", "attempts"), [(ErrorKind.CONTENDED, CONTENDED_ATTEMPTS), (ErrorKind.UNEXPECTED, UNEXPECTED_ATTEMPTS)]
)
def test_errors_that_may_never_end_are_tried_up_to_a_bound(kind: ErrorKind, attempts: int) -> None:
    assert [may_retry(kind, attempt) for attempt in range(1, attempts + 2)] == [True] * (attempts - 1) + [False, False]


def test_an_outage_is_waited_out_and_bad_data_is_not_tried_again() -> None:
    assert may_retry(ErrorKind.UNAVAILABLE, 1_000_000)
    assert not may_retry(ErrorKind.DATA, 1)


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
        ("40001", "contended"), ("40P01", "contended"), ("55P03", "contended"), ("57014", "contended"),
        ("25P03", "contended"),
        ("22001", "data"), ("22003", "data"), ("22021", "data"), ("22P03", "data"), ("23502", "data"),
        ("23503", "data"), ("23505", "data"), ("23514", "data"), ("54000", "data"),
        ("42P01", "unexpected"), ("42501", "unexpected"), ("42703", "unexpected"), ("25P02", "unexpected"),
        ("XX000", "unexpected"), ("P0001", "unexpected"),
    ],
)  # fmt: skip
def test_every_class_of_sqlstates_has_its_kind(sqlstate: str, kind: str) -> None:
    assert classify(errors.lookup(sqlstate)()) == kind
