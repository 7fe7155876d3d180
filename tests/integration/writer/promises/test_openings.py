"""Openings of a job: Redis loses it, its request comes again, and who wakes up late is of an earlier opening."""

import datetime
import uuid

import pytest
from msgspec.structs import replace

from libs.boot.installation import Installation
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import JobStatus, NewJob
from services.writer.chunks.job_rows import JobRows, OpeningLostError
from services.writer.promises.audit import store_audit
from services.writer.promises.lost_jobs import end_lost_jobs
from tests.integration.writer.works import Works, counted
from tests.writing import audit_entry, note_nothing, recipient

AN_HOUR_MS = 3_600_000
RECORDS = [recipient(f"Người nhận {number}") for number in range(4)]


def lose(works: Works, job: NewJob) -> None:
    """Redis no longer knows anything of the job."""
    store = works.desk.store
    store.client.delete(*store.client.keys(f"{store.keys.job(job.tenant_id, job.id)}*"))


def given_up(works: Works, job: NewJob) -> None:
    """PostgreSQL knows the job, Redis loses it, and a writer says so."""
    works.desk.run("UPDATE ingest.job SET updated_at = now() - interval '1 minute' WHERE job_id = %s", job.id)
    lose(works, job)
    desk = works.desk
    ours = Installation(desk.store.client, desk.namespace)
    assert end_lost_jobs(desk.store, desk.pool, "desk", ours) == 1


def open_again(works: Works, job: NewJob, *, later_ms: int = 0) -> list[ChunkRef]:
    """The same request, taken by an ingest whose clock says so much later than the first one's did."""
    _, refs = works.open(job.tenant_id, RECORDS, chunk=2, job=replace(job, epoch_ms=job.epoch_ms + later_ms))
    return refs


def row(works: Works, job: NewJob) -> dict[str, object]:
    (found,) = (each for each in works.desk.rows("ingest.job", job.tenant_id) if each["job_id"] == job.id)
    return found


@pytest.mark.parametrize("later_ms", [-AN_HOUR_MS, 0, AN_HOUR_MS])
def test_a_repeat_after_a_loss_writes_what_is_missing_whatever_the_clocks_say(
    works: Works, tenant: uuid.UUID, later_ms: int
) -> None:
    job, refs = works.open(tenant, RECORDS, chunk=2)
    store_audit(works.desk.store, works.desk.pool, works.desk.jobs)
    works.handle(refs[0])
    given_up(works, job)
    assert (row(works, job)["status"], row(works, job)["last_error"]) == ("failed", "QUEUE_LOST")

    works.handle(*open_again(works, job, later_ms=later_ms))

    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.COMPLETED, {"created": 4})
    assert (row(works, job)["status"], row(works, job)["created"]) == ("completed", 4)
    assert len(works.desk.rows("inventory.recipient", tenant)) == 4
    assert works.job(job).opening == row(works, job)["opening"] == 1


def test_failed_chunks_of_a_repeat_can_be_retried_although_its_clock_is_behind(works: Works, tenant: uuid.UUID) -> None:
    job, _ = works.open(tenant, RECORDS, chunk=2)
    store_audit(works.desk.store, works.desk.pool, works.desk.jobs)
    given_up(works, job)
    for ref in open_again(works, job, later_ms=-AN_HOUR_MS):
        lease = works.desk.take(ref)
        entry = works.desk.writer.fail(lease, "permanent", "42501")
        works.desk.store.settle(ref, 0, entry.counts, entry.outcome, failure=entry.failure, nonce=lease.job.nonce)
    works.handle(replace(ref, chunk_no=-1))
    assert works.job(job).status is JobStatus.FAILED

    works.handle(*works.desk.store.retry(tenant, job.id, "all", audit_entry(job)).refs)

    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.COMPLETED, {"created": 4})


