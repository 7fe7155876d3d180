"""Counts the ledger by minutes and days, so that nobody counts twice, or counts what may still change (ADR 0023)."""

import datetime
import time
import uuid
from typing import Any

from msgspec import Struct
from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES
from libs.database.server.session import Connection

COUNT_EVERY_S = 15.0
MINUTES_KEPT_DAYS = 7
"""Whole days before today that are kept by the minute."""
MOST_ENTRIES = 20_000
"""Entries of the ledger that are looked at in one transaction."""
MOST_MARKS, MOST_DAYS = 2_000, 4
"""The same of stale minutes, and of stale days."""
LONGEST_S = 5.0
"""After so long a run leaves the rest to the next one."""


class _Awaited(Struct, frozen=True):
    """Once all transactions before this one have ended, no entry up to this one can appear any more."""

    entry: int
    transaction: int


class Rollup:
    """Counts. Any number may run at once, may die anywhere, and may run again: each minute is counted anew, whole.

    Raises psycopg.Error while PostgreSQL is away.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._server: object = None
        self._awaited: _Awaited | None = None
        self._certain = 0
        """All entries up to this one are there, or never will be."""

    def run(self) -> int:
        """Count what has changed since the last run; returns how many minutes and days were counted."""
        until = time.monotonic() + LONGEST_S
        counted = 0
        with self._pool.connection() as connection:
            self._look(connection)
            while (more := self._count(connection)) is not None:
                counted += more
                if time.monotonic() > until:
                    break
        return counted

    def _look(self, connection: Connection) -> None:
        """See how far the ledger is complete. Entries behind that wait for the next run."""
        with connection.transaction():
            entry, server = _row(connection, "last_entry")
            if server != self._server:  # numbers of another one, or of before it was set back, mean nothing
                self._server, self._awaited, self._certain = server, None, 0
            if self._awaited is None:
                if entry == self._certain:
                    return
                # Only now: whoever has an entry has had his number before it.
                self._awaited = _Awaited(entry, *_row(connection, "own_transaction"))
            (ended,) = _row(connection, "have_all_ended", transaction=self._awaited.transaction)
            if ended:
                self._certain, self._awaited = self._awaited.entry, None

    def _count(self, connection: Connection) -> int | None:
        """Count some of what has changed; None where nothing is left, or somebody else is counting."""
        with connection.transaction():
            row = connection.execute(QUERIES["take_up_counting"], {"minutes_kept": MINUTES_KEPT_DAYS}).fetchone()
            if row is None:
                return None
            counted_to, days_until, today_until = row
            if days_until < today_until:
                _make_days(connection, days_until, today_until)
            days_until = max(days_until, today_until)
            count_to = max(counted_to, min(self._certain, counted_to + MOST_ENTRIES))
            changed = _changed(connection, counted_to, count_to, days_until)
            values = {
                "tenants": [tenant for tenant, _ in changed], "buckets": [bucket for _, bucket in changed],
                "days_until": days_until, "count_to": count_to,
            }  # fmt: skip
            for step in ("forget_buckets", "count_buckets", "counted"):
                connection.execute(QUERIES[step], values)
        return len(changed) if changed or count_to > counted_to else None


def _changed(
    connection: Connection, counted_to: int, count_to: int, days_until: datetime.datetime
) -> list[tuple[uuid.UUID, datetime.datetime]]:
    """Tenants and minutes, or days, that are to be counted anew."""
    values = {
        "counted_to": counted_to, "count_to": count_to, "days_until": days_until, "most": MOST_MARKS,
        "most_days": MOST_DAYS,
    }  # fmt: skip
    return connection.execute(QUERIES["changed_buckets"], values).fetchall()


def _make_days(connection: Connection, since: datetime.datetime, until: datetime.datetime) -> None:
    """Have the minutes of days that are over become days."""
    values = {"since": since, "until": until}
    for step in ("make_days", "days_made"):
        connection.execute(QUERIES[step], values)


def _row(connection: Connection, query: str, **values: Any) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = connection.execute(QUERIES[query], values).fetchone()
    assert row is not None
    return row
