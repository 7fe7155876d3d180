"""A task engine on a real PostgreSQL, with types made for tests."""

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from msgspec import Struct
from msgspec.structs import replace
from psycopg.rows import dict_row

from libs.contracts.ids import uuid7
from libs.contracts.jobs import AuditEntry, JobStatus
from libs.contracts.tasks.kinds import NewTask, Parameters, Stage, Task, TaskKind, TaskRef
from libs.database.server.pool import open_pool
from libs.database.task_reader import task_of
from libs.identity.callers import Caller
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.tasks.context import Context
from libs.tasks.desk import TaskDesk
from libs.tasks.runner import Function, Runner
from libs.tasks.store import TaskStore


class CountTo(Parameters, frozen=True, kw_only=True):
    """Count to a number."""

    number: int


class Counted(Struct, frozen=True):
    """How far it was counted, in all runs together."""

    number: int


class At(Struct, frozen=True):
    """A checkpoint: what has been counted."""

    number: int


COUNT = TaskKind(
    "count", CountTo, Counted, (Stage("count", 9, "counting", "đang đếm"), Stage("end", 1, "end", "kết thúc"))
)


def count(context: Context) -> Counted:
    """Count, with a checkpoint a number."""
    start = context.restored(At)
    number = start.number if start else 0
    while number < context.parameters.number:
        number += 1
        context.checkpoint("count", number / context.parameters.number, At(number), {"created": number})
    return Counted(number)


USUAL = {COUNT.name: {"number": 3}}


class Bench:
    """One tenant's tasks, and as many processors as a test wants."""

    def __init__(self, database_url: str, tenant: uuid.UUID) -> None:
        self.move(tenant)
        self.tasks_pool = open_pool(database_url, "sluice_tasks", name="t", size=2, statement_timeout_s=5, timeout_s=5)
        self.pool = open_pool(database_url, "sluice_processor", name="p", size=6, statement_timeout_s=5, timeout_s=5)
        self.desk = TaskDesk(self.tasks_pool)
        self.announced: list[tuple[str, float]] = []
        self.sql = psycopg.connect(database_url, autocommit=True, row_factory=dict_row)

    def move(self, tenant: uuid.UUID) -> None:
        """Be another tenant from now on."""
        self.tenant = tenant
        self.origin = Origin(Caller("tester", tenant, frozenset()), "request-1", "", "")

    def close(self) -> None:
        """Give everything back."""
        self.tasks_pool.close()
        self.pool.close()
        self.sql.close()

    def store(self, name: str = "processor-1", lease_s: float = 10.0) -> TaskStore:
        return TaskStore(self.pool, name, lease_s=lease_s)

    def runner(self, function: Function = count, kind: TaskKind = COUNT, **how: Any) -> Runner:
        return Runner(
            self.store(**how), {kind.name: (kind, function)},
            lambda task, status, noted: self.announced.append((status, noted.progress)),
        )  # fmt: skip

    def audit(self, action: str, task_id: uuid.UUID) -> AuditEntry:
        return audit_entry(self.origin, action, task_id, "", {})

    def open(
        self, kind: str = "count", key: str | None = None, tenant: uuid.UUID | None = None, **parameters: Any
    ) -> TaskRef:
        task_id, tenant = uuid7(0), tenant or self.tenant
        opened = self.desk.open(
            NewTask(
                tenant_id=tenant, task_id=task_id, type=kind, parameters=parameters or USUAL.get(kind, {}),
                lane="normal", created_by="tester", request_id="request-1", traceparent="", idempotency_key=key,
                fingerprint=str(parameters),
            ),
            replace(self.audit("task.open", task_id), tenant_id=tenant),
        )  # fmt: skip
        return TaskRef(tenant, opened.task_id, "normal")

    def cancel(self, ref: TaskRef) -> JobStatus | None:
        done = self.desk.cancel(ref.tenant_id, ref.task_id, self.audit("job.cancel", ref.task_id), "a mistake")
        return done and done.status

    def retry(self, ref: TaskRef) -> str | None:
        done = self.desk.retry(ref.tenant_id, ref.task_id, self.audit("job.retry", ref.task_id), "it is mended")
        return done and done.lane

    def task(self, ref: TaskRef) -> Task:
        row = self.sql.execute("SELECT * FROM work.task WHERE task_id = %s", [ref.task_id]).fetchone()
        assert row is not None
        return task_of(row)

    def story(self, ref: TaskRef) -> list[str]:
        rows = self.sql.execute("SELECT code FROM work.task_log WHERE task_id = %s ORDER BY seq", [ref.task_id])
        return [row["code"] for row in rows]

    def now_due(self, ref: TaskRef) -> None:
        """Have the time come at which a task that was put off is tried again."""
        self.sql.execute("UPDATE work.task SET not_before = now() WHERE task_id = %s", [ref.task_id])

    def long_published(self) -> None:
        """Have every message be an old one."""
        self.sql.execute("UPDATE work.task SET published_at = now() - interval '1 minute'")

    def lease_runs_out(self, ref: TaskRef) -> None:
        """Have a processor be thought dead."""
        self.sql.execute("UPDATE work.task SET lease_until = now() - interval '1s' WHERE task_id = %s", [ref.task_id])


@pytest.fixture
def bench(database_url: str, tenant: uuid.UUID) -> Iterator[Bench]:
    """An engine of the test's own."""
    bench = Bench(database_url, tenant)
    yield bench
    bench.close()


class Gate:
    """A type's function that stands still until the test lets it go on."""

    def __init__(self, then: Callable[[Context], Struct] = lambda _: Counted(0)) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()
        self._then = then

    def __call__(self, context: Context) -> Struct:
        self.entered.set()
        assert self.opened.wait(20)
        return self._then(context)
