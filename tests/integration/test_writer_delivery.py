"""From a message to the end of a job, whatever happens in between: a message is a hint, the ledger decides."""

import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import redis
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from deploy.local.postgres import PostgresServer
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.contracts.chunks import END_OF_JOB, ChunkRef
from libs.contracts.jobs import Job, JobStatus, NewJob
from libs.contracts.records import Record
from libs.jobs.store import ChunkBlob, Opened, Timing
from services.writer.closing import JobCloser
from services.writer.delivery import Delivery
from services.writer.retry_policy import CAREFUL_AFTER_CRASHES, MOST_CRASHES, UNEXPECTED_ATTEMPTS
from services.writer.sweeper import end_lost_jobs, store_audit, sweep
from tests.contract.store_view import StoreView
from tests.waiting import wait_until
from tests.writing import (
    FAIL_AT_FIRST,
    Desk,
    activity,
    audit_entry,
    cloned_database,
    new_job,
    note_nothing,
    open_desk,
    recipient,
    writers_pool,
)

LASTING = Timing(grace_ms=60_000, longest_grace_ms=120_000, lease_ms=60_000)
AT_THE_TABLE = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'inventory.recipient'::regclass"


@dataclass(frozen=True)
class Works:
    """A desk with all that a writer process has, but its threads."""

    desk: Desk
    publisher: Publisher
    delivery: Delivery
    view: StoreView

    @property
    def depth(self) -> int:
        """Messages in the lanes."""
        return sum(self.publisher._broker.depths().values())

    def open(self, tenant: uuid.UUID, records: Sequence[Record], **options: Any) -> tuple[NewJob, list[ChunkRef]]:
        return self.desk.open(tenant, records, **options)

    def job(self, job: NewJob) -> Job:
        found = self.desk.store.job(job.tenant_id, job.id)
        assert found
        return found

    def handle(self, *refs: ChunkRef) -> None:
        for ref in refs:
            self.delivery.handle(ref)

    def crash_and_take_over(self, ref: ChunkRef) -> None:
        """The holder of the lease is dead, the sweeper finds the chunk, another writer gets the message."""
        self.view.expire_lease(ref)
        assert sweep(self.desk.store, self.publisher) == 1
        self.handle(ref)

    def retry_now(self, ref: ChunkRef) -> None:
        """The time until which the chunk was put off has come."""
        self.view.reach_retry(ref)
        self.handle(ref)


@pytest.fixture(scope="module")
def url(postgres: PostgresServer, template: str) -> Iterator[str]:
    """A database in which a recipient may ask for an error."""
    with cloned_database(postgres.url, template) as url:
        with psycopg.connect(url) as connection:
            connection.execute(FAIL_AT_FIRST)
        yield url


@pytest.fixture(scope="module")
def pool(url: str) -> Iterator[ConnectionPool]:
    """The writer's connections to it."""
    with writers_pool(url) as pool:
        yield pool


@pytest.fixture
def desk(url: str, redis_client: redis.Redis, pool: ConnectionPool) -> Desk:
    """A desk with a job store of the test's own, whose messages and leases last."""
    desk = Desk(url, redis_client, pool, LASTING)
    desk.run("SELECT setval('tries', 1, false)")
    return desk


def works_at(desk: Desk) -> Works:
    publisher = Publisher(build_broker(desk.store.client, f"works-{uuid.uuid4().hex}"))
    delivery = Delivery(desk.store, publisher, desk.writer, JobCloser(desk.store, desk.pool))
    return Works(desk, publisher, delivery, StoreView(desk.store))


@pytest.fixture
def works(desk: Desk) -> Works:
    """All that a writer process has."""
    return works_at(desk)


def counted(job: Job) -> dict[str, int]:
    """A job's counters that are not zero, its total apart."""
    names = ("created", "updated", "unchanged", "rejected", "failed", "cancelled", "pending")
    return {name: value for name in names if (value := getattr(job.records, name))}


