"""`settle`: a chunk is counted the first time only, and makes room for the next."""

import datetime
import uuid

import pytest
import redis

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import ChunkCounts, Job, JobStatus, RecordCounts
from libs.jobs.reading import LiveChunk
from libs.jobs.store import JobStore
from libs.jobs.values import JobEnd, Settled, Timing
from tests.contract.job_store.support.samples import (
    CHUNK_BYTES,
    CREATED,
    FAILED,
    audit,
    end,
    end_of,
    failed_job,
    open_job,
    ref_of,
    settle,
    take,
    waiting,
    write,
)
from tests.contract.job_store.support.view import StoreView


def read(store: JobStore, ref: ChunkRef) -> Job:
    job = store.job(ref.tenant_id, ref.job_id)
    assert job is not None
    return job


def test_a_settled_chunk_is_counted(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 2)
    view = StoreView(store)

    assert write(store, refs[0]) == Settled(first=True, finished=False, refs=[])

    job = read(store, refs[0])
    assert job.records == RecordCounts(total=20, created=9, rejected=1, pending=10)
    assert job.chunks == ChunkCounts(total=2, available=1, settled=1)
    assert job.status is JobStatus.PROCESSING
    assert view.due().keys() == view.window(tenant) == {refs[1]}
    assert view.backlog() == dict.fromkeys(("total", str(tenant)), waiting((2, 1)) + len(b"outcome"))
    assert job.progress == 50.0


def test_a_repeat_counts_nothing(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 2)
    lease = take(store, refs[0])
    settle(store, lease)
    before, backlog = read(store, refs[0]), StoreView(store).backlog()

    # Whatever a repeat brings: the first delivery has read the ledger, so both bring the same.
    assert settle(store, lease, FAILED, "permanent") == Settled(first=False, finished=False, refs=[])

    assert read(store, refs[0]) == before
    assert StoreView(store).backlog() == backlog


