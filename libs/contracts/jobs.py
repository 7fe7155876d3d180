"""A job's states, counters and options, with their names in Vietnamese."""

import datetime
import enum
import uuid
from typing import Literal

from msgspec import Struct

Mode = Literal["insert", "ignore", "upsert"]
OnError = Literal["continue", "abort"]
Lane = Literal["high", "normal", "low"]
RetryStrategy = Literal["transient", "all"]
WRITE = "write"
"""The type of a batch's job; every other type is a task's."""


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


class Job(Struct, frozen=True, kw_only=True):
    """A job as its store holds it; times are UTC."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    entity: str
    status: JobStatus
    mode: Mode
    on_error: OnError
    lane: Lane
    dry_run: bool
    created_by: str
    request_id: str
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    updated_at: datetime.datetime
    records: RecordCounts
    chunks: ChunkCounts
    attempts: int
    last_error: str | None
    """A code and a SQLSTATE, never a value."""
    cancelling: bool
    generation: int
    """How often failed chunks have been retried."""
    version: str
    """Changes with every event of the job."""
    epoch_ms: int = 0
    """With the id it gives the ids of records that came without one. By the clock of whoever opened the job, so it
    orders nothing."""
    opening: int = 0
    """Which opening of the job this is, as writers have agreed: Redis may lose a job whose request then comes again."""
    nonce: str = ""
    """The name of this opening."""
    parent_id: uuid.UUID | None = None
    """The task that the job is a part of, which shows it; lists leave it out."""

    @property
    def type(self) -> str:
        """What tells a batch's job from a task."""
        return WRITE

    @property
    def aborted(self) -> bool:
        """Whether nothing was written because records were bad."""
        return self.on_error == "abort" and self.records.rejected > 0

    @property
    def progress(self) -> float:
        """Settled records, percent."""
        return round(100.0 * (1 - self.records.pending / self.records.total), 1) if self.records.total else 0.0


class Before(Struct, frozen=True):
    """Where a page of jobs starts: below this place, newest first."""

    created_at: datetime.datetime
    job_id: uuid.UUID


class NewJob(Struct, frozen=True, kw_only=True):
    """What ingest decides about a job when it opens it."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    entity: str
    mode: Mode
    on_error: OnError
    lane: Lane
    dry_run: bool
    created_by: str
    request_id: str
    traceparent: str
    epoch_ms: int
    total: int
    parent_id: uuid.UUID | None = None


class AuditEntry(Struct, frozen=True, kw_only=True):
    """Who changed what, and when; kept for ever."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    at: datetime.datetime
    actor: str
    action: str
    """`batch.accept`, `job.cancel`, `job.retry`, or what is done with a task, a file or a mapping."""
    job_id: uuid.UUID
    entity: str
    request_id: str
    counts: dict[str, int]
    reason: str = ""
    """Why, in the words of who did it."""
