"""A ledger that a test writes by hand, in open transactions too, and what it comes to when all of it is added up."""

import datetime
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
from psycopg.rows import dict_row

from libs.contracts.statistics import ChunksOverTime, JobsOverTime, RecordsOverTime, StatisticsPoint, Step, total_of
from libs.database.server.pool import open_pool
from libs.database.statistics.reader import StatisticsReader
from libs.database.statistics.rollup import Rollup

MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)
COUNTERS = ("created", "updated", "unchanged", "rejected", "failed", "cancelled")
NEW_JOB = """
INSERT INTO ingest.job (tenant_id, job_id, entity, status, mode, on_error, lane, created_by, request_id, epoch_ms,
                        created_at, total, chunks_total)
VALUES (%s, %s, %s, 'processing', 'insert', 'continue', 'normal', 'tester', 'r', 0, %s, 10, 1)
"""
NEW_CHUNK = """
INSERT INTO ingest.chunk (tenant_id, job_id, chunk_no, epoch_ms, generation, state, records, created, failed, writer,
                          attempts, written_at, seconds)
VALUES (%(tenant)s, %(job)s, %(number)s, 0, 0, %(state)s, 10, %(created)s, %(failed)s, 'w', 1, %(at)s, 0.5)
"""
MOVED = """
UPDATE ingest.chunk SET state = 'written', created = 10, failed = 0, written_at = %s WHERE job_id = %s AND chunk_no = %s
"""
ENDED = """
UPDATE ingest.job SET status = %s, finished_at = %s, created = %s, failed = %s, updated_at = now() WHERE job_id = %s
"""
REOPENED = "UPDATE ingest.job SET status = 'processing', finished_at = NULL, updated_at = now() WHERE job_id = %s"
ADDED_UP = """
SELECT date_trunc(%(step)s, at, 'UTC') AS starts_at, sum(created)::bigint AS created, sum(updated)::bigint AS updated,
       sum(unchanged)::bigint AS unchanged, sum(rejected)::bigint AS rejected, sum(failed)::bigint AS failed,
       sum(cancelled)::bigint AS cancelled, sum(chunks)::bigint AS chunks, sum(seconds) AS chunk_seconds,
       count(*) FILTER (WHERE ending = 'completed') AS completed, count(*) FILTER (WHERE ending = 'failed') AS failing,
       count(*) FILTER (WHERE ending = 'cancelled') AS cancelling, sum(lasted) AS lasted
FROM (
    SELECT tenant_id, job_id, written_at AS at, created, updated, unchanged, rejected, failed, cancelled,
           (failure <> 'lost')::integer AS chunks, seconds, NULL AS ending, 0 AS lasted
    FROM ingest.chunk
    UNION ALL
    SELECT tenant_id, job_id, finished_at, 0, 0, 0, 0,
           failed - (SELECT coalesce(sum(failed), 0) FROM ingest.chunk c WHERE c.job_id = job.job_id), 0, 0, 0, status,
           extract(epoch FROM finished_at - created_at)
    FROM ingest.job WHERE finished_at IS NOT NULL
) AS ledger JOIN (SELECT job_id, entity FROM ingest.job) AS named USING (job_id)
WHERE ledger.tenant_id = %(tenant)s AND at >= %(since)s AND at < %(until)s
  AND (%(entity)s::text IS NULL OR entity = %(entity)s)
GROUP BY 1 ORDER BY 1
"""


