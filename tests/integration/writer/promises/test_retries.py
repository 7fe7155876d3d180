"""Chunks that are put off: what is tried again, how often, and what is held against a chunk."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from libs.contracts.jobs import JobStatus
from libs.jobs.values import ChunkBlob, Opened
from services.writer.chunks.retry_policy import CAREFUL_AFTER_CRASHES, MENDING_ATTEMPTS, UNEXPECTED_ATTEMPTS
from tests.integration.writer.works import AT_THE_TABLE, Works, counted
from tests.waiting import wait_until
from tests.writing import audit_entry, new_job, recipient


@pytest.mark.parametrize("sqlstate", ["40P01", "53100", "42P01"])
def test_an_error_puts_the_chunk_off_and_the_next_attempt_writes_it(
    works: Works, tenant: uuid.UUID, sqlstate: str
) -> None:
    job, (ref,) = works.open(tenant, [recipient(), recipient(contact=f"first {sqlstate}")])
    works.handle(ref)
    put_off = works.job(job)
    assert (put_off.chunks.deferred, put_off.last_error, put_off.status) == (1, sqlstate, JobStatus.PROCESSING)
    wait_ms = works.view.due()[ref] - works.view.now_ms()
    assert 0 < wait_ms <= 250
    works.view.client.hincrby(works.view.chunk_key(ref), "not_before", 60_000)
    works.handle(ref)
    assert works.job(job).attempts == 1
    works.retry_now(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.COMPLETED, {"created": 2})
    assert len(works.desk.rows("inventory.recipient", tenant)) == 2


def test_what_nobody_mends_fails_after_some_attempts_and_can_be_retried(works: Works, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient("Một"), recipient("Hai")])
    works.desk.run("REVOKE INSERT ON inventory.recipient FROM sluice_writer")
    works.handle(ref)
    for _ in range(MENDING_ATTEMPTS - 1):
        assert works.job(job).chunks.deferred == 1
        works.retry_now(ref)
    failed = works.job(job)
    assert (failed.status, counted(failed), failed.last_error) == (JobStatus.FAILED, {"failed": 2}, "42501")
    assert [row["failed"] for row in works.desk.rows("ingest.reject", tenant)] == [True, True]
    assert works.desk.rows("ingest.job", tenant)[0]["last_error"] == "42501"

    works.desk.run("GRANT INSERT ON inventory.recipient TO sluice_writer")
    assert works.desk.store.retry(tenant, job.id, "transient", audit_entry(job)).result == "nothing"
    retried = works.desk.store.retry(tenant, job.id, "all", audit_entry(job))
    works.handle(*retried.refs)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.COMPLETED, {"created": 2})
    (row,) = works.desk.rows("ingest.job", tenant)
    assert (row["status"], row["created"], row["failed"], row["generation"]) == ("completed", 2, 0, 1)
    assert works.desk.rows("ingest.reject", tenant) == []


@pytest.mark.parametrize("sqlstate", ["40P01", "42P01", "P0001"])
def test_attempts_of_a_long_outage_do_not_count_against_other_errors(
    works: Works, tenant: uuid.UUID, sqlstate: str
) -> None:
    """PostgreSQL was away for minutes; its first answer is a deadlock."""
    job, (ref,) = works.open(tenant, [recipient(contact=f"first {sqlstate}")])
    works.desk.store.client.hset(works.view.chunk_key(ref), "attempts", 200)
    works.handle(ref)
    assert works.job(job).chunks.deferred == 1
    works.retry_now(ref)
    assert counted(works.job(job)) == {"created": 1}


def test_a_payload_that_cannot_be_read_ends_as_failed(works: Works, tenant: uuid.UUID) -> None:
    job = new_job(tenant, "recipients", 3)
    opened = works.desk.store.open(job, [ChunkBlob(3, 0, b"neither zstd nor msgpack", b"")], None, None)
    assert isinstance(opened, Opened)
    (ref,) = opened.refs
    works.handle(ref)
    for _ in range(UNEXPECTED_ATTEMPTS - 1):
        works.retry_now(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.FAILED, {"failed": 3})
    (row,) = works.desk.rows("ingest.chunk", tenant)
    assert (row["state"], row["failure"], row["failed"]) == ("failed", "permanent", 3)


def test_trouble_with_redis_is_not_held_against_the_chunk(works: Works, tenant: uuid.UUID) -> None:
    """Redis takes no write while the writer closes in on a deadly record."""
    job, (ref,) = works.open(tenant, [recipient() for _ in range(4)])
    works.desk.take(ref)
    past = {"crashes": CAREFUL_AFTER_CRASHES, "strikes_unexpected": UNEXPECTED_ATTEMPTS - 1}
    works.desk.store.client.hset(works.view.chunk_key(ref), mapping=past)
    works.view.expire_lease(ref)
    with psycopg.connect(works.desk.database_url) as holder, ThreadPoolExecutor(1) as threads:
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        writing = threads.submit(works.handle, ref)
        wait_until(lambda: works.desk.run(AT_THE_TABLE) == [(1,)], 10, "the writer at the table")
        full = works.desk.store.client.config_get("maxmemory")["maxmemory"]
        works.desk.store.client.config_set("maxmemory", "1mb")
        try:
            holder.rollback()
            writing.result(timeout=10)
        finally:
            works.desk.store.client.config_set("maxmemory", full)
    assert works.desk.rows("ingest.chunk", tenant) == []
    works.crash_and_take_over(ref)
    assert counted(works.job(job)) == {"created": 4}
