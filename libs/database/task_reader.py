"""Tasks as PostgreSQL holds them, read as one tenant under row level security."""

import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from psycopg_pool import ConnectionPool

from libs.contracts.filters import JobFilter
from libs.contracts.jobs import Before
from libs.contracts.tasks.kinds import LogLine, Task
from libs.database.queries import QUERIES
from libs.database.reader import NEWEST, search_values
from libs.database.tenants import as_tenant


class TaskReader:
    """Reads tasks and their stories. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def task(self, tenant_id: uuid.UUID, task_id: uuid.UUID) -> Task | None:
        """One task."""
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["read_task"], {"tenant": tenant_id, "task": task_id}).fetchone()
        return task_of(row) if row else None

    def tasks_by_id(self, tenant_id: uuid.UUID, task_ids: Sequence[uuid.UUID]) -> list[Task]:
        """Those of these tasks that are there."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_tasks"], {"tenant": tenant_id, "tasks": list(task_ids)})
            return [task_of(row) for row in rows]

    def tasks(self, tenant_id: uuid.UUID, wanted: JobFilter, *, before: Before | None, limit: int) -> list[Task]:
        """The newest tasks that are wanted, `limit` unless there are no more; without results and checkpoints."""
        start = before or NEWEST
        with as_tenant(self._pool, tenant_id) as cursor:
            values = {
                "tenant": tenant_id, "statuses": list(wanted.statuses), "types": list(wanted.types) or None,
                "entities": list(wanted.entities) or None, "limit": limit, "before": start.created_at,
                "before_id": start.job_id, **search_values(cursor, tenant_id, wanted),
            }  # fmt: skip
            return [task_of(row) for row in cursor.execute(QUERIES["list_tasks"], values)]

    def of_file(self, tenant_id: uuid.UUID, file_id: uuid.UUID, *, limit: int) -> list[Task]:
        """The newest tasks that were asked to do something with a file; without results and checkpoints."""
        values = {"tenant": tenant_id, "file": file_id, "limit": limit}
        with as_tenant(self._pool, tenant_id) as cursor:
            return [task_of(row) for row in cursor.execute(QUERIES["newest_tasks_of_file"], values)]

    def count(self, tenant_id: uuid.UUID, wanted: JobFilter, *, most: int) -> int:
        """How many tasks are wanted, as far as `most`; `q` is not looked at."""
        values = {
            "tenant": tenant_id, "statuses": list(wanted.statuses), "types": list(wanted.types) or None,
            "entities": list(wanted.entities) or None, "since": wanted.since, "until": wanted.until,
            "lanes": list(wanted.lanes), "most": most,
        }  # fmt: skip
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["count_tasks"], values).fetchone()
        return int(row["found"]) if row else 0

    def file_names(self, tenant_id: uuid.UUID, file_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
        """The names of those of these files that are there."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["names_of_files"], {"tenant": tenant_id, "files": list(file_ids)})
            return {row["file_id"]: row["name"] for row in rows}

    def story(self, tenant_id: uuid.UUID, task_id: uuid.UUID, *, after: int, limit: int) -> Sequence[LogLine]:
        """Lines of a task's story, from the one after `after`."""
        values = {"tenant": tenant_id, "task": task_id, "after": after, "limit": limit}
        with as_tenant(self._pool, tenant_id) as cursor:
            return msgspec.convert(cursor.execute(QUERIES["read_task_log"], values).fetchall(), list[LogLine])


def task_of(row: dict[str, Any]) -> Task:
    """A row of `work.task`."""
    return msgspec.convert({name: row[name] for name in Task.__struct_fields__}, Task)
