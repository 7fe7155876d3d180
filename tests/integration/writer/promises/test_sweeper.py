"""The promises that are kept in the background: lost messages, ends of jobs, the audit trail, lost jobs."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
import redis
from msgspec.structs import replace

from libs.boot.installation import Installation
from libs.contracts.chunks import END_OF_JOB
from libs.contracts.jobs import JobStatus
from services.writer.promises.audit import store_audit
from services.writer.promises.lost_jobs import end_lost_jobs
from services.writer.promises.sweeper import sweep
from tests.integration.writer.works import LASTING, Works, works_at
from tests.writing import audit_entry, note_nothing, open_desk, recipient


def test_a_lost_message_is_published_again(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, [recipient() for _ in range(4)], chunk=2)
    assert sweep(works.desk.store, works.publisher) == 0
    works.view.fall_due(*refs)
    assert sweep(works.desk.store, works.publisher) == 2
    assert works.depth == 2
    assert sweep(works.desk.store, works.publisher) == 0
    works.handle(*refs)
    assert works.job(job).status is JobStatus.COMPLETED


def test_two_sweepers_do_not_publish_the_same(works: Works, tenant: uuid.UUID) -> None:
    _, refs = works.open(tenant, [recipient() for _ in range(30)], chunk=1)
    works.view.fall_due(*refs)
    with ThreadPoolExecutor(2) as threads:
        swept = sum(threads.map(lambda _: sweep(works.desk.store, works.publisher), range(8)))
    assert swept == works.depth == 30


def test_the_end_of_a_job_whose_closer_died_is_due(works: Works, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient()])
    written = works.desk.deliver(works.desk.take(ref))
    works.desk.settle(written)
    assert works.job(job).status is JobStatus.PROCESSING
    end = replace(ref, chunk_no=END_OF_JOB)
    works.view.fall_due(end)
    assert sweep(works.desk.store, works.publisher) == 1
    works.handle(end)
    assert works.job(job).status is JobStatus.COMPLETED
    assert works.desk.rows("ingest.job", tenant)[0]["status"] == "completed"
    assert works.view.due() == {}


# The audit trail, and jobs that Redis has lost.


def test_audit_entries_are_brought_over_once_by_two_at_a_time(works: Works, tenant: uuid.UUID) -> None:
    jobs = [works.open(tenant, [recipient()])[0] for _ in range(20)]
    for job in jobs:
        works.desk.store.cancel(tenant, job.id, audit_entry(job, "job.cancel"))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store_audit(works.desk.store, works.desk.pool, works.desk.jobs), range(8)))
    assert next(works.desk.store.audit_bites(1000), {}) == {}
    rows = works.desk.rows("ingest.audit", tenant)
    assert sorted((row["job_id"], row["action"]) for row in rows) == sorted(
        (job.id, action) for job in jobs for action in ("batch.accept", "job.cancel")
    )
    assert {row["status"] for row in works.desk.rows("ingest.job", tenant)} == {"processing"}


def test_audit_entries_stay_in_redis_until_postgresql_has_them(works: Works, tenant: uuid.UUID) -> None:
    works.open(tenant, [recipient()])
    works.desk.run("REVOKE INSERT ON ingest.audit FROM sluice_writer")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        store_audit(works.desk.store, works.desk.pool, works.desk.jobs)
    assert len(next(works.desk.store.audit_bites(10), {})) == 1
    works.desk.run("GRANT INSERT ON ingest.audit TO sluice_writer")
    assert store_audit(works.desk.store, works.desk.pool, works.desk.jobs) == 1
    assert store_audit(works.desk.store, works.desk.pool, works.desk.jobs) == 0
    assert len(works.desk.rows("ingest.audit", tenant)) == 1


def test_a_job_that_redis_has_lost_ends_with_what_is_written(
    database_url: str, redis_client: redis.Redis, tenant: uuid.UUID
) -> None:
    with open_desk(database_url, redis_client, timing=LASTING) as desk:
        works = works_at(desk)
        job, refs = works.open(tenant, [recipient() for _ in range(6)], chunk=2)
        alive, _ = works.open(tenant, [recipient()])
        store_audit(desk.store, desk.pool, desk.jobs)
        works.handle(refs[0])
        late = desk.take(refs[1])
        desk.run("UPDATE ingest.job SET updated_at = now() - interval '1 minute'")
        ours = Installation(redis_client, desk.namespace)
        assert end_lost_jobs(desk.store, desk.pool, "desk", ours) == 0
        desk.store.client.delete(*desk.store.client.keys(f"{desk.store.keys.job(tenant, job.id)}*"))
        assert [end_lost_jobs(desk.store, desk.pool, "desk", ours) for _ in range(2)] == [1, 0]
        assert desk.store.client.zrange(desk.store.keys.open, 0, -1) == [f"{tenant}|{alive.id}".encode()]
        rows = {row["job_id"]: row for row in desk.rows("ingest.job", tenant)}
        assert rows[alive.id]["status"] == "processing"
        lost = rows[job.id]
        assert (lost["status"], lost["created"], lost["failed"], lost["last_error"]) == ("failed", 2, 4, "QUEUE_LOST")
        desk.writer.write(late, note_nothing)
        assert len(desk.rows("inventory.recipient", tenant)) == 2
