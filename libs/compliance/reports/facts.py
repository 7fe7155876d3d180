"""What a report is about: numbers, codes and days, as they were at one moment. Files are drawn from nothing else."""

import datetime
from typing import Any

from msgspec import Struct

from libs.contracts.tasks.types.report import DeadlineCounts, FindingCounts, RecordsIn


class DayOfEntity(Struct, frozen=True, kw_only=True):
    """What came in on a day, of one kind of record."""

    day: datetime.date
    entity: str
    records: RecordsIn


class Refused(Struct, frozen=True, kw_only=True):
    """Why records were refused."""

    code: str
    pointer: str
    """Where in a record; without the numbers of items."""
    records: int
    params: dict[str, Any] = {}
    """What the error's text says besides, of one of them: limits and names, never a value."""


class Ended(Struct, frozen=True, kw_only=True):
    """Jobs of one type that have come to one end, for one reason."""

    type: str
    status: str
    error: str
    """A code; empty where there is none."""
    jobs: int


class RuleFacts(Struct, frozen=True, kw_only=True):
    """What became of a rule's findings."""

    code: str
    severity: str
    text: str
    text_vi: str
    counts: FindingCounts


class Due(Struct, frozen=True, kw_only=True):
    """What is due when."""

    due_on: datetime.date
    days_left: int
    text: str
    text_vi: str
    name_vi: str
    name_en: str | None
    articles: str


class Facts(Struct, frozen=True, kw_only=True):
    """All of it."""

    since: datetime.date
    until: datetime.date
    """The last day."""
    made_on: datetime.date
    organisation: str
    """Its name; empty where nobody has said it."""
    days: list[DayOfEntity]
    before: RecordsIn
    """In as many days before."""
    refused: list[Refused]
    refused_looked_at: int
    """Refused records that were looked at for it: the newest, where there are too many."""
    ended: list[Ended]
    rules: list[RuleFacts]
    """Those of which something is new, mended or open; the gravest first."""
    due: list[Due]
    """The most urgent."""
    deadlines: DeadlineCounts


def together(parts: list[RecordsIn]) -> RecordsIn:
    """All of them as one."""
    names = RecordsIn.__struct_fields__
    return RecordsIn(**{name: sum(getattr(part, name) for part in parts) for name in names})
