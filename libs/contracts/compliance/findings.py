"""Findings: what a rule has found of a record, and what people decide about it."""

import datetime
import uuid
import zoneinfo
from typing import Annotated, Literal, TypeAlias, get_args

from msgspec import Meta, Struct

Severity: TypeAlias = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
"""The gravest first."""
FindingState: TypeAlias = Literal["open", "accepted", "resolved"]
STATES: tuple[FindingState, ...] = get_args(FindingState)
ORGANISATION = "organisation"
"""What a finding is about that is about no record; its id is the tenant's."""
ZONE = zoneinfo.ZoneInfo("Asia/Ho_Chi_Minh")
"""Whose day is meant by the law's days."""
LONGEST_REASON = 500
LONGEST_ACCEPTANCE = datetime.timedelta(days=731)
"""An acceptance is looked at again after two years at most."""


def today() -> datetime.date:
    """The day in Vietnam."""
    return datetime.datetime.now(ZONE).date()


class AcceptBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Live with a finding, for a reason, as long as this."""

    reason: Annotated[str, Meta(min_length=1, max_length=LONGEST_REASON)]
    """One line; the audit trail keeps it."""
    until: datetime.date
    """The last day on which it is accepted, in Vietnam; from then on the finding is open again."""

    def __post_init__(self) -> None:
        if not self.reason.isprintable() or not self.reason.strip():
            raise ValueError("one line of text")


class Acceptance(Struct, frozen=True, kw_only=True):
    """A person's decision to live with a finding."""

    by: str
    at: datetime.datetime
    reason: str
    until: datetime.date


class FindingView(Struct, frozen=True, kw_only=True):
    """What a rule has found of a record."""

    code: str
    severity: Severity
    entity: str
    record_id: uuid.UUID
    """The tenant's id, where it is about the organisation."""
    external_id: str | None
    name_vi: str | None
    """Null where the record is no longer there."""
    name_en: str | None
    record_url: str
    state: FindingState
    new: bool
    """Whether the rule's last run found it for the first time, or again after it had gone."""
    text: str
    text_vi: str
    remedy: str
    remedy_vi: str
    articles: str
    first_seen: datetime.datetime
    last_seen: datetime.datetime
    """When its rule found it last."""
    resolved_at: datetime.datetime | None
    accepted: Acceptance | None
    """Also of an acceptance that has lapsed, until the finding is accepted anew."""


class FindingPage(Struct, frozen=True, kw_only=True):
    """Findings, those of the gravest rules first, by code and record."""

    findings: list[FindingView]
    next_page_token: str | None


class FindingRow(Struct, frozen=True, kw_only=True):
    """A finding as a line of a table."""

    code: str
    severity: Severity
    entity: str
    record_id: uuid.UUID
    external_id: str | None
    name_vi: str | None
    name_en: str | None
    state: FindingState
    new: bool
    text: str
    text_vi: str
    remedy: str
    remedy_vi: str
    articles: str
    first_seen: datetime.datetime
    last_seen: datetime.datetime
    resolved_at: datetime.datetime | None
    accepted_by: str | None
    accepted_reason: str | None
    accepted_until: datetime.date | None


def row_of(view: FindingView) -> FindingRow:
    """A finding as a line of a table."""
    accepted = view.accepted
    return FindingRow(
        **{name: getattr(view, name) for name in FindingRow.__struct_fields__ if not name.startswith("accepted_")},
        accepted_by=accepted.by if accepted else None, accepted_reason=accepted.reason if accepted else None,
        accepted_until=accepted.until if accepted else None,
    )  # fmt: skip


class RuleView(Struct, frozen=True, kw_only=True):
    """A rule, and how it went last."""

    code: str
    severity: Severity
    entity: str
    articles: str
    """Of the law; empty for a tenant's own rule."""
    text: str
    text_vi: str
    remedy: str
    remedy_vi: str
    unsure: bool
    """Whether the law can be read otherwise, too."""
    own: bool
    found: int
    """In its last run, what people have accepted and what is gone since included."""
    accepted: int
    """How many of what it had found is accepted today."""
    new: int
    """How many of them the run before had not found,"""
    resolved: int
    """and how many that one had found were gone."""
    ran_at: datetime.datetime | None
    """Null where it has never gone through."""
    job_id: uuid.UUID | None
    error: str | None
    """The code of what went wrong in a later run; what it had found stays."""


class RuleList(Struct, frozen=True):
    """All rules of a tenant, the gravest first."""

    rules: list[RuleView]


DeadlineKind: TypeAlias = Literal[
    "transfer-dossier", "impact-dossier", "impact-review", "transfer-review", "organisation-change"
]


class Deadline(Struct, frozen=True, kw_only=True):
    """What is due when."""

    kind: DeadlineKind
    entity: str
    record_id: uuid.UUID
    external_id: str | None
    name_vi: str | None
    name_en: str | None
    record_url: str
    since: datetime.date
    """The day from which it is counted."""
    due_on: datetime.date
    days_left: int
    """From today, in Vietnam; below 0 where it is overdue."""
    text: str
    text_vi: str
    articles: str


class DeadlinePage(Struct, frozen=True, kw_only=True):
    """What is due, the most urgent first."""

    today: datetime.date
    deadlines: list[Deadline]
    next_page_token: str | None