def test_a_job_is_written_and_ended_in_both_stores(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    records = [activity() for _ in range(4)] + [activity(recipient_ids=[uuid.uuid4()])]
    job, refs = works.open(tenant, records, chunk=2)
    assert len(refs) == 3
    works.handle(*refs)
    ended = desk.ended(job)
    assert ended
    assert (ended.status, counted(ended)) == (JobStatus.COMPLETED, {"created": 4, "rejected": 1})
    (row,) = desk.rows("ingest.job", tenant)
    assert (row["status"], row["created"], row["rejected"], row["attempts"]) == ("completed", 4, 1, 3)
    assert row["finished_at"]
    assert len(desk.rows("inventory.processing_activity", tenant)) == 4
    assert works.view.open_jobs() == set()
    assert works.view.due() == {}


def test_messages_that_come_again_change_nothing(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, [recipient() for _ in range(4)], chunk=2)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(works.handle, refs * 4))
    works.handle(*refs, replace(refs[0], chunk_no=END_OF_JOB), replace(refs[0], job_id=uuid.uuid4()))
    ended = desk.ended(job)
    assert ended
    assert counted(ended) == {"created": 4}
    assert ended.attempts == 2
    assert len(desk.rows("inventory.recipient", tenant)) == 4


def test_each_settled_chunk_hands_out_the_next(desk: Desk, tenant: uuid.UUID) -> None:
    works = works_at(Desk(desk.database_url, desk.store.client, desk.pool, replace(LASTING, window_chunks=2)))
    job, refs = works.open(tenant, [recipient() for _ in range(5)], chunk=1)
    assert [ref.chunk_no for ref in refs] == [0, 1]
    for number in range(5):
        works.handle(replace(refs[0], chunk_no=number))
        assert works.depth == min(number + 1, 3)
    assert works.job(job).status is JobStatus.COMPLETED


# A writer dies.


def test_a_writer_that_died_after_its_commit_costs_nothing(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient() for _ in range(3)])
    desk.writer.write(desk.take(ref), note_nothing)
    works.crash_and_take_over(ref)
    ended = desk.ended(job)
    assert ended
    assert (ended.status, counted(ended), ended.attempts) == (JobStatus.COMPLETED, {"created": 3}, 2)
    assert len(desk.rows("inventory.recipient", tenant)) == 3
    (row,) = desk.rows("ingest.chunk", tenant)
    assert (row["created"], row["attempts"]) == (3, 1)


def test_a_writer_that_died_before_its_commit_costs_time(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient() for _ in range(3)])
    desk.take(ref)
    works.handle(ref)
    assert works.job(job).chunks.running == 1
    works.crash_and_take_over(ref)
    assert works.job(job).status is JobStatus.COMPLETED
    assert len(desk.rows("inventory.recipient", tenant)) == 3


def test_a_writer_that_was_only_slow_settles_with_the_same_word(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    """Its lease was taken over while it was at work; the ledger lets one of the two write."""
    job, (ref,) = works.open(tenant, [recipient() for _ in range(3)])
    slow = desk.take(ref)
    works.crash_and_take_over(ref)
    entry = desk.writer.write(slow, note_nothing)
    settled = desk.store.settle(ref, slow.generation, entry.counts, entry.outcome)
    assert not settled.first
    assert counted(works.job(job)) == {"created": 3}
    assert len(desk.rows("inventory.recipient", tenant)) == 3


def test_the_end_of_a_job_whose_closer_died_is_due(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient()])
    written = desk.deliver(desk.take(ref))
    desk.settle(written)
    assert works.job(job).status is JobStatus.PROCESSING
    end = replace(ref, chunk_no=END_OF_JOB)
    works.view.fall_due(end)
    assert sweep(desk.store, works.publisher) == 1
    works.handle(end)
    assert works.job(job).status is JobStatus.COMPLETED
    assert desk.rows("ingest.job", tenant)[0]["status"] == "completed"
    assert works.view.due() == {}


def test_a_chunk_that_has_lost_too_many_writers_fails_as_a_whole(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient(), recipient()])
    desk.take(ref)
    desk.store.client.hset(works.view.chunk_key(ref), "crashes", MOST_CRASHES)
    works.crash_and_take_over(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.FAILED, {"failed": 2})
    assert {row["failed"] for row in desk.rows("ingest.reject", tenant)} == {True}


