"""What has happened over time, as the ledger says: records by what became of them, jobs by their end, durations."""

import datetime
from typing import Literal, get_args

from msgspec import Struct

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


class StatisticsPoint(Struct, frozen=True, kw_only=True):
    """A step of time in which something happened."""

    starts_at: datetime.datetime
    records: RecordsOverTime = RecordsOverTime()
    jobs: JobsOverTime = JobsOverTime()
    chunks: ChunksOverTime = ChunksOverTime()
