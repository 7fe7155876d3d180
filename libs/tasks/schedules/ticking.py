"""The tick: every processor looks what is due, and one of them opens it.

Who moves a schedule's next time on, in one transaction with the fire and the job, has opened it; whoever comes too late
finds that it is no longer due. A processor that dies in between leaves nothing behind. Of what was missed the last time
alone is made up for, within the schedule's grace; the history says how many have passed. Where the clock was set back,
next times are computed again, and the fires that are known keep what has run from running once more.
"""

import datetime
import uuid
from collections.abc import Collection
from typing import Any

import structlog
from msgspec import Struct, convert
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from libs.contracts.tasks.kinds import TaskRef
from libs.database.queries import QUERIES
from libs.tasks.schedules.defaults import offer
from libs.tasks.schedules.opening import Due, fire, note_missed
from libs.tasks.schedules.times import count_between, last_until, next_after

log = structlog.get_logger()

MOST_AT_ONCE = 100
SLACK = datetime.timedelta(minutes=1)
"""So late is not missed; and a clock that differs by so much was not set back."""
KEPT = datetime.timedelta(days=90)
"""For how long it is known when a schedule ran."""


class Opened(Struct, frozen=True):
    """A job that a schedule has opened."""

    ref: TaskRef
    type: str


class _Row(Struct, frozen=True, kw_only=True):
    tenant_id: uuid.UUID
    name: str
    type: str
    parameters: dict[str, Any]
    cron: str
    zone: str
    grace_s: int
    due_at: datetime.datetime


class Schedules:
    """Schedules of all tenants, for a processor. Raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._set_back_from: datetime.datetime | None = None

    def now(self) -> datetime.datetime:
        """The time, by PostgreSQL's clock: processors have clocks of their own."""
        with self._pool.connection() as connection:
            row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        moment: datetime.datetime = row[0]
        return moment

    def offer(self, types: Collection[str], now: datetime.datetime) -> None:
        """Make the schedules that are there by themselves, of those types, unless that was done before."""
        for name in offer(self._pool, types, now):
            log.info("schedule_offered", name=name)

    def tick(self, now: datetime.datetime) -> list[Opened]:
        """Open what is due at a moment; the jobs are durable, and are to be published."""
        self._mend(now)
        opened = [Opened(ref, row.type) for row in self._due(now) if (ref := self._open(row, now))]
        if opened:
            with self._pool.connection() as connection:
                connection.execute(QUERIES["forget_fires"], {"before": now - KEPT})
        return opened

    def _due(self, now: datetime.datetime) -> list[_Row]:
        return self._rows("due_schedules", {"now": now, "limit": MOST_AT_ONCE})

    def _mend(self, now: datetime.datetime) -> None:
        """Compute next times again where the clock was ahead when something ran last, once for each such time."""
        with self._pool.connection() as connection:
            row = connection.execute(QUERIES["last_fire"]).fetchone()
        last: datetime.datetime | None = row[0] if row else None
        if last is None or last <= now + SLACK or last == self._set_back_from:
            return
        log.warning("clock_was_set_back", by_s=(last - now).total_seconds())
        for each in self._rows("schedules_to_come", {"now": now}):
            self._move(each, next_after(each.cron, each.zone, now))
        self._set_back_from = last

    def _move(self, row: _Row, following: datetime.datetime) -> None:
        if following < row.due_at:
            values = {"tenant": row.tenant_id, "name": row.name, "due_at": row.due_at, "next": following}
            with self._pool.connection() as connection:
                connection.execute(QUERIES["advance_schedule"], values)

    def _rows(self, query: str, values: dict[str, Any]) -> list[_Row]:
        with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return convert(cursor.execute(QUERIES[query], values).fetchall(), list[_Row])

    def _open(self, row: _Row, now: datetime.datetime) -> TaskRef | None:
        last = last_until(row.cron, row.zone, row.due_at, now, SLACK + datetime.timedelta(seconds=row.grace_s))
        values = {"tenant": row.tenant_id, "name": row.name, "due_at": row.due_at}
        with self._pool.connection() as connection, connection.transaction():
            following = next_after(row.cron, row.zone, now)
            if connection.execute(QUERIES["advance_schedule"], {**values, "next": following}).fetchone() is None:
                return None
            due = Due(tenant_id=row.tenant_id, name=row.name, type=row.type, parameters=row.parameters)
            missed = count_between(row.cron, row.zone, row.due_at, last or following)
            if missed:
                log.warning("schedule_missed", name=row.name, times=missed)
            if last is None:
                note_missed(connection, due, due_at=row.due_at, now=now, missed=missed)
                return None
            return fire(connection, due, due_at=last, now=now, missed=missed)
