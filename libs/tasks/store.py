"""What a processor does with tasks. Every write names the lease's token: one that was taken over writes nothing."""

import uuid
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from msgspec import Struct
from msgspec.structs import asdict
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.jobs import JobStatus, Lane
from libs.contracts.queues import LANES
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.contracts.tasks.registry import KINDS
from libs.contracts.webhooks import NewLetter
from libs.database.queries import QUERIES
from libs.database.task_reader import task_of
from libs.telemetry.state import Values

LEASE_S = 10.0
MOST_AT_ONCE = 4
"""Tasks of one tenant that run at the same time."""
Tells = Callable[[Task], Sequence[NewLetter]]
"""What is to be told outside of a task that has ended."""
GRACE_S = 3.0
"""How long a published task may lie in its queue before it is published again."""


class LeaseLostError(Exception):
    """Another processor has the task now, or it has ended: whatever is written from here on is not."""


class Lease(Struct, frozen=True):
    """The right to run a task."""

    task: Task
    token: uuid.UUID

    @property
    def values(self) -> dict[str, Any]:
        """What a fenced statement is told."""
        return {"tenant": self.task.tenant_id, "task": self.task.task_id, "token": self.token}


class Noted(Struct, frozen=True):
    """A task after something was noted of it."""

    version: int
    progress: float
    cancelling: bool


