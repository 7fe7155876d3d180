"""A tenant's statistics: over time from the ledger, and at a glance from both stores."""

import datetime
import uuid

from libs.contracts.filters import JobFilter
from libs.contracts.statistics import JobsByState, Statistics, StatisticsTotals, Step, Summary, total_of
from libs.contracts.views import job_view
from libs.database.statistics.reader import StatisticsReader
from libs.jobs.live.open_jobs import UnderWay
from libs.jobs.store import JobStore
from libs.lookup.pages import JobPages

LATEST = 10
SUMMARISED = datetime.timedelta(days=1)


class StatisticsLookup:
    """Reads statistics. Raises psycopg.Error while PostgreSQL is away, and for a summary redis.RedisError."""

    def __init__(self, store: JobStore, reader: StatisticsReader, pages: JobPages) -> None:
        self._store = store
        self._reader = reader
        self._pages = pages

    def over_time(
        self, tenant_id: uuid.UUID, since: datetime.datetime, until: datetime.datetime, step: Step, entity: str | None
    ) -> Statistics:
        """What has happened, step by step; `since` is the beginning of a step."""
        since, points = self._reader.points(tenant_id, since, until, step, entity=entity)
        return Statistics(
            step=step, since=since, until=max(since, until), entity=entity, totals=total_of(points), points=points
        )

    def summary(self, tenant_id: uuid.UUID, now: datetime.datetime) -> Summary:
        """A tenant's jobs at a glance."""
        since = (now - SUMMARISED).replace(second=0, microsecond=0)
        open_now = self._store.under_way(tenant_id)
        _, points = self._reader.points(tenant_id, since, datetime.datetime.max.replace(tzinfo=datetime.UTC), "minute")
        totals = total_of(points)
        by_state, pending = self._reader.tasks(tenant_id, since)
        batches, tasks = _batches(open_now, totals), JobsByState(**by_state)
        latest = self._pages.page(tenant_id, JobFilter(), before=None, limit=LATEST)
        return Summary(
            at=now, since=since, batches=batches, tasks=tasks, records_under_way=open_now.records + pending,
            records_under_way_exact=open_now.exact, records=totals.records,
            completion_rate=_completion_rate(batches, tasks), latest=[job_view(job) for job in latest.jobs],
        )  # fmt: skip


def _batches(open_now: UnderWay, totals: StatisticsTotals) -> JobsByState:
    ended = totals.jobs
    return JobsByState(
        pending=open_now.pending, processing=open_now.processing, completed=ended.completed, failed=ended.failed,
        cancelled=ended.cancelled,
    )  # fmt: skip


def _completion_rate(*parts: JobsByState) -> float | None:
    completed = sum(part.completed for part in parts)
    ended = completed + sum(part.failed + part.cancelled for part in parts)
    return round(100.0 * completed / ended, 1) if ended else None
