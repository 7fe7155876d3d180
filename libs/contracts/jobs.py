"""A job's states, counters and options, with their names in Vietnamese."""

import enum
from typing import Literal

from msgspec import Struct

Mode = Literal["insert", "ignore", "upsert"]
OnError = Literal["continue", "abort"]
Lane = Literal["high", "normal", "low"]
RetryStrategy = Literal["transient", "all"]


class JobStatus(enum.StrEnum):
    """Where a job is. The last three are ends."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Whether nothing more happens to the job by itself."""
        return self not in (JobStatus.PENDING, JobStatus.PROCESSING)


STATUS_VI: dict[JobStatus, str] = {
    JobStatus.PENDING: "đang chờ xử lý",
    JobStatus.PROCESSING: "đang xử lý",
    JobStatus.COMPLETED: "hoàn thành",
    JobStatus.FAILED: "thất bại",
    JobStatus.CANCELLED: "đã hủy",
}


class RecordCounts(Struct, frozen=True, kw_only=True):
    """Records by outcome. At every end `pending` is 0 and the others add up to `total`."""

    total: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    """Refused for a fault of their own."""
    failed: int = 0
    """Not written for a reason outside the record."""
    cancelled: int = 0
    pending: int = 0

    @property
    def written(self) -> int:
        """Records that are in the database."""
        return self.created + self.updated + self.unchanged


class ChunkCounts(Struct, frozen=True, kw_only=True):
    """Chunks by state; `failed` are among `settled`."""

    total: int = 0
    available: int = 0
    running: int = 0
    deferred: int = 0
    settled: int = 0
    failed: int = 0


def end_status(counts: RecordCounts, *, chunks_failed: int) -> JobStatus:
    """The state in which a job with these final counters ends.

    A job of which nothing could be written has failed; one that wrote what was valid has completed.
    """
    if chunks_failed or counts.failed:
        return JobStatus.FAILED
    if counts.cancelled:
        return JobStatus.CANCELLED
    return JobStatus.COMPLETED if counts.written else JobStatus.FAILED
