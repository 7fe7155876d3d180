"""What has happened over time, as the ledger says: records by what became of them, jobs by their end, durations."""

import datetime
from collections.abc import Sequence
from operator import attrgetter
from typing import Literal, TypeVar, get_args

from msgspec import Struct, field

from libs.contracts.answers import JobView

Step = Literal["minute", "hour", "day"]
STEPS: tuple[Step, ...] = get_args(Step)
STEP_LENGTH: dict[Step, datetime.timedelta] = {
    "minute": datetime.timedelta(minutes=1),
    "hour": datetime.timedelta(hours=1),
    "day": datetime.timedelta(days=1),
}


class RecordsOverTime(Struct, frozen=True, kw_only=True):
    """Records whose chunks were written then, by outcome."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def written(self) -> int:
        """Records that are in the database."""
        return self.created + self.updated + self.unchanged

    @property
    def total(self) -> int:
        """All of them."""
        return self.written + self.rejected + self.failed + self.cancelled


class JobsOverTime(Struct, frozen=True, kw_only=True):
    """Batches that ended then, by their end."""

    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    seconds: float = 0.0
    """From being accepted to the end, all together."""

    @property
    def total(self) -> int:
        """All of them."""
        return self.completed + self.failed + self.cancelled


class ChunksOverTime(Struct, frozen=True, kw_only=True):
    """Chunks that were written then."""

    total: int = 0
    seconds: float = 0.0
    """In their transactions, all together."""


class StatisticsTotals(Struct, frozen=True, kw_only=True):
    """What has happened in some time."""

    records: RecordsOverTime = RecordsOverTime()
    jobs: JobsOverTime = JobsOverTime()
    chunks: ChunksOverTime = ChunksOverTime()


Part = TypeVar("Part", RecordsOverTime, JobsOverTime, ChunksOverTime)


class StatisticsPoint(StatisticsTotals, frozen=True, kw_only=True):
    """A step of time in which something happened."""

    starts_at: datetime.datetime


class Statistics(Struct, frozen=True, kw_only=True):
    """What has happened over time; a step in which nothing has is left out."""

    step: Step
    since: datetime.datetime = field(name="from")
    """The beginning of the first step: minutes and hours begin where minutes are kept."""
    until: datetime.datetime = field(name="to")
    entity: str | None
    totals: StatisticsTotals
    points: list[StatisticsPoint]


class JobsByState(Struct, frozen=True, kw_only=True):
    """Jobs that are open now, and those that have ended within a day, by state."""

    pending: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0
    cancelled: int = 0


class Summary(Struct, frozen=True, kw_only=True):
    """A tenant's jobs at a glance."""

    at: datetime.datetime
    since: datetime.datetime
    """A day before: ends and outcomes are counted from then on."""
    batches: JobsByState
    tasks: JobsByState
    """Jobs of all other types."""
    records_under_way: int
    """Of open jobs: accepted, and neither written nor refused yet."""
    records_under_way_exact: bool
    """False where so many jobs are open that only the newest were looked at: there are more."""
    records: RecordsOverTime
    completion_rate: float | None
    """Completed, percent of all batches and tasks that have ended; null where none has."""
    latest: list[JobView]
    """The ten newest jobs."""


def total_of(points: Sequence[StatisticsPoint]) -> StatisticsTotals:
    """All of these steps together."""
    return StatisticsTotals(
        records=_sum_of(points, "records", RecordsOverTime),
        jobs=_sum_of(points, "jobs", JobsOverTime),
        chunks=_sum_of(points, "chunks", ChunksOverTime),
    )


def _sum_of(points: Sequence[StatisticsPoint], part: str, kind: type[Part]) -> Part:
    return kind(**{name: sum(map(attrgetter(f"{part}.{name}"), points)) for name in kind.__struct_fields__})