class TaskStore:
    """Tasks of all tenants, for processors. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(
        self,
        pool: ConnectionPool,
        processor: str,
        *,
        lease_s: float = LEASE_S,
        most_at_once: int = MOST_AT_ONCE,
        tells: Tells | None = None,
    ) -> None:
        self._pool = pool
        self._processor = processor
        self._lease_s = lease_s
        self._most_at_once = most_at_once
        self._tells = tells

    def claim(self, ref: TaskRef) -> Lease | None:
        """The task, where it is there to be run and its tenant does not run as many as it may."""
        token = uuid.uuid4()
        values = {
            "tenant": ref.tenant_id, "task": ref.task_id, "token": token, "lease_s": self._lease_s,
            "processor": self._processor, "most": self._most_at_once,
        }  # fmt: skip
        with self._pool.connection() as connection, connection.transaction():
            # Two that look at once how many are running would both find room for one more.
            connection.execute(QUERIES["lock_tenant_tasks"], values)
            row = connection.cursor(row_factory=dict_row).execute(QUERIES["claim_task"], values).fetchone()
            if row is None:
                return None
            if row["story"]:
                self._write_log(connection, values, row["story"], {"attempt": row["attempts"]})
        return Lease(task_of(row), token)

    def extend(self, leases: Sequence[Lease]) -> dict[uuid.UUID, bool]:
        """Say that these are still being run. Returns, by token, those that are held and whether they are cancelled."""
        values = {
            "tenants": [lease.task.tenant_id for lease in leases], "tasks": [lease.task.task_id for lease in leases],
            "tokens": [lease.token for lease in leases], "lease_s": self._lease_s,
        }  # fmt: skip
        with self._pool.connection() as connection:
            return dict(connection.execute(QUERIES["extend_tasks"], values).fetchall())

    def note(
        self,
        lease: Lease,
        stage: str,
        progress: float,
        *,
        counters: dict[str, int] | None = None,
        checkpoint: dict[str, Any] | None = None,
    ) -> Noted:
        """Note how far a task is. Raises LeaseLostError."""
        values = {
            **lease.values, "stage": stage, "progress": progress, "counters": _json(counters),
            "checkpoint": _json(checkpoint),
        }  # fmt: skip
        row = self._fenced("note_progress", values)
        return Noted(*row)

    def log(self, lease: Lease, code: str, params: dict[str, Any]) -> None:
        """Add a line to a task's story. Raises LeaseLostError."""
        values = {**lease.values, "code": code, "params": Jsonb(params), "actor": self._processor}
        self._fenced("log_running_task", values)

    def end(
        self,
        lease: Lease,
        status: JobStatus,
        *,
        result: dict[str, Any] | None = None,
        error: str | None = None,
        params: dict[str, Any] | None = None,
    ) -> Noted:
        """End a task. `params` fill the text of its error. Raises LeaseLostError."""
        values = {**lease.values, "status": status.value, "result": _json(result), "error": error}
        told = {**(params or {}), "error": error}
        return Noted(*self._fenced("end_task", values, log=(f"ENDED_{status.value.upper()}", told), tells=self._tells))

    def put_off(self, lease: Lease, delay_s: float, error: str) -> None:
        """Have a task run again after an error; each counts towards giving up. Raises LeaseLostError."""
        self._give_back(lease, delay_s, error, ("PUT_OFF", {"error": error, "seconds": round(delay_s)}))

    def park(self, lease: Lease, delay_s: float, *, story: str = "") -> None:
        """Have a task go on after a while, as the same attempt. Raises LeaseLostError."""
        self._give_back(lease, delay_s, None, (story, {}) if story else None)

    def claim_due(self, limit: int, lanes: Sequence[Lane] = LANES) -> list[TaskRef]:
        """Tasks of these lanes that are due and that nobody runs, to be published again."""
        values = {"grace_s": GRACE_S, "limit": limit, "most": self._most_at_once, "lanes": list(lanes)}
        return self._refs("claim_due_tasks", values)

    def cancelled(self, limit: int) -> list[TaskRef]:
        """Tasks that are to be cancelled, have run before, and that nobody runs now."""
        return self._refs("cancelled_tasks", {"limit": limit})

    def measured(self) -> Values:
        """Gauges of how much there is to do, of all tenants together. Raises psycopg.Error."""
        with self._pool.connection() as connection:
            rows = connection.execute(QUERIES["tasks_state"]).fetchall()
        return {
            "sluice_tasks": {(kind, state): 0.0 for kind in KINDS for state in ("waiting", "running")}
            | {(kind, "waiting"): waiting for kind, waiting, *_ in rows}
            | {(kind, "running"): running for kind, _, running, _ in rows},
            "sluice_oldest_waiting_task_seconds": {(): max((oldest_s for *_, oldest_s in rows), default=0.0)},
        }

    def by_lane(self) -> dict[Lane, tuple[int, float]]:
        """By lane, how many tasks are open, and for how many seconds the oldest is."""
        with self._pool.connection() as connection:
            return {lane: (open_, age) for lane, open_, age in connection.execute(QUERIES["tasks_by_lane"]).fetchall()}

    def _refs(self, query: str, values: dict[str, Any]) -> list[TaskRef]:
        with self._pool.connection() as connection:
            return [TaskRef(*row) for row in connection.execute(QUERIES[query], values).fetchall()]

    def _give_back(
        self, lease: Lease, delay_s: float, error: str | None, log: tuple[str, dict[str, Any]] | None
    ) -> None:
        values = {
            **lease.values, "delay_s": delay_s, "error": error, "strike": int(error is not None), "grace_s": GRACE_S,
        }  # fmt: skip
        self._fenced("put_off_task", values, log=log)

    def _fenced(
        self,
        query: str,
        values: dict[str, Any],
        *,
        log: tuple[str, dict[str, Any]] | None = None,
        tells: Tells | None = None,
    ) -> tuple[Any, ...]:
        with self._pool.connection() as connection, connection.transaction():
            row = connection.execute(QUERIES[query], values).fetchone()
            if row is None:
                raise LeaseLostError
            if log:
                self._write_log(connection, values, *log)
            if tells:
                _write_letters(connection, values, tells)
        return row

    def _write_log(
        self, connection: psycopg.Connection[Any], values: dict[str, Any], code: str, params: dict[str, Any]
    ) -> None:
        line = {"tenant": values["tenant"], "task": values["task"], "code": code, "actor": self._processor}
        connection.execute(QUERIES["log_task"], {**line, "params": Jsonb(params)})


def _write_letters(connection: psycopg.Connection[Any], values: dict[str, Any], tells: Tells) -> None:
    """Have what happens to the task in this transaction be told, if it comes to pass."""
    row = connection.cursor(row_factory=dict_row).execute(QUERIES["read_task"], values).fetchone()
    assert row is not None
    for each in tells(task_of(row)):
        connection.execute(QUERIES["write_letter"], asdict(each))


def _json(value: dict[str, Any] | None) -> Jsonb | None:
    return None if value is None else Jsonb(value)
