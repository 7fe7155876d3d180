"""A bulk action: all jobs that match a filter are cancelled, or retried."""

import datetime
import uuid
from typing import Annotated, Literal, TypeAlias, TypeVar

from msgspec import Meta, Struct, field

from libs.contracts.filters import EARLIEST, JobFilter
from libs.contracts.jobs import Before, JobStatus, Lane, RetryStrategy
from libs.contracts.queues import LANES
from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind
from libs.contracts.tasks.types.load import EntityName

MOST_JOBS = 1_000_000
"""That one bulk action may be about."""
LONGEST_REASON, LONGEST_SEARCH = 500, 255
Moment: TypeAlias = Annotated[datetime.datetime, Meta(tz=True)]

Value = TypeVar("Value")


class BulkFilter(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, kw_only=True):
    """Which jobs, as lists are asked for them; a member that takes one of some values takes a list of them, too."""

    status: JobStatus | list[JobStatus] = []
    type: str | list[str] = []
    entity: EntityName | list[EntityName] = []
    lane: Lane | list[Lane] = []
    parent: uuid.UUID | None = None
    since: Moment | None = field(name="from", default=None)
    until: Moment | None = field(name="to", default=None)
    q: Annotated[str, Meta(min_length=1, max_length=LONGEST_SEARCH)] | None = None

    @property
    def types(self) -> tuple[str, ...]:
        """The types that are named."""
        return _several(self.type)

    def opened_by(self, cutoff: datetime.datetime) -> JobFilter:
        """What the stores are asked for: what matches, and was opened then or earlier."""
        entities: tuple[EntityName, ...] = _several(self.entity)
        return JobFilter(
            statuses=_several(self.status) or tuple(JobStatus), types=self.types, entities=entities,
            lanes=_several(self.lane) or LANES, parent=self.parent, since=self.since or EARLIEST,
            until=min(filter(None, (self.until, cutoff))), q=self.q,
        )  # fmt: skip


class BulkParameters(Parameters, frozen=True, omit_defaults=True, kw_only=True):
    """Cancel or retry all jobs that match a filter."""

    action: Literal["cancel", "retry"]
    filter: BulkFilter
    expected: Annotated[int, Meta(ge=0, le=MOST_JOBS)]
    """Nothing is done where more match."""
    before: Moment | None = None
    """Only jobs that were opened then or earlier; without it, before this one."""
    reason: Annotated[str, Meta(max_length=LONGEST_REASON)] = ""
    """Why; the audit trail keeps it with each job."""
    strategy: RetryStrategy = "transient"
    """Which failed chunks of a batch are tried again."""

    def __post_init__(self) -> None:
        if not self.reason.isprintable():
            raise ValueError("one line of text")


class BulkFailure(Struct, frozen=True, kw_only=True):
    """A job with which nothing could be done, though it is in a state for it."""

    job_id: uuid.UUID
    code: str


class BulkResult(Struct, frozen=True, kw_only=True):
    """What became of the jobs that matched."""

    matched: int
    done: int
    skipped: int
    """Those that are in no state for it."""
    failed: int
    failures: list[BulkFailure]
    """The first hundred."""


class BulkState(Struct, frozen=True, kw_only=True):
    """Where it stands: the jobs that it acts on now, what became of those before them, and where the others begin."""

    total: int
    """How many matched when they were counted."""
    done: int = 0
    skipped: int = 0
    failures: list[BulkFailure] = []
    failed: int = 0
    jobs: list[uuid.UUID] = []
    after: Before | None = None
    read: bool = False
    """Whether there are no others."""

    @property
    def acted(self) -> int:
        """How many jobs it is done with."""
        return self.done + self.skipped + self.failed


BULK = TaskKind(
    "bulk",
    BulkParameters,
    BulkResult,
    (
        Stage("count", 1, "Counting the jobs that match", "Đang đếm các tác vụ khớp"),
        Stage("act", 9, "Going through them", "Đang xử lý từng tác vụ"),
    ),
    scope="jobs:write",
)


def _several(value: Value | list[Value]) -> tuple[Value, ...]:
    """One value, or those of a list."""
    return tuple(value) if isinstance(value, list) else (value,)