def test_a_writer_that_lost_its_lease_while_it_closes_in_writes_nothing(
    works: Works, desk: Desk, tenant: uuid.UUID
) -> None:
    """It would note its suspect over the one of the writer that has the chunk now."""
    job, (ref,) = works.open(tenant, [recipient() for _ in range(4)])
    desk.take(ref)
    desk.store.client.hset(works.view.chunk_key(ref), "crashes", CAREFUL_AFTER_CRASHES)
    works.view.expire_lease(ref)
    with psycopg.connect(desk.database_url) as holder, ThreadPoolExecutor(1) as threads:
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        first = threads.submit(works.handle, ref)
        wait_until(lambda: desk.run(AT_THE_TABLE) == [(1,)], 10, "the writer at the table")
        works.view.expire_lease(ref)
        taken = desk.take(ref)
        holder.rollback()
        first.result(timeout=10)
    assert desk.rows("ingest.chunk", tenant) == []
    assert works.view.chunk(ref)["lease"].decode() == taken.token
    works.crash_and_take_over(ref)
    assert counted(works.job(job)) == {"created": 4}


# A message is lost.


def test_a_lost_message_is_published_again(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, [recipient() for _ in range(4)], chunk=2)
    assert sweep(desk.store, works.publisher) == 0
    works.view.fall_due(*refs)
    assert sweep(desk.store, works.publisher) == 2
    assert works.depth == 2
    assert sweep(desk.store, works.publisher) == 0
    works.handle(*refs)
    assert works.job(job).status is JobStatus.COMPLETED


