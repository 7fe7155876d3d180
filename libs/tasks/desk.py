"""Opens, cancels and retries tasks for one tenant at a time, under row level security."""

import uuid
from collections.abc import Callable

import msgspec
from msgspec import Struct
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.jobs import AuditEntry, JobStatus, Lane
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import NewTask, Task
from libs.database.audit.trail import append_at_once
from libs.database.queries import QUERIES
from libs.database.server.session import Connection
from libs.database.tenants import as_tenant


class Opened(Struct, frozen=True):
    """A task that was asked for, and whether it was there before."""

    task_id: uuid.UUID
    replayed: bool


class Steered(Struct, frozen=True):
    """A task after somebody has cancelled or retried it."""

    type: str
    status: JobStatus
    lane: Lane
    version: int
    progress: float


class TaskDesk:
    """What services do with tasks that others will run. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def open(
        self,
        task: NewTask,
        audit: AuditEntry,
        *,
        most_open: int | None = None,
        require: Callable[[], None] = lambda: None,
    ) -> Opened:
        """Make a task durable, with its audit entry, in one transaction. The same again is a replay.

        Raises Refusal where the Idempotency-Key stands for another request, or the tenant has `most_open` open tasks,
        and whatever `require` raises, which is asked unless it is a replay; then there is no task.
        """
        with as_tenant(self._pool, task.tenant_id) as cursor:
            if write_task(cursor.connection, task, audit):
                if most_open is not None:
                    _require_room(cursor, task.tenant_id, most_open)
                require()
                return Opened(task.task_id, replayed=False)
            known = cursor.execute(QUERIES["task_of_key"], msgspec.structs.asdict(task)).fetchone()
        if known is None or known["fingerprint"] != task.fingerprint:
            raise Refusal("IDEMPOTENCY_MISMATCH")
        return Opened(known["task_id"], replayed=True)

    def cancel(self, tenant_id: uuid.UUID, task_id: uuid.UUID, audit: AuditEntry, reason: str = "") -> Steered | None:
        """Ask for a task's end; one that has never run ends here. Returns None where it has ended already."""
        return self._steer("cancel_task", "CANCEL_ASKED", tenant_id, task_id, audit, reason)

    def retry(self, tenant_id: uuid.UUID, task_id: uuid.UUID, audit: AuditEntry, reason: str = "") -> Steered | None:
        """Have a task that failed or was cancelled go on from its last checkpoint. Returns None where it has not."""
        return self._steer("retry_task", "RETRY_ASKED", tenant_id, task_id, audit, reason)

    def children(self, tenant_id: uuid.UUID, task_id: uuid.UUID) -> list[Task]:
        """The tasks that a task has opened, without their results and checkpoints."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["children_of_task"], {"tenant": tenant_id, "task": task_id}).fetchall()
        return msgspec.convert(rows, list[Task])

    def _steer(
        self, query: str, story: str, tenant_id: uuid.UUID, task_id: uuid.UUID, audit: AuditEntry, reason: str
    ) -> Steered | None:
        with as_tenant(self._pool, tenant_id) as cursor:
            values = {"tenant": tenant_id, "task": task_id, "step": audit.id}
            if done := cursor.execute(QUERIES["steered_task"], values).fetchone():
                return msgspec.convert(done, Steered)
            row = cursor.execute(QUERIES[query], values).fetchone()
            if row is None:
                return None
            _log(cursor.connection, tenant_id, task_id, story, audit.actor, reason=reason)
            append_at_once(cursor.connection, audit)
        return msgspec.convert(row, Steered)


def write_task(connection: Connection, task: NewTask, audit: AuditEntry) -> bool:
    """Write a task's row, the first line of its story and its audit entry; False where it is there already."""
    values = {**msgspec.structs.asdict(task), "parameters": Jsonb(task.parameters)}
    if connection.execute(QUERIES["open_task"], values).fetchone() is None:
        return False
    _log(connection, task.tenant_id, task.task_id, "OPENED", task.created_by)
    append_at_once(connection, audit)
    return True


def _log(connection: Connection, tenant: uuid.UUID, task: uuid.UUID, code: str, actor: str, **params: object) -> None:
    values = {"tenant": tenant, "task": task, "code": code, "actor": actor, "params": Jsonb(params)}
    connection.execute(QUERIES["log_task"], values)


def _require_room(cursor: Cursor[DictRow], tenant_id: uuid.UUID, most: int) -> None:
    """Raises Refusal where the tenant has more open tasks than these; what is to be opened is among them."""
    cursor.execute(QUERIES["count_open_tasks"], {"tenant": tenant_id, "most": most + 1})
    if (cursor.fetchone() or {"open": 0})["open"] > most:
        raise Refusal("TENANT_TASKS", limit=most)
