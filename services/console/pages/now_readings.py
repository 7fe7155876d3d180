"""What the first page reads: what is open, the last hour, and, for those who may see it, who works in which lane."""

import datetime
import uuid

from msgspec import Struct

from libs.contracts.filters import OPEN, JobFilter
from libs.contracts.jobs import Job, JobStatus
from libs.contracts.statistics import RecordsOverTime, Statistics
from libs.contracts.system.workers import LaneView, WorkerView
from libs.contracts.tasks.kinds import Task
from libs.contracts.views import progress_view
from libs.lookup.pages import JobPages
from libs.lookup.statistics import StatisticsLookup
from libs.lookup.system import SystemLookup
from services.console.pages.plots import Frame, Series, plot

LAST_SHOWN = 6
LOOKED_AT = 200
"""Open jobs whose counters are added up."""
HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
ENDED = tuple(status for status in JobStatus if status.ended)


class Hour(Struct, frozen=True):
    """The last hour, by the minute."""

    since: datetime.datetime
    statistics: Statistics

    @property
    def records(self) -> RecordsOverTime:
        """What became of its records."""
        return self.statistics.totals.records

    def plot(self, written: str, refused: str) -> str:
        """What is drawn: records a second, minute by minute."""
        seconds = MINUTE.total_seconds()
        return plot(Frame(self.since, self.since + HOUR, "minute"), self.statistics.points, [
            Series(written, "--good", lambda point: point.records.written / seconds),
            Series(refused, "--bad", lambda point: (point.records.rejected + point.records.failed) / seconds),
        ])  # fmt: skip


class Now(Struct, frozen=True, kw_only=True):
    """What the page shows."""

    open: list[Job | Task]
    failed: list[Job | Task]
    ended: list[Job | Task]
    hour: Hour
    lanes: list[LaneView]
    workers: list[WorkerView]

    @property
    def pending(self) -> int:
        """Records that are under way."""
        return sum(job.records.pending for job in self.open)

    def rate(self, now: datetime.datetime) -> float:
        """Records a second, of all that runs."""
        return sum(progress_view(job, now).records_per_second for job in self.open)

    def oldest_s(self, now: datetime.datetime) -> float | None:
        """How long the oldest open job waits."""
        return max(((now - job.created_at).total_seconds() for job in self.open), default=None)


class NowReader:
    """Reads it. Raises redis.RedisError, psycopg.Error."""

    def __init__(self, pages: JobPages, statistics: StatisticsLookup, system: SystemLookup) -> None:
        self._pages = pages
        self._statistics = statistics
        self._system = system

    def read(self, tenant_id: uuid.UUID, *, system: bool) -> Now:
        """All of it; lanes and workers only for those who may see the `system`."""
        return Now(
            open=self._jobs(tenant_id, OPEN, LOOKED_AT),
            failed=self._jobs(tenant_id, (JobStatus.FAILED,), LAST_SHOWN),
            ended=self._jobs(tenant_id, ENDED, LAST_SHOWN),
            hour=self._hour(tenant_id),
            lanes=self._system.lanes() if system else [],
            workers=self._system.workers() if system else [],
        )

    def _jobs(self, tenant_id: uuid.UUID, statuses: tuple[JobStatus, ...], limit: int) -> list[Job | Task]:
        return self._pages.page(tenant_id, JobFilter(statuses=statuses), before=None, limit=limit).jobs

    def _hour(self, tenant_id: uuid.UUID) -> Hour:
        now = datetime.datetime.now(datetime.UTC)
        since = now.replace(second=0, microsecond=0) - HOUR + MINUTE
        return Hour(since, self._statistics.over_time(tenant_id, since, since + HOUR, "minute", None))
