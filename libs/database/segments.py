"""Where in its file the rows of each batch of a load stand, and what became of them."""

import uuid
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.jobs import JobStatus, RecordCounts
from libs.contracts.tasks.types.load import SegmentResult
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant

Values = dict[str, Any]
COUNTED = ("created", "updated", "unchanged", "rejected", "failed", "cancelled")
PAGE = 100


class SegmentRow(Struct, frozen=True, kw_only=True):
    """One segment of a load."""

    number: int
    start_offset: int
    start_line: int
    first_row: int
    rows: int
    job_id: uuid.UUID
    jumps: list[int] = []
    """Of rows that have a number and no bytes: index and number of each that does not follow the one before."""
    records: dict[str, int] | None = None
    """As the job's records once it has ended."""


class LateSegment(Struct, frozen=True, kw_only=True):
    """A segment whose load has ended before its batch."""

    tenant_id: uuid.UUID
    task_id: uuid.UUID
    number: int
    rows: int
    job_id: uuid.UUID


class EndedLoad(Struct, frozen=True):
    """A load after something was counted late."""

    type: str
    status: JobStatus
    version: int
    progress: float


def numbered(jumps: Sequence[int], index: int, sheet: str | None) -> int | str:
    """The number of a row of a segment that has jumps, in its sheet where there is one."""
    at = 2 * (bisect_right(jumps[::2], index) - 1)
    number = jumps[at + 1] + index - jumps[at]
    return f"{sheet}!{number}" if sheet else number


class SegmentRows:
    """Segments of loads. Every method raises psycopg.Error while PostgreSQL is away.

    What is written is fenced: `lease` names tenant, task and token, and nothing changes where the token is another's.
    """

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def open(self, lease: Values, segment: SegmentRow) -> bool:
        """Note that a segment has become a job, again if need be; False where the lease is lost."""
        return self._fenced("open_segment", lease | msgspec.structs.asdict(segment))

    def settle(self, lease: Values, number: int, records: RecordCounts) -> bool:
        """Note what became of a segment; False where the lease is lost."""
        return self._fenced(
            "settle_segment", lease | {"number": number, "records": Jsonb(msgspec.to_builtins(records))}
        )

    def open_ones(self, lease: Values) -> list[SegmentRow]:
        """Those whose jobs are not known to have ended."""
        return self._listed("open_segments", lease)

    def unwritten(self, lease: Values, *, after: int = -1) -> list[SegmentRow]:
        """Some that have ended, whose number is above `after`, and of which something failed or was cancelled."""
        return self._listed("unwritten_segments", lease | {"after": after, "limit": PAGE})

    def sums(self, lease: Values) -> tuple[int, RecordCounts]:
        """How many have ended, and their counters together."""
        with self._pool.connection() as connection:
            row = connection.execute(QUERIES["sum_segments"], lease).fetchone()
        assert row is not None
        count, *sums = map(int, row)
        return count, RecordCounts(total=sum(sums), **dict(zip(COUNTED, sums, strict=True)))

    def first(self, lease: Values, limit: int) -> list[SegmentResult]:
        """What became of the first ones."""
        with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute(QUERIES["first_segments"], lease | {"limit": limit}).fetchall()
        return msgspec.convert(rows, list[SegmentResult])

    def with_errors(
        self, tenant_id: uuid.UUID, task_id: uuid.UUID, *, after: int = -1, after_row: int = -1
    ) -> Sequence[SegmentRow]:
        """Some that may have errors, whose number is above `after`, and which have rows behind `after_row`."""
        values = {"tenant": tenant_id, "task": task_id, "after": after, "after_row": after_row + 1, "limit": PAGE}
        with as_tenant(self._pool, tenant_id) as cursor:
            return msgspec.convert(cursor.execute(QUERIES["segments_with_errors"], values).fetchall(), list[SegmentRow])

    def newest(self, tenant_id: uuid.UUID, task_id: uuid.UUID, *, limit: int) -> Sequence[SegmentRow]:
        """The last ones, the last first."""
        values = {"tenant": tenant_id, "task": task_id, "limit": limit}
        with as_tenant(self._pool, tenant_id) as cursor:
            return msgspec.convert(cursor.execute(QUERIES["newest_segments"], values).fetchall(), list[SegmentRow])

    def late(self, limit: int) -> list[LateSegment]:
        """Some of all tenants whose loads have ended, and they have not."""
        with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return msgspec.convert(
                cursor.execute(QUERIES["late_segments"], {"limit": limit}).fetchall(), list[LateSegment]
            )

    def settle_late(self, segment: LateSegment, records: RecordCounts) -> EndedLoad | None:
        """Note what became of one, and count its load's anew; None where somebody was faster, or retries the load."""
        values = {**msgspec.structs.asdict(segment), "records": Jsonb(msgspec.to_builtins(records))}
        with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            if not cursor.execute(QUERIES["settle_late_segment"], values).fetchone():
                return None
            return msgspec.convert(cursor.execute(QUERIES["count_ended_load"], values).fetchone(), EndedLoad)

    def _listed(self, query: str, values: Values) -> list[SegmentRow]:
        with self._pool.connection() as connection, connection.cursor(row_factory=dict_row) as cursor:
            return msgspec.convert(cursor.execute(QUERIES[query], values).fetchall(), list[SegmentRow])

    def _fenced(self, query: str, values: Values) -> bool:
        with self._pool.connection() as connection:
            return connection.execute(QUERIES[query], values).fetchone() is not None
