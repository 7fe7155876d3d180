"""Statistics say what the ledger holds, at every moment: counted once, whoever counts, and whoever writes late."""

import datetime
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from libs.database.server.pool import open_pool
from libs.database.statistics import rollup as rolling
from libs.database.statistics.rollup import Rollup
from tests.integration.database.history.ledgers import DAY, MINUTE, Ledger, new_ledger
from tests.servers import cloned_database

MARK_ALL = """
INSERT INTO ingest.statistics_stale (tenant_id, at)
SELECT tenant_id, written_at FROM ingest.chunk WHERE tenant_id = %s
"""
MOST_WRITERS = 4
SENDS = 25


@pytest.fixture(scope="module")
def url(postgres: PostgresServer, template: str) -> Iterator[str]:
    """A database of the module's own."""
    with cloned_database(postgres.url, template) as url:
        yield url


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    """The ledger of a tenant of the test's own."""
    with new_ledger(url) as ledger:
        yield ledger


def test_a_writer_that_commits_late_is_counted(ledger: Ledger) -> None:
    rollup, late = ledger.rollup(), ledger.session()
    job = ledger.job()
    ledger.chunk(job, ledger.now - 10 * MINUTE, session=late)
    ledger.chunk(job, ledger.now - 10 * MINUTE, number=1)
    ledger.chunk(job, ledger.now - 2 * MINUTE, number=2)
    for _ in range(3):
        rollup.run()
        ledger.check()
    late.commit()
    ledger.check()
    ledger.check_counted(rollup)
    assert [row["created"] for row in ledger.counted()] == [20, 10]


def test_a_writer_that_has_begun_and_has_no_number_yet_is_counted(ledger: Ledger) -> None:
    rollup, late = ledger.rollup(), ledger.session()
    late.execute("SELECT now()")
    job = ledger.job()
    ledger.chunk(job, ledger.now)
    ledger.check_counted(rollup)
    ledger.chunk(job, ledger.now - MINUTE, number=1, session=late)
    rollup.run()
    late.commit()
    ledger.check_counted(rollup)


def test_nobody_waits_for_a_writer_to_count_what_has_ended_before(ledger: Ledger) -> None:
    """What was awaited before a transaction began needs not wait for it."""
    rollup, first, second = ledger.rollup(), ledger.session(), ledger.session()
    job = ledger.job()
    ledger.chunk(job, ledger.now - 5 * MINUTE, session=first)
    rollup.run()
    ledger.chunk(job, ledger.now - 4 * MINUTE, number=1, session=second)
    first.commit()
    rollup.run()
    assert [row["created"] for row in ledger.counted()] == [10]
    second.rollback()
    ledger.check_counted(rollup)


def test_counting_twice_and_by_several_is_counting_once(ledger: Ledger) -> None:
    rollups = [ledger.rollup() for _ in range(3)]

    def write(number: int) -> None:
        session = ledger.session()
        for place in range(SENDS):
            job = ledger.job(session=session)
            ledger.chunk(job, ledger.now - (place % 5) * MINUTE, number=number, session=session)
            ledger.end(job, ledger.now, session=session)
            session.commit()
        session.close()

    def count(rollup: Rollup) -> None:
        for _ in range(SENDS):
            rollup.run()

    with ThreadPoolExecutor(MOST_WRITERS + len(rollups)) as threads:
        done = [threads.submit(write, number) for number in range(MOST_WRITERS)]
        done += [threads.submit(count, rollup) for rollup in rollups]
    for each in done:
        each.result()
    ledger.check()
    ledger.check_counted(rollups[0])
    before = ledger.counted()
    for rollup in (*rollups, ledger.rollup()):
        rollup.run()
    assert ledger.counted() == before
    assert sum(row["created"] for row in before) == 10 * MOST_WRITERS * SENDS


def test_while_one_counts_the_others_go_on(ledger: Ledger) -> None:
    """One that has looked at the ledger earlier would write what is no longer so."""
    job, counting = ledger.job(), ledger.session()
    ledger.chunk(job, ledger.now)
    counting.execute("SELECT FROM ingest.statistics_progress FOR UPDATE")
    assert ledger.rollup().run() == 0
    assert not ledger.counted()
    counting.rollback()
    ledger.check_counted(ledger.rollup())


