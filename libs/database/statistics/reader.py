"""Statistics of one tenant, under row level security: exact to the moment at which they are read."""

import datetime
import uuid
from typing import Any

from psycopg_pool import ConnectionPool

from libs.contracts.statistics import ChunksOverTime, JobsOverTime, RecordsOverTime, StatisticsPoint, Step
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant


class StatisticsReader:
    """Reads what is counted, and from the ledger what is not yet. Raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def points(
        self,
        tenant_id: uuid.UUID,
        since: datetime.datetime,
        until: datetime.datetime,
        step: Step,
        *,
        entity: str | None = None,
    ) -> tuple[datetime.datetime, list[StatisticsPoint]]:
        """The steps from `since` to before `until` in which something happened, in order, and where they begin.

        Minutes and hours begin where minutes are kept. `since` is to be the beginning of a step.
        """
        with as_tenant(self._pool, tenant_id) as cursor:
            progress = cursor.execute(QUERIES["read_progress"]).fetchone()
            assert progress is not None
            if step != "day":
                since = max(since, progress["days_until"])
            values = {
                "counted_to": progress["counted_to"], "tenant": tenant_id, "since": since, "until": until, "step": step,
                "entity": entity,
            }  # fmt: skip
            return since, [_point(row) for row in cursor.execute(QUERIES["read_statistics"], values)]

    def tasks(self, tenant_id: uuid.UUID, since: datetime.datetime) -> tuple[dict[str, int], int]:
        """Tasks by state, open ones and those that have ended since then, and the records that open ones still have."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["summarise_tasks"], {"tenant": tenant_id, "since": since}).fetchall()
        return {row["status"]: row["tasks"] for row in rows}, sum(row["pending"] for row in rows)


def _point(row: dict[str, Any]) -> StatisticsPoint:
    return StatisticsPoint(
        starts_at=row["starts_at"],
        records=RecordsOverTime(**{name: row[name] for name in RecordsOverTime.__struct_fields__}),
        jobs=JobsOverTime(
            completed=row["jobs_completed"], failed=row["jobs_failed"], cancelled=row["jobs_cancelled"],
            seconds=row["job_seconds"],
        ),
        chunks=ChunksOverTime(total=row["chunks"], seconds=row["chunk_seconds"]),
    )  # fmt: skip
