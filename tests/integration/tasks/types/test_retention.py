"""What is forgotten, what is not, and that nobody waits for it."""

import datetime
import threading
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg import errors

from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.upkeep.retention import RETENTION
from libs.tasks.runner import Runner
from services.processor.forgetting import steps
from services.processor.forgetting.settings import RetentionSettings
from services.processor.settings import ProcessorSettings
from services.processor.tools import Tools
from services.processor.types.upkeep import retention
from tests.integration.database.history.ledgers import DAY, MINUTE, NEW_JOB, Ledger, new_ledger
from tests.integration.tasks.workplace.bench import Bench
from tests.waiting import wait_until

KEEP = RetentionSettings(
    keep_rejects_days=40, keep_jobs_days=100, keep_logs_days=40, keep_findings_days=60, keep_statistics_days=200
)
REJECT = """
INSERT INTO ingest.reject (tenant_id, job_id, record_index, chunk_no, stage, faults, failed, raw)
SELECT %s, %s, n, 0, 'validate', '[]', false, 'x' FROM generate_series(1, %s) n
"""
FINDING = """
INSERT INTO work.finding (tenant_id, rule, record_id, first_seen, opened_by, last_seen, resolved_at)
VALUES (%s, 'ORG-01', %s, now() - interval '900 days', %s, %s, %s)
"""
AUDIT = (
    "INSERT INTO ingest.audit SELECT %s, gen_random_uuid(), %s, 'somebody', 'batch.accept', %s, 'recipients', 'r', '{}'"
)


class Attic:
    """One tenant's old things."""

    def __init__(self, bench: Bench, ledger: Ledger) -> None:
        self.bench, self.ledger = bench, ledger
        bench.move(ledger.tenant)
        self.keep = KEEP

    def job(self, days: float, *, rejects: int = 3, chunks: int = 2, failed: bool = False) -> uuid.UUID:
        """A batch that ended so many days ago."""
        at = self.ledger.now - days * DAY
        job = self.ledger.job()
        for number in range(chunks):
            self.ledger.chunk(job, at - MINUTE, number=number, failed=failed)
        self.ledger.sql.execute(REJECT, [self.ledger.tenant, job, rejects])
        self.ledger.end(job, at, failed=failed)
        self.ledger.sql.execute(AUDIT, [self.ledger.tenant, at, job])
        return job

    def task(self, days: float, status: str = "completed") -> uuid.UUID:
        """A task that ended so many days ago, or had begun then."""
        ref = self.bench.open()
        at = self.ledger.now - days * DAY
        ended = at if status in ("completed", "failed") else None
        self.bench.sql.execute(
            "UPDATE work.task SET status = %s, created_at = %s, finished_at = %s WHERE task_id = %s",
            [status, at, ended, ref.task_id],
        )
        return ref.task_id

    def finding(self, days: float | None) -> None:
        """A finding of long ago that is gone since so many days, or is not."""
        gone = None if days is None else self.ledger.now - days * DAY
        self.bench.sql.execute(FINDING, [self.ledger.tenant, uuid.uuid4(), uuid.uuid4(), gone, gone])

    def count(self, table: str, job: uuid.UUID) -> int:
        column = "task_id" if table in ("work.task", "work.task_log") else "job_id"
        row = self.bench.sql.execute(f"SELECT count(*) AS n FROM {table} WHERE {column} = %s", [job]).fetchone()
        assert row
        return int(row["n"])

    def has(self, job: uuid.UUID) -> tuple[int, int, int]:
        """Its row, its ledger, its rejects."""
        found = [self.count(table, job) for table in ("ingest.job", "ingest.chunk", "ingest.reject")]
        return found[0], found[1], found[2]

    def runner(self) -> Runner:
        settings = ProcessorSettings(
            redis_url="redis://unused", database_url="postgresql://unused", retention=self.keep
        )  # fmt: skip
        nothing: Any = dict.fromkeys(Tools.__struct_fields__)
        tools = Tools(**{**nothing, "settings": settings, "pool": self.bench.pool})
        return self.bench.runner(lambda context: retention.run(context, tools), RETENTION)

    def forget(self) -> Task:
        """Have it run to its end, beside a processor that counts."""
        ref = self.bench.open("retention", number=1)
        self.bench.sql.execute("UPDATE work.task SET parameters = '{}' WHERE task_id = %s", [ref.task_id])
        self.ledger.rollup().run()
        self.runner().handle(ref)
        task = self.bench.task(ref)
        assert task.status == "completed", task.error
        return task


@pytest.fixture
def attic(bench: Bench, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Attic]:
    monkeypatch.setattr(steps, "AT_ONCE", 2)  # so that there are several transactions of each
    monkeypatch.setattr(steps, "JOBS_AT_ONCE", 2)
    monkeypatch.setattr(retention, "COUNTED_S", 1.0)
    with new_ledger(database_url) as ledger:
        yield Attic(bench, ledger)


