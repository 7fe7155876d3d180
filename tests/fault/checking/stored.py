"""What is in PostgreSQL at the end of a run, read with plain SQL and put in order for the checker."""

import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from tests.fault.running.couriers.files import PREFIX
from tests.fault.running.scanners.workload import LINKS, MARKER_FIELD, Workload
from tests.system.samples import KINDS, Json

COUNTERS = ("created", "updated", "unchanged", "rejected", "failed", "cancelled")
Connection = psycopg.Connection[dict[str, Any]]


@dataclass(frozen=True)
class Row:
    """A record in the inventory, and the record of the workload, or the row of a file, that its marker names."""

    kind: str
    columns: Json
    batch: str
    """Or the file."""
    index: int

    @property
    def of_file(self) -> bool:
        """Whether it comes from a file."""
        return self.batch.startswith(PREFIX)


@dataclass(frozen=True)
class Stored:
    """The run's share of the database: all rows that belong to its tenants or carry its markers."""

    rows: list[Row]
    links: dict[str, dict[uuid.UUID, set[uuid.UUID]]]
    """By the member of the record: the targets of each activity."""
    jobs: list[Json]
    chunks: dict[uuid.UUID, list[Json]]
    rejects: dict[uuid.UUID, dict[int, Json]]
    accepted: dict[uuid.UUID, int]
    """By job: entries of the audit trail that say that its batch was accepted."""

    @classmethod
    def read(cls, connection: Connection, workload: Workload) -> Self:
        """Read all of it, once nothing writes any more."""
        return cls(
            rows=[row for kind in KINDS for row in _rows(connection, workload, kind.name, kind.table)],
            links={member: _links(connection, workload, table) for member, (_, table) in LINKS.items()},
            jobs=_of_tenants(connection, workload, "ingest.job"),
            chunks=_by_job(_of_tenants(connection, workload, "ingest.chunk")),
            rejects={
                job: {row["record_index"]: row for row in rows}
                for job, rows in _by_job(_of_tenants(connection, workload, "ingest.reject")).items()
            },
            accepted={
                job: sum(row["action"] == "batch.accept" for row in rows)
                for job, rows in _by_job(_of_tenants(connection, workload, "ingest.audit")).items()
            },
        )

    @cached_property
    def by_record(self) -> dict[tuple[str, int], list[Row]]:
        """The rows of each record of the workload: one, or none."""
        found: dict[tuple[str, int], list[Row]] = defaultdict(list)
        for row in self.rows:
            found[row.batch, row.index].append(row)
        return found

    @cached_property
    def jobs_by_request(self) -> dict[str, list[Json]]:
        """The jobs of each request id."""
        found: dict[str, list[Json]] = defaultdict(list)
        for job in self.jobs:
            found[job["request_id"]].append(job)
        return found

    @cached_property
    def rows_by_job(self) -> dict[uuid.UUID, int]:
        """How many rows say that a job wrote them last."""
        found: dict[uuid.UUID, int] = defaultdict(int)
        for row in self.rows:
            found[row.columns["job_id"]] += 1
        return found


@contextmanager
def snapshot(database_url: str) -> Iterator[Connection]:
    """A transaction that leaves the database as it was; nothing writes any more when it is opened."""
    with psycopg.connect(database_url, row_factory=dict_row) as connection:
        yield connection
        connection.rollback()


def _rows(connection: Connection, workload: Workload, kind: str, table: str) -> list[Row]:
    marker = MARKER_FIELD[kind]
    query = sql.SQL("SELECT * FROM {} WHERE tenant_id = ANY(%s) OR {} LIKE %s").format(
        sql.Identifier("inventory", table), sql.Identifier(marker)
    )
    rows = []
    for columns in connection.execute(query, [list(workload.tenants), f"{workload.run}/%"]):
        _, batch, index = (columns[marker] or "//").split("/")
        rows.append(Row(kind, columns, batch, int(index or -1)))
    return rows


def _links(connection: Connection, workload: Workload, table: str) -> dict[uuid.UUID, set[uuid.UUID]]:
    found: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    query = sql.SQL("SELECT * FROM {} WHERE tenant_id = ANY(%s)").format(sql.Identifier("inventory", table))
    for row in connection.execute(query, [list(workload.tenants)]):
        target = next(value for name, value in row.items() if name not in ("tenant_id", "activity_id"))
        found[row["activity_id"]].add(target)
    return found


def _of_tenants(connection: Connection, workload: Workload, table: str) -> list[Json]:
    query = sql.SQL("SELECT * FROM {} WHERE tenant_id = ANY(%s)").format(sql.Identifier(*table.split(".")))
    return connection.execute(query, [list(workload.tenants)]).fetchall()


def _by_job(rows: list[Json]) -> dict[uuid.UUID, list[Json]]:
    found: dict[uuid.UUID, list[Json]] = defaultdict(list)
    for row in rows:
        found[row["job_id"]].append(row)
    return found
