"""Schedules: what is done again and again without anybody's asking, and when it was done."""

import datetime
import uuid
from typing import Annotated, Any

from msgspec import Meta, Struct

from libs.contracts.jobs import JobStatus

SYSTEM_TENANT = uuid.UUID(int=0)
"""Whose schedules are that concern no tenant. No token is of it."""
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
NAME_PATTERN = "^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
LONGEST_WHEN = 100
LONGEST_GRACE_S = 7 * 86_400
DEFAULT_GRACE_S = 3_600
MOST_SCHEDULES = 100
"""Of one tenant."""


class ScheduleBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A schedule as somebody wants it."""

    type: str
    """Of the jobs that it opens."""
    when: Annotated[str, Meta(max_length=LONGEST_WHEN)]
    """Five fields of cron, or words: `daily 02:00`, `monday 08:00`, `hourly :15`, `monthly 1 03:00`."""
    parameters: dict[str, Any] = {}
    """As a request that opens such a job takes them."""
    zone: Annotated[str, Meta(max_length=64)] = DEFAULT_ZONE
    """Whose clock is meant, by its name (IANA)."""
    grace_seconds: Annotated[int, Meta(ge=0, le=LONGEST_GRACE_S)] = DEFAULT_GRACE_S
    """How late it may begin, where nobody was there to begin it; of several missed times the last is made up for."""
    paused: bool = False


class Fire(Struct, frozen=True, kw_only=True):
    """One time at which a schedule was due, or somebody had it run."""

    due_at: datetime.datetime
    fired_at: datetime.datetime
    by: str
    """Who had it run; empty for the clock."""
    job_id: uuid.UUID | None
    """None where nothing was opened: the job before had not ended, or it was too late (`missed`)."""
    job_status: JobStatus | None
    job_error: str | None
    missed: int = 0
    """Times that have passed without a job up to this one, since nobody was there; 1,000 where there were more."""


class Schedule(Struct, frozen=True, kw_only=True):
    """A schedule, when it is due next, and what came of it last."""

    name: str
    system: bool
    """Whether it concerns no tenant."""
    type: str
    parameters: dict[str, Any]
    when: str
    """As it was written."""
    cron: str
    zone: str
    grace_seconds: int
    paused: bool
    next_at: datetime.datetime | None
    """None while it is paused."""
    created_by: str
    created_at: datetime.datetime
    updated_at: datetime.datetime
    last: Fire | None = None


class ScheduleList(Struct, frozen=True):
    """A tenant's schedules, by name."""

    schedules: list[Schedule]


class ScheduleStory(Struct, frozen=True):
    """One schedule, and the last times it ran, newest first."""

    schedule: Schedule
    fires: list[Fire]