class Ledger:
    """One tenant's ledger."""

    def __init__(self, database_url: str) -> None:
        self.tenant = uuid.uuid4()
        self._url = database_url
        self._opened = ExitStack()
        self.sql = self._opened.enter_context(psycopg.connect(database_url, autocommit=True, row_factory=dict_row))
        self._reader = StatisticsReader(self._pool("sluice_reader"))
        row = self.sql.execute("SELECT date_trunc('minute', now(), 'UTC') AS now").fetchone()
        assert row
        self.now: datetime.datetime = row["now"]
        """The minute in which the test began."""

    def close(self) -> None:
        """Give everything back."""
        self._opened.close()

    def rollup(self) -> Rollup:
        """What a processor has to count with."""
        return Rollup(self._pool("sluice_processor"))

    def session(self) -> "psycopg.Connection[dict[str, Any]]":
        """Another session, whose transaction stays open until it is committed."""
        return self._opened.enter_context(psycopg.connect(self._url, row_factory=dict_row))

    def job(self, entity: str = "recipients", *, session: Any = None) -> uuid.UUID:
        """A job that is open."""
        job_id = uuid.uuid4()
        (session or self.sql).execute(NEW_JOB, (self.tenant, job_id, entity, self.now - 20 * DAY))
        return job_id

    def chunk(
        self, job: uuid.UUID, at: datetime.datetime, *, number: int = 0, failed: bool = False, session: Any = None
    ) -> None:
        """A chunk of ten records that enters the ledger, written at that time."""
        values = {
            "tenant": self.tenant, "job": job, "number": number, "state": "failed" if failed else "written",
            "created": 0 if failed else 10, "failed": 10 if failed else 0, "at": at,
        }  # fmt: skip
        (session or self.sql).execute(NEW_CHUNK, values)

    def move(self, job: uuid.UUID, at: datetime.datetime, *, number: int = 0) -> None:
        """A chunk that had failed is written at that time, as a retry does it."""
        self.sql.execute(MOVED, (at, job, number))

    def end(self, job: uuid.UUID, at: datetime.datetime, *, failed: bool = False, session: Any = None) -> None:
        """The job ends."""
        (session or self.sql).execute(
            ENDED, ("failed" if failed else "completed", at, 0 if failed else 10, 10 * failed, job)
        )

    def reopen(self, job: uuid.UUID) -> None:
        """The job is open again."""
        self.sql.execute(REOPENED, (job,))

    def counted(self) -> list[dict[str, Any]]:
        """What is counted of the tenant, as it is stored."""
        query = "SELECT * FROM ingest.statistics WHERE tenant_id = %s ORDER BY starts_at, entity"
        return self.sql.execute(query, [self.tenant]).fetchall()

    def read(self, step: Step = "minute", **of: Any) -> list[StatisticsPoint]:
        """What a reader is told, of all time."""
        _, points = self._reader.points(self.tenant, self.now - 500 * DAY, self.now + DAY, step, **of)
        return points

    def added_up(self, step: Step = "minute", *, entity: str | None = None) -> list[StatisticsPoint]:
        """What the reader should be told."""
        since = self.now - 500 * DAY
        if step != "day":
            row = self.sql.execute("SELECT days_until FROM ingest.statistics_progress").fetchone()
            assert row
            since = row["days_until"]
        values = {"tenant": self.tenant, "since": since, "until": self.now + DAY, "step": step, "entity": entity}
        return [_point(row) for row in self.sql.execute(ADDED_UP, values)]

    def check(self) -> None:
        """Readers are told what the ledger holds at this moment."""
        for step in ("minute", "hour", "day"):
            assert self.read(step) == self.added_up(step), step  # type: ignore[arg-type]

    def check_counted(self, rollup: Rollup) -> None:
        """Count until nothing is left: then what is stored is what the ledger holds, and no more."""
        while rollup.run():
            pass
        names = ("created", "failed", "chunks", "jobs_completed", "jobs_failed")
        stored = [sum(row[name] for row in self.counted()) for name in names]
        total = total_of(self.added_up("day"))
        assert stored == [
            total.records.created, total.records.failed, total.chunks.total, total.jobs.completed, total.jobs.failed,
        ]  # fmt: skip
        self.check()

    def _pool(self, role: Any) -> Any:
        pool = open_pool(self._url, role, name="statistics", size=2, statement_timeout_s=30, timeout_s=5)
        return self._opened.enter_context(pool)


def _point(row: dict[str, Any]) -> StatisticsPoint:
    return StatisticsPoint(
        starts_at=row["starts_at"],
        records=RecordsOverTime(**{name: int(row[name]) for name in COUNTERS}),
        jobs=JobsOverTime(
            completed=row["completed"], failed=row["failing"], cancelled=row["cancelling"], seconds=float(row["lasted"])
        ),
        chunks=ChunksOverTime(total=row["chunks"], seconds=row["chunk_seconds"]),
    )


@contextmanager
def new_ledger(database_url: str) -> Iterator[Ledger]:
    """A ledger of a tenant that nobody has seen before."""
    ledger = Ledger(database_url)
    try:
        yield ledger
    finally:
        ledger.close()