def test_any_delivery_that_has_read_the_ledger_may_settle(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    slow = take(store, ref)
    StoreView(store).expire_lease(ref)
    quick = take(store, ref)

    assert settle(store, slow).first
    assert not settle(store, quick).first
    assert read(store, ref).records.created == 9


def test_the_last_chunk_finishes_the_job_and_sets_its_end_due(store: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(store, tenant, 2)
    view = StoreView(store)
    write(store, refs[0])
    lease = take(store, refs[1])

    assert settle(store, lease) == Settled(first=True, finished=True, refs=[])
    assert settle(store, lease) == Settled(first=False, finished=True, refs=[])

    assert view.due().keys() == {end_of(job)}
    assert view.due()[end_of(job)] > view.now_ms()
    assert read(store, refs[0]).status is JobStatus.PROCESSING


def test_a_repeat_after_the_end_leaves_nothing_due(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    settle(store, lease)
    end(store, job, JobStatus.COMPLETED, CREATED)

    assert settle(store, lease) == Settled(first=False, finished=False, refs=[])
    assert StoreView(store).due() == {}


def test_a_chunk_of_no_job_is_gone(store: JobStore, tenant: uuid.UUID) -> None:
    ref = ChunkRef(tenant, uuid.uuid4(), 0, "normal")
    raw = "|".join(map(str, (ref.tenant_id, ref.job_id, ref.chunk_no, ref.lane)))
    store.client.zadd(store.keys.due, {raw: 0})

    assert store.settle(ref, 0, CREATED, b"") == Settled(first=False, finished=False, refs=[])
    assert StoreView(store).all_keys() == set()


def test_a_chunk_that_is_retried_is_not_settled_by_its_former_delivery(store: JobStore, tenant: uuid.UUID) -> None:
    job = failed_job(store, tenant, ["transient"])
    (ref,) = store.retry(tenant, job.id, "all", audit(job)).refs
    before, due = read(store, ref), StoreView(store).due()

    assert store.settle(ref, 0, FAILED, b"", failure="transient") == Settled(first=False, finished=False, refs=[])

    assert read(store, ref) == before
    assert StoreView(store).due() == due
    assert take(store, ref).generation == 1


def test_a_settled_chunk_hands_out_the_next(redis_client: redis.Redis, namespace: str, tenant: uuid.UUID) -> None:
    store = JobStore(redis_client, namespace, Timing(window_chunks=2))
    job, refs = open_job(store, tenant, 4)
    view = StoreView(store)

    assert write(store, refs[1]).refs == [ref_of(job, 2)]
    assert view.due().keys() == view.window(tenant) == {ref_of(job, 0), ref_of(job, 2)}
    assert write(store, refs[0]).refs == [ref_of(job, 3)]
    assert write(store, ref_of(job, 3)).refs == []
    assert write(store, ref_of(job, 2)) == Settled(first=True, finished=True, refs=[])
    assert view.window(tenant) == set()
    assert view.waiting(tenant) == []


@pytest.mark.parametrize("failure", ["", "transient", "permanent"])
def test_only_a_failed_chunk_keeps_its_payload(store: JobStore, tenant: uuid.UUID, failure: str) -> None:
    _, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    store.note_suspect(lease, 2, 4, [1])
    settle(store, lease, FAILED if failure else CREATED, failure)

    kept = StoreView(store).chunk(ref).keys()

    assert kept & {"payload", "rejects", "failure"} == ({"payload", "rejects", "failure"} if failure else set())
    assert not kept & {"lease", "lease_until", "suspect", "quarantined"}
    assert read(store, ref).chunks.failed == int(bool(failure))


def test_a_settled_chunk_shows_its_outcome(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 2)
    write(store, refs[0])

    rejects = b"r" * 20
    assert store.live_chunks(read(store, refs[0])) == [
        LiveChunk(True, b"", b"outcome", 10), LiveChunk(False, rejects, b"", 10)
    ]  # fmt: skip
    _, (ref,) = open_job(store, tenant, dry_run=True)
    write(store, ref)
    assert store.live_chunks(read(store, ref)) == [LiveChunk(True, rejects, b"outcome", 10)]


def test_an_error_of_a_chunk_is_the_jobs_last(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    store.settle(ref, 0, FAILED, b"", failure="permanent", error="53100")

    assert read(store, ref).last_error == "53100"


def test_the_backlog_ends_at_nothing(store: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(store, tenant, 3)
    leases = [take(store, ref) for ref in refs]
    for lease in leases * 2:
        settle(store, lease)
    end(store, job, JobStatus.COMPLETED, RecordCounts(total=30, created=27, rejected=3))

    assert StoreView(store).backlog() == {}
    assert store.load().waiting == store.share(tenant).waiting == 0
    assert not store.client.hexists(store.keys.backlog, str(tenant))


def test_the_drain_rate_is_measured_over_seconds(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 3)
    write(store, refs[0])
    assert store.load().rate == 0
    store.client.hset(store.keys.drain, "since_ms", int(StoreView(store).now_ms()) - 10_000)
    write(store, refs[1])

    assert store.load().rate == pytest.approx(2 * CHUNK_BYTES / 10, abs=1)
    write(store, refs[2])
    assert store.load().rate == pytest.approx(2 * CHUNK_BYTES / 10, abs=1)


def test_the_last_chunk_is_settled_and_its_job_ended_at_once(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant, 1)
    lease = take(store, ref)
    store.client.script_flush()  # of a server that has just become the primary
    how = JobEnd(JobStatus.COMPLETED, CREATED, lease.taken_at + datetime.timedelta(seconds=2))
    settled = store.settle(ref, 0, CREATED, b"outcome", nonce=lease.job.nonce, end=how)
    assert (settled.finished, settled.closed, settled.refs) == (False, True, [])
    job = read(store, ref)
    assert (job.status, job.finished_at, StoreView(store).due()) == (JobStatus.COMPLETED, how.finished_at, {})
    assert StoreView(store).open_jobs() == set()
    again = store.settle(ref, 0, CREATED, b"outcome", nonce=lease.job.nonce, end=how)
    assert (again.first, again.closed, read(store, ref)) == (False, True, job)


@pytest.mark.parametrize(("chunks", "nonce"), [(2, ""), (1, "another")])
def test_no_job_is_ended_that_has_an_open_chunk_or_is_of_another_opening(
    store: JobStore, tenant: uuid.UUID, chunks: int, nonce: str
) -> None:
    _, refs = open_job(store, tenant, chunks)
    lease = take(store, refs[0])
    how = JobEnd(JobStatus.COMPLETED, CREATED, lease.taken_at)
    assert not store.settle(refs[0], 0, CREATED, b"outcome", nonce=nonce or lease.job.nonce, end=how).closed
    assert read(store, refs[0]).status is JobStatus.PROCESSING


def test_a_late_settlement_does_not_end_a_job_that_was_retried(store: JobStore, tenant: uuid.UUID) -> None:
    """It brings the end of the generation before."""
    job, refs = open_job(store, tenant, 2)
    before = [take(store, ref) for ref in refs]
    how = JobEnd(JobStatus.COMPLETED, CREATED, before[0].taken_at)
    store.settle(refs[0], 0, CREATED, b"", end=how)
    store.settle(refs[1], 0, FAILED, b"", failure="transient")
    store.close(refs[0], 0, JobStatus.FAILED, FAILED)
    store.retry(tenant, job.id, "all", audit(job, "job.retry"))
    take(store, refs[1])
    assert store.settle(refs[1], 1, CREATED, b"").finished
    assert not store.settle(refs[0], 0, CREATED, b"", end=how).closed
    assert read(store, refs[0]).status is JobStatus.PROCESSING
