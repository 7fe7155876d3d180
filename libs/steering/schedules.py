"""What people and programs do with schedules, whoever asks."""

import datetime
import re
import uuid
from typing import Literal, TypeAlias

import structlog
from msgspec.structs import replace

from libs.broker.publisher import Publisher
from libs.contracts.jobs import AuditEntry, JobStatus
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.tasks.registry import KINDS
from libs.contracts.tasks.schedules import NAME_PATTERN, SYSTEM_TENANT, Schedule, ScheduleBody, ScheduleStory
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.jobs.events import Events
from libs.tasks.schedules.desk import Put, ScheduleDesk

log = structlog.get_logger()

ScheduleAction: TypeAlias = Literal["pause", "resume", "run"]
NO_JOB = uuid.UUID(int=0)
"""What an entry of the audit trail names where it is about no job."""


class Scheduling:
    """Every method raises Refusal, and psycopg.Error while PostgreSQL is away.

    A schedule is the caller's tenant's, or the `system`'s; who may do which is for those who ask to know.
    """

    def __init__(self, desk: ScheduleDesk, publisher: Publisher, events: Events) -> None:
        self._desk = desk
        self._publisher = publisher
        self._events = events

    def all(self, tenant_id: uuid.UUID, *, system: bool) -> list[Schedule]:
        """A tenant's schedules, and those of the system for those who may see it."""
        return [*self._desk.all(tenant_id), *(self._desk.all(SYSTEM_TENANT) if system else [])]

    def story(self, tenant_id: uuid.UUID, name: str, *, system: bool) -> ScheduleStory:
        """One schedule, and when it ran."""
        return self._desk.story(_owner(tenant_id, system), _named(name))

    def put(self, origin: Origin, name: str, body: ScheduleBody, *, system: bool) -> Put:
        """Make a schedule, or another of one; its parameters have been checked."""
        owner = _owner(origin.caller.tenant_id, system)
        return self._desk.put(owner, _named(name), body, _entry(origin, owner, "put", name), _now())

    def drop(self, origin: Origin, name: str, *, system: bool) -> None:
        """Have it be no more."""
        owner = _owner(origin.caller.tenant_id, system)
        self._desk.drop(owner, _named(name), _entry(origin, owner, "delete", name))

    def act(self, origin: Origin, schedule: Schedule, action: ScheduleAction, reason: str) -> uuid.UUID | None:
        """Pause it, have it go on, or run it now; returns the job that was opened."""
        owner = _owner(origin.caller.tenant_id, schedule.system)
        entry = _entry(origin, owner, action, schedule.name, reason)
        log.info("schedule_steered", action=entry.action, name=schedule.name)
        if action != "run":
            self._desk.pause(owner, schedule.name, action == "pause", entry, _now())
            return None
        ref = self._desk.run(schedule, owner, entry, _now())
        self._publisher.publish([ref])
        self._events.changed(ref.tenant_id, ref.task_id, schedule.type, JobStatus.PENDING, 1, 0.0)
        return ref.task_id


def kind_of(name: str) -> TaskKind:
    """The type of job that a schedule opens. Raises Refusal where there is none of this name."""
    if name not in KINDS:
        raise Refusal("TASK_TYPE_NOT_FOUND", known=", ".join(KINDS))
    return KINDS[name]


def _owner(tenant_id: uuid.UUID, system: bool) -> uuid.UUID:
    return SYSTEM_TENANT if system else tenant_id


def _named(name: str) -> str:
    if not re.fullmatch(NAME_PATTERN, name):
        raise Refusal("SCHEDULE_NAME")
    return name


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def _entry(origin: Origin, owner: uuid.UUID, action: str, name: str, reason: str = "") -> AuditEntry:
    """For the trail of whose schedule it is."""
    entry = audit_entry(origin, f"schedule.{action}", NO_JOB, f"schedule:{name}", {}, reason)
    return replace(entry, tenant_id=owner)
