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
    ) -> list[StatisticsPoint]:
        """The steps from `since` to before `until` in which something happened, in order.

        Minutes and hours begin where minutes are kept. `since` is to be the beginning of a step.
        """
        with as_tenant(self._pool, tenant_id) as cursor:
            counted = cursor.execute(QUERIES["read_counted_to"]).fetchone()
            assert counted is not None
            values = {
                **counted, "tenant": tenant_id, "since": since, "until": until, "step": step, "entity": entity,
            }  # fmt: skip
            return [_point(row) for row in cursor.execute(QUERIES["read_statistics"], values)]


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
