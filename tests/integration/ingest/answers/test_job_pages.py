"""Pages of jobs out of both stores: complete at any number of jobs, and never dearer than what they show."""

import datetime
import itertools
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.filters import JobFilter
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Before, Job, JobStatus, NewJob, RecordCounts
from libs.database.queries import QUERIES
from libs.database.reader import NEWEST, JobReader, search_values
from libs.database.server.pool import open_pool
from libs.database.task_reader import TaskReader
from libs.database.tenants import as_tenant
from libs.jobs.values import Timing
from libs.lookup import page_tokens
from libs.lookup.pages import JobPages
from tests.contract.job_store.support.samples import blobs, end, ref_of, take, write
from tests.contract.job_store.support.view import StoreView
from tests.servers import cloned_database
from tests.writing import Desk, address_of, audit_entry, new_job, writers_pool

EPOCH_MS = 1_800_000_000_000
PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED = JobStatus
ROWS = """
INSERT INTO ingest.job (tenant_id, job_id, entity, status, mode, on_error, lane, created_by, request_id, epoch_ms,
                        created_at, total, chunks_total, finished_at, created)
SELECT %s, gen_random_uuid(), (%s::text[])[1 + n %% 4], (%s::text[])[1 + n %% 3], 'insert', 'continue', 'normal', 'x',
       '', 0, to_timestamp(%s / 1000.0) + make_interval(secs => n / 10 / 1000.0), 1, 1, now(), 1
FROM generate_series(1, %s) AS n
"""
"""Ended jobs, ten a millisecond."""


@pytest.fixture(scope="module")
def pools(postgres: PostgresServer, template: str) -> Iterator[tuple[ConnectionPool, ConnectionPool]]:
    """A writer's and a reader's connections to a database of the module's own."""
    with (
        cloned_database(postgres.url, template) as url,
        writers_pool(url) as writes,
        open_pool(url, "sluice_reader", name="reader", size=2, statement_timeout_s=15, timeout_s=5) as reads,
    ):
        yield writes, reads


@pytest.fixture
def desk(pools: tuple[ConnectionPool, ConnectionPool], redis_client: redis.Redis) -> Desk:
    return Desk(address_of(pools[0]), redis_client, pools[0], Timing(window_chunks=10_000, grace_ms=60_000))


@pytest.fixture
def reader(pools: tuple[ConnectionPool, ConnectionPool]) -> JobReader:
    return JobReader(pools[1])


@pytest.fixture
def pages(desk: Desk, reader: JobReader, pools: tuple[ConnectionPool, ConnectionPool]) -> JobPages:
    return JobPages(desk.store, reader, TaskReader(pools[1]))


def opened(desk: Desk, tenant: uuid.UUID, offset_ms: int, entity: str = "recipients") -> NewJob:
    return opened_again(desk, new_job(tenant, entity, 10), offset_ms)


def opened_again(desk: Desk, job: NewJob, offset_ms: int) -> NewJob:
    desk.store.open(job, blobs(1), None, None)
    StoreView(desk.store).date(job.tenant_id, job.id, EPOCH_MS + offset_ms)
    return job


def ended_rows(desk: Desk, tenant: uuid.UUID, count: int) -> None:
    desk.run(ROWS, tenant, list(ENTITIES), [COMPLETED, FAILED, CANCELLED], EPOCH_MS, count)


def known(desk: Desk, job: NewJob) -> None:
    """PostgreSQL hears of the job."""
    live = desk.store.job(job.tenant_id, job.id)
    assert live
    with desk.pool.connection() as connection:
        desk.jobs.ensure(connection, live)


def walk(pages: JobPages, tenant: uuid.UUID, wanted: JobFilter, limit: int) -> list[Job]:
    """All pages; each is full but the last one."""
    found: list[Job] = []
    before: Before | None = None
    while True:
        page = pages.page(tenant, wanted, before=before, limit=limit)
        found += page.jobs
        if page.after is None:
            assert len(page.jobs) <= limit
            return found
        assert len(page.jobs) == limit
        before = page.after


def chosen(**filters: Any) -> JobFilter:
    return JobFilter(**{name: (value,) for name, value in filters.items() if value})