def test_each_kind_goes_after_its_own_days_and_the_audit_trail_never(attic: Attic) -> None:
    old, failed, middle, young = attic.job(101), attic.job(300, failed=True), attic.job(60), attic.job(1)
    more = [attic.job(110, rejects=0) for _ in range(5)]
    open_job = attic.ledger.job()
    tasks = [attic.task(101), attic.task(41), attic.task(1), attic.task(300, "processing")]
    for gone in (None, 1, 61, 62):
        attic.finding(gone)
    before = attic.bench.sql.execute("SELECT count(*) AS n FROM ingest.audit").fetchone()

    task = attic.forget()

    assert [attic.has(job) for job in (old, failed, middle, young)] == [(0, 0, 0), (0, 0, 0), (1, 2, 0), (1, 2, 3)]
    assert [attic.has(job) for job in more] == [(0, 0, 0)] * 5
    assert attic.has(open_job) == (1, 0, 0), "what has not ended stays, however old"
    assert [attic.count("work.task", each) for each in tasks] == [0, 1, 1, 1]
    assert [attic.count("work.task_log", each) for each in tasks] == [0, 0, 1, 1]
    assert task.result == {
        "rejects": 9, "log_lines": 2, "jobs": 7, "tasks": 1, "findings": 2, "statistics": 1, "ledger_waits": False,
    }  # fmt: skip
    after = attic.bench.sql.execute("SELECT count(*) AS n FROM ingest.audit").fetchone()
    assert before and after
    assert after["n"] == before["n"] + 1  # the entry of this task
    assert attic.forget().result == {
        **task.result,
        "rejects": 0,
        "log_lines": 0,
        "jobs": 0,
        "tasks": 0,
        "findings": 0,
        "statistics": 0,
    }


def test_statistics_of_days_whose_ledger_is_gone_stay_as_they_were(attic: Attic) -> None:
    for days in (150, 120, 120, 60, 1):
        attic.job(days)
    ledger, long_ago = attic.ledger, attic.ledger.now - 120 * DAY
    late = ledger.job()
    ledger.chunk(late, long_ago, failed=True)
    ledger.end(late, ledger.now - DAY, failed=True)
    rollup = ledger.rollup()
    rollup.run()
    before = ledger.read("day")
    attic.forget()
    assert ledger.read("day") == before

    ledger.move(late, ledger.now)  # it leaves the day of which nothing else is in the ledger
    rollup.run()
    assert [point for point in ledger.read("day") if point.starts_at < long_ago + DAY] == [
        point for point in before if point.starts_at < long_ago + DAY
    ]


def test_a_ledger_that_is_not_counted_yet_waits_for_the_next_night(attic: Attic, database_url: str) -> None:
    old = attic.job(150)
    with psycopg.connect(database_url) as other:
        other.execute("CREATE TEMP TABLE with_a_number ()")  # whose transaction may still mark a day
        task = attic.forget()
    assert task.result
    assert (task.result["ledger_waits"], task.result["jobs"], attic.has(old)) == (True, 0, (1, 2, 0))
    assert attic.forget().result["jobs"] == 1  # type: ignore[index]


def test_who_writes_does_not_wait_and_who_holds_a_row_is_left_alone(attic: Attic, database_url: str) -> None:
    held, beside, free = attic.job(150, rejects=0), attic.job(140, rejects=0), attic.job(130, rejects=0)
    jobs = next(step for step in steps.STEPS if step.name == "jobs")
    forgetting = steps.Forgetting(attic.bench.pool, jobs, attic.ledger.tenant, attic.ledger.now - 100 * DAY)
    forgotten: list[int] = []
    with psycopg.connect(database_url) as holder:
        holder.execute("UPDATE ingest.job SET last_error = 'x' WHERE job_id = %s", [held])
        thread = threading.Thread(target=lambda: forgotten.append(forgetting.run(lambda: None)))
        thread.start()
        with psycopg.connect(database_url, autocommit=True, options="-c lock_timeout=100ms") as writer:
            while thread.is_alive():
                writer.execute(NEW_JOB, (attic.ledger.tenant, uuid.uuid4(), "recipients", attic.ledger.now))
                thread.join(0.02)
    assert forgotten == [1]
    assert [attic.has(job) for job in (held, beside, free)] == [(1, 2, 0), (1, 2, 0), (0, 0, 0)], "whole, or not at all"
    assert forgetting.run(lambda: None) == 2


def test_a_cancel_ends_it_and_a_retry_goes_on(attic: Attic, monkeypatch: pytest.MonkeyPatch) -> None:
    attic.job(150, rejects=9)
    ref = attic.bench.open("retention", number=1)
    attic.bench.sql.execute("UPDATE work.task SET parameters = '{}' WHERE task_id = %s", [ref.task_id])
    runner = attic.runner()
    real = steps.Forgetting.run

    def cancelled(self: steps.Forgetting, settle: Any) -> int:
        def stop() -> None:
            attic.bench.cancel(ref)
            runner.extend_leases()
            settle()

        return real(self, stop)

    with monkeypatch.context() as patch:
        patch.setattr(steps.Forgetting, "run", cancelled)
        runner.handle(ref)
    assert attic.bench.task(ref).status == "cancelled"
    attic.bench.retry(ref)
    attic.ledger.rollup().run()
    attic.runner().handle(ref)
    wait_until(lambda: attic.bench.task(ref).status == "completed", 5, "it is done")


def test_no_processor_may_touch_the_audit_trail(attic: Attic) -> None:
    for statement in ("DELETE FROM ingest.audit", "TRUNCATE ingest.audit", "UPDATE ingest.audit SET actor = 'x'"):
        with attic.bench.pool.connection() as connection, pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement)


def test_a_time_is_counted_from_the_day_on_which_it_was_asked_for(attic: Attic) -> None:
    attic.keep = RetentionSettings(keep_rejects_days=1)
    midnight = attic.ledger.now.replace(hour=0, minute=0) - DAY
    just, not_yet = attic.job(0), attic.job(0)
    for job, at in ((just, midnight - MINUTE), (not_yet, midnight + MINUTE)):
        attic.ledger.sql.execute("UPDATE ingest.job SET finished_at = %s WHERE job_id = %s", [at, job])
    attic.forget()
    assert (attic.has(just)[2], attic.has(not_yet)[2]) == (0, 3)
    assert midnight.tzinfo is datetime.UTC or midnight.utcoffset() == datetime.timedelta(0)
