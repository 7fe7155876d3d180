"""Opens a schedule's job: its fire, its row, its story and its audit entry, in a transaction of the caller's."""

import datetime
import time
import uuid
from typing import Any

from msgspec import Struct

from libs.contracts.ids import uuid7
from libs.contracts.jobs import AuditEntry
from libs.contracts.tasks.kinds import NewTask, TaskRef
from libs.database.queries import QUERIES
from libs.database.server.session import Connection
from libs.tasks.desk import write_task
from libs.telemetry.process.crashpoints import crash_point
from libs.telemetry.traces.tracing import continue_trace


class Due(Struct, frozen=True, kw_only=True):
    """A schedule that is to be opened now."""

    tenant_id: uuid.UUID
    name: str
    type: str
    parameters: dict[str, Any]


def fire(
    connection: Connection,
    due: Due,
    *,
    due_at: datetime.datetime,
    now: datetime.datetime,
    actor: str = "",
    missed: int = 0,
) -> TaskRef | None:
    """Open its job for this time; None where that was done before, or where the job before has not ended.

    `missed` times before this one had passed while nobody was there.
    """
    names = {"tenant": due.tenant_id, "name": due.name}
    busy = connection.execute(QUERIES["schedule_is_busy"], names).fetchone() is not None
    task = _task(due, actor)
    noted = {
        **names, "due_at": due_at, "fired_at": now, "actor": actor, "task_id": None if busy else task.task_id,
        "missed": missed,
    }  # fmt: skip
    if connection.execute(QUERIES["note_fire"], noted).fetchone() is None or busy:
        return None
    crash_point("schedule.after_claim")
    write_task(connection, task, _entry(task))
    return TaskRef(task.tenant_id, task.task_id, task.lane)


def note_missed(
    connection: Connection, due: Due, *, due_at: datetime.datetime, now: datetime.datetime, missed: int
) -> None:
    """Have it be known that it was due, from this time on so many times, and that it is too late for all of them."""
    connection.execute(
        QUERIES["note_fire"],
        {
            "tenant": due.tenant_id, "name": due.name, "due_at": due_at, "fired_at": now, "actor": "", "task_id": None,
            "missed": missed,
        },
    )  # fmt: skip


def _task(due: Due, actor: str) -> NewTask:
    return NewTask(
        tenant_id=due.tenant_id, task_id=uuid7(time.time_ns() // 1_000_000), type=due.type, parameters=due.parameters,
        lane=due.parameters.get("lane", "normal"), entity=due.parameters.get("entity"),
        created_by=actor or f"schedule:{due.name}", request_id=str(uuid.uuid4()), traceparent=continue_trace(None),
    )  # fmt: skip


def _entry(task: NewTask) -> AuditEntry:
    return AuditEntry(
        id=uuid7(time.time_ns() // 1_000_000), tenant_id=task.tenant_id, at=datetime.datetime.now(datetime.UTC),
        actor=task.created_by, action=f"{task.type}.open", job_id=task.task_id, entity=task.entity or "",
        request_id=task.request_id, counts={},
    )  # fmt: skip