def test_pages_hold_every_job_once_whatever_is_asked_for(desk: Desk, pages: JobPages, tenant: uuid.UUID) -> None:
    """Open jobs that PostgreSQL knows or not, ended ones that Redis knows or not, many of one millisecond."""
    ended_rows(desk, tenant, 120)
    for number, entity in itertools.islice(enumerate(itertools.cycle(ENTITIES)), 80):
        job = opened(desk, tenant, number // 8, entity)
        if number % 3:
            known(desk, job)
        if number % 4 == 1:
            take(desk.store, ref_of(job, 0))
    ended_rows(desk, uuid.uuid4(), 20)
    opened(desk, uuid.uuid4(), 3)
    stored = desk.rows("ingest.job", tenant)
    truth = {row["job_id"]: (row["created_at"], row["job_id"], row["status"], row["entity"]) for row in stored}
    for status, entity in itertools.product((PENDING, PROCESSING), ENTITIES):
        for raw in desk.store.client.zrange(desk.store.keys.open_list(tenant, status, entity), 0, -1):
            moment, _, name = raw.decode().partition("|")
            at = datetime.datetime.fromtimestamp(int(moment) / 1000, datetime.UTC)
            truth[uuid.UUID(name)] = (at, uuid.UUID(name), status, entity)
    assert len(truth) == 200
    assert {PENDING, PROCESSING} <= {status for _, _, status, _ in truth.values()}

    for status, entity, limit in itertools.product(
        (None, *JobStatus), (None, "recipients", "data-transfers"), (7, 200)
    ):
        expected = sorted(
            (each for each in truth.values() if status in (None, each[2]) and entity in (None, each[3])), reverse=True
        )
        found = walk(pages, tenant, chosen(statuses=status, entities=entity), limit)
        assert [(job.created_at, job.id, job.status, job.entity) for job in found] == expected


def test_an_old_pending_job_is_found_behind_any_number_of_others(
    desk: Desk, pages: JobPages, tenant: uuid.UUID
) -> None:
    old = opened(desk, tenant, -1)
    for number in range(40):
        take(desk.store, ref_of(opened(desk, tenant, number), 0))
    ended_rows(desk, tenant, 1_100)
    assert [job.id for job in walk(pages, tenant, chosen(statuses=PENDING), 1)] == [old.id]
    assert len(walk(pages, tenant, JobFilter(), 200)) == 1_141


def test_a_page_costs_what_it_shows(desk: Desk, pages: JobPages, tenant: uuid.UUID) -> None:
    for number in range(60):
        known(desk, opened(desk, tenant, number))

    def calls(wanted: JobFilter, limit: int) -> int:
        def counted() -> int:
            stats: dict[str, dict[str, int]] = desk.store.client.info("commandstats")
            return stats.get("cmdstat_hgetall", {}).get("calls", 0)

        before = counted()
        assert len(pages.page(tenant, wanted, before=None, limit=limit).jobs) == limit
        return counted() - before

    assert calls(JobFilter(), 1) <= 4
    assert calls(chosen(statuses=PENDING), 1) <= 2
    assert calls(chosen(statuses=PENDING), 50) <= 51


@pytest.mark.parametrize(("query", "looks"), [("list_jobs", 1), ("list_jobs_of", 8)])
def test_postgresql_reads_what_a_page_shows_however_deep_it_is(
    desk: Desk, reader: JobReader, tenant: uuid.UUID, query: str, looks: int
) -> None:
    ended_rows(desk, tenant, 12_000)
    desk.run("ANALYZE ingest.job")
    deep = datetime.datetime.fromtimestamp((EPOCH_MS + 300) / 1000, datetime.UTC)
    for start in (NEWEST, Before(deep, uuid.UUID(int=0))):
        values: dict[str, Any] = {
            "tenant": tenant, "limit": 10, "before": start.created_at, "before_id": start.job_id,
            "statuses": [COMPLETED, FAILED], "entities": list(ENTITIES),
        }  # fmt: skip
        with as_tenant(reader._pool, tenant) as cursor:
            values |= search_values(cursor, tenant, JobFilter())
            row = cursor.execute(b"EXPLAIN (ANALYZE, FORMAT JSON) " + QUERIES[query].encode(), values).fetchone()
        assert row
        scans = list(reads(row["QUERY PLAN"][0]["Plan"]))
        assert scans
        assert all("Index" in scan["Node Type"] and not scan.get("Rows Removed by Filter") for scan in scans), scans
        assert sum(scan["Actual Rows"] * scan["Actual Loops"] for scan in scans) <= 10 * looks


def reads(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The nodes of a plan that read the table."""
    if plan.get("Relation Name") == "job":
        yield plan
    for inner in plan.get("Plans", []):
        yield from reads(inner)


def fail(desk: Desk, job: NewJob) -> None:
    """Both stores have the job's end, PostgreSQL first."""
    known(desk, job)
    desk.run("UPDATE ingest.job SET status = 'failed', failed = 10, finished_at = now() WHERE job_id = %s", job.id)
    counts = RecordCounts(total=10, failed=10)
    write(desk.store, ref_of(job, 0), counts, "transient")
    end(desk.store, job, FAILED, counts)


def test_a_job_that_is_retried_is_open_again_at_once(desk: Desk, pages: JobPages, tenant: uuid.UUID) -> None:
    """Though PostgreSQL has yet to hear of it; and the page that it is no part of is full all the same."""
    jobs = [opened(desk, tenant, number) for number in range(5)]
    for job in jobs:
        fail(desk, job)
    for job in jobs[1:4]:
        assert desk.store.retry(tenant, job.id, "all", audit_entry(job)).result == "retrying"
    ids = [job.id for job in jobs]
    assert [job.id for job in walk(pages, tenant, chosen(statuses=FAILED), 1)] == [ids[4], ids[0]]
    assert [job.id for job in walk(pages, tenant, chosen(statuses=PROCESSING), 2)] == ids[3:0:-1]
    shown = walk(pages, tenant, JobFilter(), 2)
    assert [(job.id, job.status) for job in shown] == [
        (ids[4], FAILED), *((name, PROCESSING) for name in ids[3:0:-1]), (ids[0], FAILED),
    ]  # fmt: skip


def test_a_job_whose_end_only_postgresql_has_is_open_yet(desk: Desk, pages: JobPages, tenant: uuid.UUID) -> None:
    job = opened(desk, tenant, 0)
    known(desk, job)
    desk.run("UPDATE ingest.job SET status = 'completed', created = 10, finished_at = now() WHERE job_id = %s", job.id)
    assert [each.status for each in walk(pages, tenant, JobFilter(), 5)] == [PENDING]
    assert walk(pages, tenant, chosen(statuses=COMPLETED), 5) == []
    assert [each.id for each in walk(pages, tenant, chosen(statuses=PENDING), 5)] == [job.id]


def test_a_job_that_came_again_after_a_loss_is_listed_once(desk: Desk, pages: JobPages, tenant: uuid.UUID) -> None:
    job = opened(desk, tenant, 0)
    known(desk, job)
    others = [opened(desk, tenant, number) for number in (5, 15)]
    desk.store.client.delete(*desk.store.client.keys(f"{desk.store.keys.job(tenant, job.id)}*"))
    assert [each.id for each in walk(pages, tenant, JobFilter(), 1)] == [others[1].id, others[0].id, job.id]
    assert [each.id for each in walk(pages, tenant, chosen(statuses=PENDING), 1)] == [others[1].id, others[0].id]

    again = opened_again(desk, job, 10)
    for limit in (1, 2, 5):
        assert [each.id for each in walk(pages, tenant, JobFilter(), limit)] == [others[1].id, job.id, others[0].id]
    fail(desk, again)
    for limit in (1, 2, 5):
        assert [each.id for each in walk(pages, tenant, JobFilter(), limit)] == [others[1].id, job.id, others[0].id]


TASKS = """
INSERT INTO work.task (tenant_id, task_id, type, lane, parameters, created_by, request_id, traceparent, created_at)
SELECT %s, gen_random_uuid(), 'analyze', 'normal', '{}', 'x', '', '',
       to_timestamp(%s / 1000.0) + make_interval(secs => n / 3e4)
FROM generate_series(1, %s) AS n
"""
"""Tasks, thirty a millisecond."""


def test_tasks_and_batches_of_one_moment_are_each_on_one_page(desk: Desk, pages: JobPages, tenant: uuid.UUID) -> None:
    """A page ends anywhere among them, and its token says where."""
    desk.run(TASKS, tenant, EPOCH_MS, 90)
    ended_rows(desk, tenant, 20)
    for number in range(9):
        opened(desk, tenant, number // 3)
    found: list[uuid.UUID] = []
    token: str | None = None
    for _ in range(119 // 7 + 1):
        page = pages.page(tenant, JobFilter(), before=page_tokens.read_job_token(tenant, token), limit=7)
        found += [job.id for job in page.jobs]
        if page.after is None:
            break
        token = page_tokens.after_job(tenant, page.after)
    assert (page.after, len(found), len({*found})) == (None, 119, 119)
