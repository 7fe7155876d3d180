"""What the page of statistics shows: three plots, and what each comes to step by step."""

import datetime
import uuid
from itertools import groupby
from operator import attrgetter

import msgspec
from msgspec import Struct

from libs.contracts.statistics import STEP_LENGTH, Statistics, StatisticsPoint, StatisticsTotals, Step, total_of
from libs.database.statistics.versions import NewVersion, VersionNotes
from libs.lookup.statistics import StatisticsLookup
from services.console.pages.plots import Frame, Mark, Series, plot
from services.console.pages.speech import Speech
from services.console.pages.statistics.spans import Span

EPOCH = datetime.datetime.fromtimestamp(0, datetime.UTC)
RECORDS = (
    ("created", "--good", False), ("updated", "--busy", False), ("unchanged", "--still", False),
    ("rejected", "--warn", False), ("failed", "--bad", False), ("cancelled", "--still", True),
)  # fmt: skip
JOBS = (("completed", "--good", False), ("failed", "--bad", False), ("cancelled", "--warn", True))


class Readings(Struct, frozen=True, kw_only=True):
    """Statistics of a span of time."""

    frame: Frame
    """The span, from where anything is kept."""
    statistics: Statistics
    rows: list[StatisticsPoint]
    """Of the tables: what happened, by larger steps; the newest first."""
    versions: list[NewVersion]

    @property
    def totals(self) -> StatisticsTotals:
        """All of it together."""
        return self.statistics.totals

    def plots(self, speech: Speech) -> dict[str, str]:
        """What is drawn, by the name of its part."""
        marks = [Mark(each.at, each.version) for each in self.versions]
        records = [
            Series(speech.t(name.upper()), colour, attrgetter(f"records.{name}"), dash)
            for name, colour, dash in RECORDS
        ]
        jobs = [
            Series(speech.word("STATUS", name), colour, attrgetter(f"jobs.{name}"), dash) for name, colour, dash in JOBS
        ]
        durations = [
            Series(speech.t("STATISTICS_A_JOB"), "--accent", seconds_a_job),
            Series(speech.t("STATISTICS_A_CHUNK"), "--busy", seconds_a_chunk, dashed=True),
        ]
        points = self.statistics.points
        return {
            "records": plot(self.frame, points, records, marks=marks),
            "jobs": plot(self.frame, points, jobs, marks=marks),
            "durations": plot(self.frame, points, durations, marks=marks, quiet=None),
        }


class StatisticsReader:
    """Reads them. Raises psycopg.Error."""

    def __init__(self, statistics: StatisticsLookup, versions: VersionNotes) -> None:
        self._statistics = statistics
        self._versions = versions

    def read(self, tenant_id: uuid.UUID, span: Span, *, system: bool) -> Readings:
        """All of a span; versions only for those who may see the `system`."""
        found = self._statistics.over_time(tenant_id, span.since, span.until, span.step, span.entity)
        return Readings(
            frame=Frame(found.since, span.until, span.step) if found.since < span.until else span,
            statistics=found,
            rows=_summed(found.points, span.rows)[::-1],
            versions=self._versions.changes(span.since, span.until) if system else [],
        )


def seconds_a_job(point: StatisticsTotals) -> float | None:
    """From a batch's acceptance to its end, on average; None where none has ended."""
    return round(point.jobs.seconds / point.jobs.total, 3) if point.jobs.total else None


def seconds_a_chunk(point: StatisticsTotals) -> float | None:
    """How long a chunk's transaction took, on average."""
    return round(point.chunks.seconds / point.chunks.total, 3) if point.chunks.total else None


def _summed(points: list[StatisticsPoint], step: Step) -> list[StatisticsPoint]:
    length = STEP_LENGTH[step]
    grouped = groupby(points, key=lambda point: EPOCH + (point.starts_at - EPOCH) // length * length)
    return [
        StatisticsPoint(starts_at=starts_at, **msgspec.structs.asdict(total_of(list(each))))
        for starts_at, each in grouped
    ]