@pytest.mark.parametrize("known", [False, True], ids=["unknown to PostgreSQL", "known to PostgreSQL"])
def test_a_writer_of_an_earlier_opening_takes_over_no_failed_chunk(
    works: Works, tenant: uuid.UUID, known: bool
) -> None:
    """It slept for an hour, since before its job was known to PostgreSQL or since after that."""
    job, refs = works.open(tenant, RECORDS, chunk=2)
    asleep = works.desk.take(refs[0])
    if known:
        store_audit(works.desk.store, works.desk.pool, works.desk.jobs)
    lose(works, job)
    (ref, _) = open_again(works, job, later_ms=-AN_HOUR_MS)
    awake = works.desk.take(ref)
    works.desk.writer.fail(awake, "permanent", "42501")
    before = works.desk.rows("ingest.chunk", tenant), row(works, job)

    with works.desk.pool.connection() as connection:
        numbers = JobRows(works.desk.namespace, works.desk.store.agree_opening).ensure(connection, awake.job)
    assert numbers == int(known)
    try:
        works.desk.writer.write(asleep, note_nothing)
    except OpeningLostError:
        assert not known

    assert (works.desk.rows("ingest.chunk", tenant), row(works, job)) == before
    assert works.desk.rows("inventory.recipient", tenant) == []


def test_an_opening_that_was_numbered_but_not_written_down_does_not_stop_the_next(
    works: Works, tenant: uuid.UUID
) -> None:
    """Two openings have the same number then; whichever PostgreSQL has, the one that Redis knows goes on."""
    job, _ = works.open(tenant, RECORDS, chunk=2)
    store_audit(works.desk.store, works.desk.pool, works.desk.jobs)
    lose(works, job)
    open_again(works, job)
    second = works.job(job)
    assert works.desk.store.agree_opening(second, 1) == 1
    lose(works, job)
    refs = open_again(works, job)
    assert works.desk.store.agree_opening(works.job(job), 1) == 1
    assert works.desk.store.agree_opening(second, 7) is None
    works.desk.run("UPDATE ingest.job SET opening = 1, nonce = %s WHERE job_id = %s", second.nonce, job.id)

    works.handle(*refs)

    assert (works.job(job).status, works.job(job).opening) == (JobStatus.COMPLETED, 2)
    assert (row(works, job)["status"], row(works, job)["opening"]) == ("completed", 2)


def test_a_late_settlement_or_end_of_an_earlier_opening_counts_for_nothing(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, RECORDS, chunk=2)
    asleep = works.desk.take(refs[0])
    entry = works.desk.writer.fail(asleep, "permanent", "42501")
    first = works.job(job)
    lose(works, job)
    open_again(works, job)
    store = works.desk.store

    late = store.settle(refs[0], 0, entry.counts, entry.outcome, failure="permanent", nonce=first.nonce)
    assert (late.first, works.job(job).chunks.settled) == (False, 0)

    works.handle(*refs)
    done = works.job(job)
    end = replace(refs[0], chunk_no=-1)
    assert store.close(end, 0, JobStatus.FAILED, entry.counts, nonce=first.nonce) == "open"
    assert works.job(job) == done
    assert done.status is JobStatus.COMPLETED


@pytest.mark.parametrize("later_ms", [-AN_HOUR_MS, AN_HOUR_MS])
def test_the_times_of_a_job_are_of_one_clock(works: Works, tenant: uuid.UUID, later_ms: int) -> None:
    job, _ = works.open(tenant, RECORDS, chunk=2)
    lose(works, job)
    works.handle(*open_again(works, job, later_ms=later_ms))

    live, stored = works.job(job), row(works, job)

    assert live.started_at
    assert live.finished_at
    assert live.created_at <= live.started_at <= live.finished_at
    assert live.finished_at - live.created_at < datetime.timedelta(minutes=1)
    assert (stored["created_at"], stored["started_at"], stored["finished_at"]) == (
        live.created_at, live.started_at, live.finished_at
    )  # fmt: skip
    assert live.epoch_ms == job.epoch_ms + later_ms