def test_two_sweepers_do_not_publish_the_same(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    _, refs = works.open(tenant, [recipient() for _ in range(30)], chunk=1)
    works.view.fall_due(*refs)
    with ThreadPoolExecutor(2) as threads:
        swept = sum(threads.map(lambda _: sweep(desk.store, works.publisher), range(8)))
    assert swept == works.depth == 30


# PostgreSQL refuses.


@pytest.mark.parametrize("sqlstate", ["40P01", "53100", "42P01"])
def test_an_error_puts_the_chunk_off_and_the_next_attempt_writes_it(
    works: Works, desk: Desk, tenant: uuid.UUID, sqlstate: str
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
    assert len(desk.rows("inventory.recipient", tenant)) == 2


def test_what_nobody_mends_fails_after_some_attempts_and_can_be_retried(
    works: Works, desk: Desk, tenant: uuid.UUID
) -> None:
    job, (ref,) = works.open(tenant, [recipient("Một"), recipient("Hai")])
    desk.run("REVOKE INSERT ON inventory.recipient FROM sluice_writer")
    works.handle(ref)
    for _ in range(UNEXPECTED_ATTEMPTS - 1):
        assert works.job(job).chunks.deferred == 1
        works.retry_now(ref)
    failed = works.job(job)
    assert (failed.status, counted(failed), failed.last_error) == (JobStatus.FAILED, {"failed": 2}, "42501")
    assert [row["failed"] for row in desk.rows("ingest.reject", tenant)] == [True, True]
    assert desk.rows("ingest.job", tenant)[0]["last_error"] == "42501"

    desk.run("GRANT INSERT ON inventory.recipient TO sluice_writer")
    assert desk.store.retry(tenant, job.id, "transient", audit_entry(job)).result == "nothing"
    retried = desk.store.retry(tenant, job.id, "all", audit_entry(job))
    works.handle(*retried.refs)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.COMPLETED, {"created": 2})
    (row,) = desk.rows("ingest.job", tenant)
    assert (row["status"], row["created"], row["failed"], row["generation"]) == ("completed", 2, 0, 1)
    assert desk.rows("ingest.reject", tenant) == []


@pytest.mark.parametrize("sqlstate", ["40P01", "42P01"])
def test_attempts_of_a_long_outage_do_not_count_against_other_errors(
    works: Works, desk: Desk, tenant: uuid.UUID, sqlstate: str
) -> None:
    """PostgreSQL was away for minutes; its first answer is a deadlock."""
    job, (ref,) = works.open(tenant, [recipient(contact=f"first {sqlstate}")])
    desk.store.client.hset(works.view.chunk_key(ref), "attempts", 200)
    works.handle(ref)
    assert works.job(job).chunks.deferred == 1
    works.retry_now(ref)
    assert counted(works.job(job)) == {"created": 1}


def test_a_payload_that_cannot_be_read_ends_as_failed(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    job = new_job(tenant, "recipients", 3)
    opened = desk.store.open(job, [ChunkBlob(3, 0, b"neither zstd nor msgpack", b"")], None, None)
    assert isinstance(opened, Opened)
    (ref,) = opened.refs
    works.handle(ref)
    for _ in range(UNEXPECTED_ATTEMPTS - 1):
        works.retry_now(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.FAILED, {"failed": 3})
    (row,) = desk.rows("ingest.chunk", tenant)
    assert (row["state"], row["failure"], row["failed"]) == ("failed", "permanent", 3)


def test_trouble_with_redis_is_not_held_against_the_chunk(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    """Redis takes no write while the writer closes in on a deadly record."""
    job, (ref,) = works.open(tenant, [recipient() for _ in range(4)])
    desk.take(ref)
    past = {"crashes": CAREFUL_AFTER_CRASHES, "strikes_unexpected": UNEXPECTED_ATTEMPTS - 1}
    desk.store.client.hset(works.view.chunk_key(ref), mapping=past)
    works.view.expire_lease(ref)
    with psycopg.connect(desk.database_url) as holder, ThreadPoolExecutor(1) as threads:
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        writing = threads.submit(works.handle, ref)
        wait_until(lambda: desk.run(AT_THE_TABLE) == [(1,)], 10, "the writer at the table")
        full = desk.store.client.config_get("maxmemory")["maxmemory"]
        desk.store.client.config_set("maxmemory", "1mb")
        try:
            holder.rollback()
            writing.result(timeout=10)
        finally:
            desk.store.client.config_set("maxmemory", full)
    assert desk.rows("ingest.chunk", tenant) == []
    works.crash_and_take_over(ref)
    assert counted(works.job(job)) == {"created": 4}


# The audit trail, and jobs that Redis has lost.


def test_audit_entries_are_brought_over_once_by_two_at_a_time(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    jobs = [works.open(tenant, [recipient()])[0] for _ in range(20)]
    for job in jobs:
        desk.store.cancel(tenant, job.id, audit_entry(job, "job.cancel"))
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: store_audit(desk.store, desk.pool, desk.jobs), range(8)))
    assert desk.store.pending_audit(1000) == []
    rows = desk.rows("ingest.audit", tenant)
    assert sorted((row["job_id"], row["action"]) for row in rows) == sorted(
        (job.id, action) for job in jobs for action in ("batch.accept", "job.cancel")
    )
    assert {row["status"] for row in desk.rows("ingest.job", tenant)} == {"processing"}


def test_audit_entries_stay_in_redis_until_postgresql_has_them(works: Works, desk: Desk, tenant: uuid.UUID) -> None:
    works.open(tenant, [recipient()])
    desk.run("REVOKE INSERT ON ingest.audit FROM sluice_writer")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        store_audit(desk.store, desk.pool, desk.jobs)
    assert len(desk.store.pending_audit(10)) == 1
    desk.run("GRANT INSERT ON ingest.audit TO sluice_writer")
    assert store_audit(desk.store, desk.pool, desk.jobs) == 1
    assert store_audit(desk.store, desk.pool, desk.jobs) == 0
    assert len(desk.rows("ingest.audit", tenant)) == 1


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
        assert end_lost_jobs(desk.store, desk.pool, "desk") == 0
        desk.store.client.delete(*desk.store.client.keys(f"{desk.store.keys.job(tenant, job.id)}*"))
        assert [end_lost_jobs(desk.store, desk.pool, "desk") for _ in range(2)] == [1, 0]
        rows = {row["job_id"]: row for row in desk.rows("ingest.job", tenant)}
        assert rows[alive.id]["status"] == "processing"
        lost = rows[job.id]
        assert (lost["status"], lost["created"], lost["failed"], lost["last_error"]) == ("failed", 2, 4, "QUEUE_LOST")
        desk.writer.write(late, note_nothing)
        assert len(desk.rows("inventory.recipient", tenant)) == 2
