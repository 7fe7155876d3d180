"""From a message to the end of a job, whoever dies in between: a message is a hint, the ledger decides."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import psycopg
from msgspec.structs import replace

from libs.contracts.chunks import END_OF_JOB
from libs.contracts.jobs import JobStatus
from services.writer.chunks.retry_policy import CAREFUL_AFTER_CRASHES, MOST_CRASHES
from tests.integration.writer.works import AT_THE_TABLE, LASTING, Works, counted, works_at
from tests.waiting import wait_until
from tests.writing import Desk, activity, note_nothing, recipient


def test_a_job_is_written_and_ended_in_both_stores(works: Works, tenant: uuid.UUID) -> None:
    records = [activity() for _ in range(4)] + [activity(recipient_ids=[uuid.uuid4()])]
    job, refs = works.open(tenant, records, chunk=2)
    assert len(refs) == 3
    works.handle(*refs)
    ended = works.desk.ended(job)
    assert ended
    assert (ended.status, counted(ended)) == (JobStatus.COMPLETED, {"created": 4, "rejected": 1})
    (row,) = works.desk.rows("ingest.job", tenant)
    assert (row["status"], row["created"], row["rejected"], row["attempts"]) == ("completed", 4, 1, 3)
    assert row["finished_at"]
    assert len(works.desk.rows("inventory.processing_activity", tenant)) == 4
    assert works.view.open_jobs() == set()
    assert works.view.due() == {}


def test_messages_that_come_again_change_nothing(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, [recipient() for _ in range(4)], chunk=2)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(works.handle, refs * 4))
    works.handle(*refs, replace(refs[0], chunk_no=END_OF_JOB), replace(refs[0], job_id=uuid.uuid4()))
    ended = works.desk.ended(job)
    assert ended
    assert counted(ended) == {"created": 4}
    assert ended.attempts == 2
    assert len(works.desk.rows("inventory.recipient", tenant)) == 4


def test_each_settled_chunk_hands_out_the_next(works: Works, tenant: uuid.UUID) -> None:
    few_at_once = replace(LASTING, window_chunks=2)
    works = works_at(Desk(works.desk.database_url, works.desk.store.client, works.desk.pool, few_at_once))
    job, refs = works.open(tenant, [recipient() for _ in range(5)], chunk=1)
    assert [ref.chunk_no for ref in refs] == [0, 1]
    for number in range(5):
        works.handle(replace(refs[0], chunk_no=number))
        assert works.depth == min(number + 1, 3)
    assert works.job(job).status is JobStatus.COMPLETED


# A writer dies.


def test_a_writer_that_died_after_its_commit_costs_nothing(works: Works, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient() for _ in range(3)])
    works.desk.writer.write(works.desk.take(ref), note_nothing)
    works.crash_and_take_over(ref)
    ended = works.desk.ended(job)
    assert ended
    assert (ended.status, counted(ended), ended.attempts) == (JobStatus.COMPLETED, {"created": 3}, 2)
    assert len(works.desk.rows("inventory.recipient", tenant)) == 3
    (row,) = works.desk.rows("ingest.chunk", tenant)
    assert (row["created"], row["attempts"]) == (3, 1)


def test_a_writer_that_died_before_its_commit_costs_time(works: Works, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient() for _ in range(3)])
    works.desk.take(ref)
    works.handle(ref)
    assert works.job(job).chunks.running == 1
    works.crash_and_take_over(ref)
    assert works.job(job).status is JobStatus.COMPLETED
    assert len(works.desk.rows("inventory.recipient", tenant)) == 3


def test_a_writer_that_was_only_slow_settles_with_the_same_word(works: Works, tenant: uuid.UUID) -> None:
    """Its lease was taken over while it was at work; the ledger lets one of the two write."""
    job, (ref,) = works.open(tenant, [recipient() for _ in range(3)])
    slow = works.desk.take(ref)
    works.crash_and_take_over(ref)
    entry = works.desk.writer.write(slow, note_nothing)
    settled = works.desk.store.settle(ref, slow.generation, entry.counts, entry.outcome)
    assert not settled.first
    assert counted(works.job(job)) == {"created": 3}
    assert len(works.desk.rows("inventory.recipient", tenant)) == 3


def test_a_chunk_that_has_lost_too_many_writers_fails_as_a_whole(works: Works, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient(), recipient()])
    works.desk.take(ref)
    works.desk.store.client.hset(works.view.chunk_key(ref), "crashes", MOST_CRASHES)
    works.crash_and_take_over(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.FAILED, {"failed": 2})
    assert {row["failed"] for row in works.desk.rows("ingest.reject", tenant)} == {True}


def test_a_writer_that_lost_its_lease_while_it_closes_in_writes_nothing(works: Works, tenant: uuid.UUID) -> None:
    """It would note its suspect over the one of the writer that has the chunk now."""
    job, (ref,) = works.open(tenant, [recipient() for _ in range(4)])
    works.desk.take(ref)
    works.desk.store.client.hset(works.view.chunk_key(ref), "crashes", CAREFUL_AFTER_CRASHES)
    works.view.expire_lease(ref)
    with psycopg.connect(works.desk.database_url) as holder, ThreadPoolExecutor(1) as threads:
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        first = threads.submit(works.handle, ref)
        wait_until(lambda: works.desk.run(AT_THE_TABLE) == [(1,)], 10, "the writer at the table")
        works.view.expire_lease(ref)
        taken = works.desk.take(ref)
        holder.rollback()
        first.result(timeout=10)
    assert works.desk.rows("ingest.chunk", tenant) == []
    assert works.view.chunk(ref)["lease"].decode() == taken.token
    works.crash_and_take_over(ref)
    assert counted(works.job(job)) == {"created": 4}


def test_a_suspect_is_in_hand_alone(works: Works, tenant: uuid.UUID) -> None:
    """Else whoever is beside it would be held against it, or the other way round."""
    suspect, (suspected,) = works.open(tenant, [recipient()])
    innocent, (ref,) = works.open(tenant, [recipient()])
    works.desk.store.client.hset(works.view.chunk_key(suspected), "crashes", CAREFUL_AFTER_CRASHES)
    suspicion = works.delivery.suspicion
    with ThreadPoolExecutor(2) as threads:
        with suspicion.unsuspected():
            waiting = threads.submit(works.handle, suspected)
            wait_until(lambda: suspicion._suspects == 1, 10, "the suspect waits")
            assert works.job(suspect).status is JobStatus.PROCESSING
        waiting.result(10)
        assert works.job(suspect).status is JobStatus.COMPLETED
        with suspicion.suspected():
            waiting = threads.submit(works.handle, ref)
            assert works.job(innocent).status is JobStatus.PENDING
            assert not waiting.done()
        waiting.result(10)
    assert works.job(innocent).status is JobStatus.COMPLETED
