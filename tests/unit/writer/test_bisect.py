"""Bisecting as such: which rows are refused, how often one asks, and what is never bisected."""

import math
from collections.abc import Sequence

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import errors
from psycopg_pool import PoolTimeout

from services.writer.chunks.bisect import write_isolating
from services.writer.inventory.rows import Row
from services.writer.inventory.target import Applied


def rows(count: int) -> list[Row]:
    return [Row(place, place, False, bytes(24), ()) for place in range(count)]


@settings(max_examples=200, deadline=None)
@given(size=st.integers(1, 200), data=st.data())
def test_exactly_the_refused_rows_are_faulty(size: int, data: st.DataObject) -> None:
    refused = data.draw(st.sets(st.integers(0, size - 1), max_size=8))
    asked: list[int] = []
    written: list[int] = []

    def write(part: Sequence[Row]) -> Applied:
        asked.append(len(part))
        if refused & {row.position for row in part}:
            raise errors.CheckViolation
        written.extend(row.position for row in part)
        return Applied(created=len(part), resolved={row.index: row.id for row in part})

    applied = write_isolating(write, rows(size))
    assert set(applied.faulty) == refused
    assert {fault.code for faults in applied.faulty.values() for fault in faults} <= {"WRITE_REFUSED"}
    assert written == [place for place in range(size) if place not in refused]
    assert (applied.created, sorted(applied.resolved)) == (len(written), written)
    assert len(asked) <= 1 + 2 * len(refused) * math.ceil(math.log2(max(size, 2)))


@pytest.mark.parametrize(
    "error",
    [
        errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable, errors.QueryCanceled,
        errors.AdminShutdown, errors.DiskFull, errors.UndefinedTable, errors.InsufficientPrivilege,
        psycopg.OperationalError, PoolTimeout, ValueError,
    ],
)  # fmt: skip
def test_errors_that_are_not_of_the_data_are_raised_at_once(error: type[Exception]) -> None:
    asked: list[int] = []

    def write(part: Sequence[Row]) -> Applied:
        asked.append(len(part))
        raise error

    with pytest.raises(error):
        write_isolating(write, rows(64))
    assert asked == [64]


def test_an_outage_between_the_halves_ends_the_search() -> None:
    """What the first half has written is lost with the transaction, so all of it comes again."""
    asked: list[int] = []

    def write(part: Sequence[Row]) -> Applied:
        asked.append(len(part))
        match len(asked):
            case 1:
                raise errors.CheckViolation
            case 2:
                return Applied(created=len(part))
            case _:
                raise errors.AdminShutdown

    with pytest.raises(errors.AdminShutdown):
        write_isolating(write, rows(8))
    assert asked == [8, 4, 4]
