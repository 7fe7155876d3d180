"""A report: what has happened in some days, as files that people read."""

import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind
from libs.contracts.tasks.types.package import MakingState, PackageFile
from libs.contracts.texts import Language

ReportFormat = Literal["pdf", "html"]
MOST_DAYS = 92
AHEAD_DAYS = 60
"""Of deadlines: as long as the law gives for a dossier."""


class ReportParameters(Parameters, frozen=True, kw_only=True):
    """Report on some days; on the last whole week, Monday to Sunday, where none are named. Days are Viet Nam's."""

    since: datetime.date | None = field(name="from", default=None)
    until: datetime.date | None = field(name="to", default=None)
    """The last day."""
    formats: Annotated[list[ReportFormat], Meta(min_length=1, max_length=2)] = field(
        default_factory=lambda: ["pdf", "html"]
    )
    language: Language = "vi"

    def __post_init__(self) -> None:
        if len(set(self.formats)) < len(self.formats):
            raise ValueError("each format once")
        if (self.since is None) != (self.until is None):
            raise ValueError("from and to, or neither")
        if self.since and self.until and not 0 <= (self.until - self.since).days < MOST_DAYS:
            raise ValueError(f"to is not before from, and they are {MOST_DAYS} days at most")


class RecordsIn(Struct, frozen=True, kw_only=True):
    """Records that came in, by what became of them."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    rejected: int = 0
    failed: int = 0
    cancelled: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.created + self.updated + self.unchanged + self.rejected + self.failed + self.cancelled


class FindingCounts(Struct, frozen=True, kw_only=True):
    """What rules have found."""

    new: int = 0
    mended: int = 0
    open: int = 0
    """At the end of the last day."""


class DeadlineCounts(Struct, frozen=True, kw_only=True):
    """What is due, seen from the day on which the report was asked for."""

    overdue: int = 0
    ahead: int = 0
    """Within sixty days."""


class ReportResult(Struct, frozen=True, kw_only=True):
    """The files, and what they say in short."""

    since: datetime.date = field(name="from")
    until: datetime.date = field(name="to")
    """The last day."""
    language: Language
    records: RecordsIn
    findings: FindingCounts
    deadlines: DeadlineCounts
    files: list[PackageFile]


class ReportState(MakingState, frozen=True, kw_only=True):
    """A report's checkpoint."""

    since: datetime.date
    until: datetime.date
    records: RecordsIn = RecordsIn()
    findings: FindingCounts = FindingCounts()
    deadlines: DeadlineCounts = DeadlineCounts()


REPORT = TaskKind(
    "report",
    ReportParameters,
    ReportResult,
    (
        Stage("gather", 40, "Gathering what has happened", "Đang tập hợp số liệu"),
        Stage("html", 10, "Making the page", "Đang lập trang HTML"),
        Stage("pdf", 50, "Making the PDF", "Đang dàn trang PDF"),
    ),
    scope="jobs:write",
)