@pytest.mark.parametrize("step", ["forget_buckets", "count_buckets", "counted"])
def test_a_processor_that_dies_while_it_counts_costs_nothing(
    ledger: Ledger, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ledger.job()
    ledger.chunk(job, ledger.now)
    ledger.end(job, ledger.now)
    with monkeypatch.context() as patch:
        patch.setitem(rolling.QUERIES, step, "SELECT 1 / 0")
        with pytest.raises(psycopg.errors.DivisionByZero):
            ledger.rollup().run()
    assert not ledger.counted()
    ledger.check()
    ledger.check_counted(ledger.rollup())


def test_a_retry_takes_back_what_had_failed(ledger: Ledger) -> None:
    rollup = ledger.rollup()
    job = ledger.job()
    ledger.chunk(job, ledger.now - 30 * MINUTE, failed=True)
    ledger.end(job, ledger.now - 29 * MINUTE, failed=True)
    ledger.check_counted(rollup)
    ledger.reopen(job)
    ledger.check()
    ledger.move(job, ledger.now)
    ledger.check()
    ledger.end(job, ledger.now)
    ledger.check()
    ledger.check_counted(rollup)
    assert [(row["starts_at"], row["created"], row["failed"]) for row in ledger.counted()] == [(ledger.now, 10, 0)]


def test_an_end_that_comes_late_is_counted_when_it_was(ledger: Ledger) -> None:
    rollup = ledger.rollup()
    job = ledger.job()
    ledger.chunk(job, ledger.now - 60 * MINUTE)
    ledger.check_counted(rollup)
    ledger.end(job, ledger.now - 59 * MINUTE)
    ledger.check()
    ledger.check_counted(rollup)
    assert [row["jobs_completed"] for row in ledger.counted()] == [0, 1]


def test_records_that_a_job_has_lost_have_failed_at_its_end(ledger: Ledger) -> None:
    rollup = ledger.rollup()
    job = ledger.job()
    ledger.end(job, ledger.now, failed=True)
    ledger.check_counted(rollup)
    (point,) = ledger.read()
    assert (point.records.failed, point.jobs.failed) == (10, 1)


def test_entities_are_told_apart(ledger: Ledger) -> None:
    rollup = ledger.rollup()
    for entity in ("recipients", "data-categories"):
        ledger.chunk(ledger.job(entity), ledger.now)
    ledger.check_counted(rollup)
    ledger.chunk(ledger.job("recipients"), ledger.now)
    assert [point.records.created for point in ledger.read(entity="recipients")] == [20]
    assert ledger.read(entity="recipients") == ledger.added_up(entity="recipients")


def test_minutes_become_days(ledger: Ledger) -> None:
    midnight = datetime.datetime.combine(ledger.now.date(), datetime.time(), datetime.UTC)
    edge = midnight - rolling.MINUTES_KEPT_DAYS * DAY
    ledger.sql.execute("UPDATE ingest.statistics_progress SET days_until = %s", [edge - 3 * DAY])
    rollup, job = ledger.rollup(), ledger.job()
    times = (edge - 2 * DAY, edge - 2 * DAY + 5 * MINUTE, edge - MINUTE, edge, edge + MINUTE)
    for number, at in enumerate(times):
        ledger.chunk(job, at, number=number)
    ledger.check_counted(rollup)
    counted = [(row["starts_at"], row["created"]) for row in ledger.counted()]
    assert counted == [(edge - 2 * DAY, 20), (edge - DAY, 10), (edge, 10), (edge + MINUTE, 10)]


def test_counted_minutes_become_days(ledger: Ledger) -> None:
    rollup, job = ledger.rollup(), ledger.job()
    midnight = datetime.datetime.combine(ledger.now.date(), datetime.time(), datetime.UTC)
    edge = midnight - rolling.MINUTES_KEPT_DAYS * DAY
    for number, at in enumerate((edge, edge + MINUTE, edge + 26 * 60 * MINUTE)):
        ledger.chunk(job, at, number=number)
    ledger.check_counted(rollup)
    assert len(ledger.counted()) == 3
    ledger.sql.execute("UPDATE ingest.statistics SET starts_at = starts_at - interval '2 days'")
    ledger.sql.execute("UPDATE ingest.chunk SET written_at = written_at - interval '2 days'")
    ledger.sql.execute("UPDATE ingest.statistics_progress SET days_until = days_until - interval '2 days'")
    ledger.sql.execute("DELETE FROM ingest.statistics_stale")
    ledger.check()
    ledger.check_counted(rollup)
    assert [(row["starts_at"], row["created"]) for row in ledger.counted()] == [(edge - 2 * DAY, 20), (edge - DAY, 10)]


def test_a_day_of_long_ago_is_counted_again(ledger: Ledger) -> None:
    rollup, job = ledger.rollup(), ledger.job()
    ledger.chunk(job, ledger.now - 30 * DAY, failed=True)
    ledger.chunk(job, ledger.now - 30 * DAY, number=1)
    ledger.check_counted(rollup)
    ledger.move(job, ledger.now)
    ledger.check()
    ledger.check_counted(rollup)
    assert [(row["failed"], row["created"]) for row in ledger.counted()] == [(0, 10), (0, 10)]


def test_what_was_there_before_the_migration_is_counted(ledger: Ledger) -> None:
    """Such rows have no number; the migration has marked their minutes, many more than are taken at once."""
    job = ledger.job()
    for number in range(30):
        ledger.chunk(job, ledger.now - number * DAY, number=number)
    ledger.sql.execute("UPDATE ingest.chunk SET entry = NULL WHERE tenant_id = %s", [ledger.tenant])
    ledger.sql.execute(MARK_ALL, [ledger.tenant])
    ledger.check()
    ledger.check_counted(ledger.rollup())


def test_many_entries_are_counted_in_parts(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rolling, "MOST_ENTRIES", 3)
    rollup, job = ledger.rollup(), ledger.job()
    for number in range(10):
        ledger.chunk(job, ledger.now - number * MINUTE, number=number)
    rollup.run()
    assert len(ledger.counted()) == 10
    monkeypatch.setattr(rolling, "LONGEST_S", 0)
    for number in range(10, 20):
        ledger.chunk(job, ledger.now - number * MINUTE, number=number)
    rollup.run()
    assert len(ledger.counted()) == 13
    ledger.check_counted(rollup)


def test_a_server_that_was_set_back_is_looked_at_anew(ledger: Ledger) -> None:
    rollup, job = ledger.rollup(), ledger.job()
    for number in range(5):
        ledger.chunk(job, ledger.now, number=number)
    ledger.check_counted(rollup)
    rollup._certain, rollup._server = 1_000_000, None  # it has seen a later state
    late = ledger.session()
    ledger.chunk(job, ledger.now, number=5, session=late)
    ledger.chunk(job, ledger.now, number=6)
    rollup.run()
    late.commit()
    ledger.check_counted(rollup)


def test_tenants_are_told_of_themselves_alone(url: str) -> None:
    with new_ledger(url) as ours, new_ledger(url) as theirs:
        for ledger in (ours, theirs):
            job = ledger.job()
            ledger.chunk(job, ledger.now)
            ledger.end(job, ledger.now)
        ours.check()
        ours.check_counted(ours.rollup())
        theirs.check_counted(theirs.rollup())
        with reading(ours, url) as seen:
            assert seen("ingest.statistics") == seen("ingest.job") == {ours.tenant}


class reading:  # noqa: N801 -- a context, used as a word
    """A reader of one tenant, who asks for all tenants."""

    def __init__(self, ledger: Ledger, url: str) -> None:
        self._tenant = ledger.tenant
        self._pool: ConnectionPool = open_pool(
            url, "sluice_reader", name="r", size=1, statement_timeout_s=5, timeout_s=5
        )

    def __enter__(self) -> Callable[[str], set[uuid.UUID]]:
        return self._seen

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def _seen(self, table: str) -> set[uuid.UUID]:
        with self._pool.connection() as connection, connection.transaction():
            connection.execute("SELECT set_config('sluice.tenant_id', %s, true)", [str(self._tenant)])
            return {tenant for (tenant,) in connection.execute(f"SELECT tenant_id FROM {table}")}  # type: ignore[arg-type]
