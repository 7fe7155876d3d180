"""Opens, cancels and retries tasks for one tenant at a time, under row level security."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import Cursor
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.jobs import AuditEntry, JobStatus, Lane
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import NewTask
from libs.database.audit.trail import append_at_once
from libs.database.queries import QUERIES


class Opened(Struct, frozen=True):
    """A task that was asked for, and whether it was there before."""

    task_id: uuid.UUID
    replayed: bool


class TaskDesk:
    """What services do with tasks that others will run. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    @contextmanager
    def _as_tenant(self, tenant_id: uuid.UUID) -> Iterator[Cursor[DictRow]]:
        with (
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            cursor.execute(QUERIES["set_tenant"], {"tenant": str(tenant_id)})
            yield cursor

    def open(self, task: NewTask, audit: AuditEntry) -> Opened:
        """Make a task durable, with its audit entry, in one transaction. The same again is a replay.

        Raises Refusal where the Idempotency-Key stands for another request.
        """
        values = {**msgspec.structs.asdict(task), "parameters": Jsonb(task.parameters)}
        with self._as_tenant(task.tenant_id) as cursor:
            if cursor.execute(QUERIES["open_task"], values).fetchone():
                self._log(cursor, task.tenant_id, task.task_id, "OPENED", task.created_by)
                append_at_once(cursor.connection, audit)
                return Opened(task.task_id, replayed=False)
            known = cursor.execute(QUERIES["task_of_key"], values).fetchone()
        if known is None or known["fingerprint"] != task.fingerprint:
            raise Refusal("IDEMPOTENCY_MISMATCH")
        return Opened(known["task_id"], replayed=True)

    def cancel(self, tenant_id: uuid.UUID, task_id: uuid.UUID, audit: AuditEntry, reason: str = "") -> JobStatus | None:
        """Ask for a task's end; one that nobody runs ends here. Returns its state now, None where it has ended."""
        with self._as_tenant(tenant_id) as cursor:
            row = cursor.execute(QUERIES["cancel_task"], {"tenant": tenant_id, "task": task_id}).fetchone()
            if row is None:
                return None
            self._log(cursor, tenant_id, task_id, "CANCEL_ASKED", audit.actor, reason=reason)
            append_at_once(cursor.connection, audit)
        return JobStatus(row["status"])

    def retry(self, tenant_id: uuid.UUID, task_id: uuid.UUID, audit: AuditEntry, reason: str = "") -> Lane | None:
        """Have an ended task go on from its last checkpoint. Returns its lane; None where there is nothing to retry."""
        with self._as_tenant(tenant_id) as cursor:
            row = cursor.execute(QUERIES["retry_task"], {"tenant": tenant_id, "task": task_id}).fetchone()
            if row is None:
                return None
            self._log(cursor, tenant_id, task_id, "RETRY_ASKED", audit.actor, reason=reason)
            append_at_once(cursor.connection, audit)
        lane: Lane = row["lane"]
        return lane

    def _log(
        self, cursor: Cursor[Any], tenant: uuid.UUID, task: uuid.UUID, code: str, actor: str, **params: object
    ) -> None:
        values = {"tenant": tenant, "task": task, "code": code, "actor": actor, "params": Jsonb(params)}
        cursor.execute(QUERIES["log_task"], values)
