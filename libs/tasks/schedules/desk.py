"""What people and programs do with one tenant's schedules, under row level security."""

import datetime
import uuid
from typing import Any

from msgspec import Struct, convert
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import TaskRef
from libs.contracts.tasks.schedules import MOST_SCHEDULES, SYSTEM_TENANT, Fire, Schedule, ScheduleBody, ScheduleStory
from libs.database.audit.trail import append_at_once
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant
from libs.tasks.schedules.opening import Due, fire
from libs.tasks.schedules.times import cron_of, next_after, zone_of

FIRES_SHOWN = 50


class Put(Struct, frozen=True):
    """A schedule that was put, and whether there was none before."""

    schedule: Schedule
    made: bool


class ScheduleDesk:
    """Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def all(self, tenant_id: uuid.UUID) -> list[Schedule]:
        """A tenant's schedules, by name."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["list_schedules"], {"tenant": tenant_id, "name": None}).fetchall()
        return list(map(_schedule, rows))

    def find(self, tenant_id: uuid.UUID, name: str) -> Schedule:
        """One of them. Raises Refusal."""
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["list_schedules"], {"tenant": tenant_id, "name": name}).fetchone()
        if row is None:
            raise Refusal("SCHEDULE_NOT_FOUND")
        return _schedule(row)

    def story(self, tenant_id: uuid.UUID, name: str) -> ScheduleStory:
        """One of them, and when it ran. Raises Refusal."""
        schedule = self.find(tenant_id, name)
        values = {"tenant": tenant_id, "name": name, "limit": FIRES_SHOWN}
        with as_tenant(self._pool, tenant_id) as cursor:
            return ScheduleStory(schedule, list(map(_fire, cursor.execute(QUERIES["read_fires"], values))))

    def put(
        self, tenant_id: uuid.UUID, name: str, body: ScheduleBody, audit: AuditEntry, now: datetime.datetime
    ) -> Put:
        """Make a schedule, or another of one; its next time changes with when it is due alone. Raises Refusal."""
        zone_of(body.zone)
        cron = cron_of(body.when)
        values = {
            "tenant": tenant_id, "name": name, "type": body.type, "parameters": Jsonb(body.parameters),
            "told": body.when, "cron": cron, "zone": body.zone, "grace_s": body.grace_seconds, "paused": body.paused,
            "due_at": None if body.paused else next_after(cron, body.zone, now), "actor": audit.actor,
        }  # fmt: skip
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["put_schedule"], values).fetchone()
            if row and row["made"]:
                found = cursor.execute(QUERIES["count_schedules"], {"tenant": tenant_id}).fetchone()
                if found and found["found"] > MOST_SCHEDULES:
                    raise Refusal("SCHEDULES_OF_TENANT", limit=MOST_SCHEDULES)
            append_at_once(cursor.connection, audit)
        return Put(self.find(tenant_id, name), bool(row and row["made"]))

    def pause(
        self, tenant_id: uuid.UUID, name: str, paused: bool, audit: AuditEntry, now: datetime.datetime
    ) -> Schedule:
        """Have a schedule wait, or go on with its next time; what was due meanwhile is not made up for.

        Raises Refusal.
        """
        found = self.find(tenant_id, name)
        due_at = None if paused else next_after(found.cron, found.zone, now)
        with as_tenant(self._pool, tenant_id) as cursor:
            values = {"tenant": tenant_id, "name": name, "paused": paused, "due_at": due_at}
            if cursor.execute(QUERIES["pause_schedule"], values).fetchone():
                append_at_once(cursor.connection, audit)
        return self.find(tenant_id, name)

    def drop(self, tenant_id: uuid.UUID, name: str, audit: AuditEntry) -> None:
        """Have it be no more; its jobs stay. Raises Refusal."""
        with as_tenant(self._pool, tenant_id) as cursor:
            if cursor.execute(QUERIES["drop_schedule"], {"tenant": tenant_id, "name": name}).fetchone() is None:
                raise Refusal("SCHEDULE_NOT_FOUND")
            append_at_once(cursor.connection, audit)

    def run(self, schedule: Schedule, tenant_id: uuid.UUID, audit: AuditEntry, now: datetime.datetime) -> TaskRef:
        """Open its job now, whatever is due when; the job is to be published.

        Raises Refusal where the job before has not ended.
        """
        due = Due(tenant_id=tenant_id, name=schedule.name, type=schedule.type, parameters=schedule.parameters)
        with as_tenant(self._pool, tenant_id) as cursor:
            if (
                cursor.execute(QUERIES["lock_schedule"], {"tenant": tenant_id, "name": schedule.name}).fetchone()
                is None
            ):
                raise Refusal("SCHEDULE_NOT_FOUND")
            append_at_once(cursor.connection, audit)
            ref = fire(cursor.connection, due, due_at=now, now=now, actor=audit.actor)
            if ref is None:
                raise Refusal("SCHEDULE_BUSY")
        return ref


def _schedule(row: DictRow) -> Schedule:
    return Schedule(
        name=row["name"], system=row["tenant_id"] == SYSTEM_TENANT, type=row["type"], parameters=row["parameters"],
        when=row["told"], cron=row["cron"], zone=row["zone"], grace_seconds=row["grace_s"], paused=row["paused"],
        next_at=row["due_at"], created_by=row["created_by"], created_at=row["created_at"], updated_at=row["updated_at"],
        last=_fire(row) if row["fired_at"] else None,
    )  # fmt: skip


def _fire(row: dict[str, Any]) -> Fire:
    return convert(
        {
            "due_at": row["fire_due_at"], "fired_at": row["fired_at"], "by": row["actor"], "job_id": row["task_id"],
            "job_status": row["task_status"], "job_error": row["task_error"], "missed": row["missed"],
        },
        Fire,
    )  # fmt: skip
