"""What PostgreSQL holds of files and their loads at the end of a run, read with plain SQL."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from psycopg import sql

from tests.fault.checking.stored import Connection
from tests.system.samples import Json


@dataclass(frozen=True)
class StoredFiles:
    """The files of some tenants, the tasks that load them, and how those are cut."""

    files: dict[uuid.UUID, Json]
    parts: dict[uuid.UUID, list[Json]]
    """By file, from its start."""
    tasks: list[Json]
    segments: dict[uuid.UUID, list[Json]]
    """By task, in their order."""

    @classmethod
    def read(cls, connection: Connection, tenants: Sequence[uuid.UUID]) -> Self:
        """Read all of it, once nothing writes any more."""
        return cls(
            files={row["file_id"]: row for row in _rows(connection, tenants, "file", "created_at")},
            parts=_by(_rows(connection, tenants, "file_part", "start"), "file_id"),
            tasks=_rows(connection, tenants, "task", "created_at"),
            segments=_by(_rows(connection, tenants, "segment", "number"), "task_id"),
        )


def _rows(connection: Connection, tenants: Sequence[uuid.UUID], table: str, order: str) -> list[Json]:
    query = sql.SQL("SELECT * FROM {} WHERE tenant_id = ANY(%s) ORDER BY {}").format(
        sql.Identifier("work", table), sql.Identifier(order)
    )
    return connection.execute(query, [list(tenants)]).fetchall()


def _by(rows: list[Json], member: str) -> dict[uuid.UUID, list[Json]]:
    found: dict[uuid.UUID, list[Json]] = defaultdict(list)
    for row in rows:
        found[row[member]].append(row)
    return found
