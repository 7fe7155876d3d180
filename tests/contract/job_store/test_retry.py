"""`retry` opens the failed chunks of an ended job again, as another generation."""

import uuid

import pytest
import redis

from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.jobs import ChunkCounts, JobStatus, RecordCounts, RetryStrategy
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import Changed, Timing
from tests.contract.cutting_proxy import CuttingProxy
from tests.contract.job_store.support.samples import (
    CHUNK_BYTES,
    CREATED,
    audit,
    audited,
    blobs,
    end,
    failed_job,
    new_job,
    open_job,
    ref_of,
    settle,
    take,
    waiting,
    write,
)
from tests.contract.job_store.support.view import StoreView


@pytest.mark.parametrize(("strategy", "reopened"), [("transient", [1]), ("all", [1, 2])])
def test_failed_chunks_are_opened_again(
    store: JobStore, tenant: uuid.UUID, strategy: RetryStrategy, reopened: list[int]
) -> None:
    job = failed_job(store, tenant, ["", "transient", "permanent"])
    entry, view = audit(job, "job.retry"), StoreView(store)

    refs = [ref_of(job, number) for number in reopened]
    assert store.retry(tenant, job.id, strategy, entry) == Changed("retrying", None, refs)

    failed = 2 - len(refs)
    kept = (1 + failed) * len(b"outcome") + failed * CHUNK_BYTES
    again = store.job(tenant, job.id)
    assert again is not None
    assert (again.status, again.finished_at, again.generation) == (JobStatus.PROCESSING, None, 1)
    assert again.chunks == ChunkCounts(total=3, available=len(refs), settled=1 + failed, failed=failed)
    assert again.records == RecordCounts(
        total=30, created=9, rejected=1 + failed, failed=9 * failed, pending=10 * len(refs)
    )
    assert view.due().keys() == view.window(tenant) == set(refs)
    assert view.open_jobs() == {(tenant, job.id)}
    assert view.backlog() == dict.fromkeys(("total", str(tenant)), waiting((3, len(refs))) + kept)
    assert store.open_chunks()["normal", "available"] == len(refs)
    assert audited(store) == {str(entry.id)}


def test_a_retried_job_is_not_forgotten_while_it_is_open(store: JobStore, tenant: uuid.UUID) -> None:
    job = failed_job(store, tenant, ["", "transient"])
    store.retry(tenant, job.id, "all", audit(job))
    view = StoreView(store)

    assert {view.ttl_s(key) for key in view.all_keys() if ":job:" in key} == {-1}


def test_a_retried_chunk_starts_afresh(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    store.defer(take(store, ref), 60.0, "55P03", strike="contended")
    StoreView(store).reach_retry(ref)
    store.defer(take(store, ref), 60.0, "XX000", strike="unexpected")
    StoreView(store).reach_retry(ref)
    take(store, ref)
    StoreView(store).expire_lease(ref)
    settle(store, take(store, ref), RecordCounts(total=10, failed=10), "permanent")
    end(store, job, JobStatus.FAILED, RecordCounts(total=10, failed=10))
    store.retry(tenant, job.id, "all", audit(job))

    lease = take(store, ref)

    assert (lease.attempts, lease.crashes, lease.lost, lease.strikes, lease.generation) == (1, 0, False, {}, 1)
    assert (lease.payload, lease.rejects) == (blobs(1)[0].payload, blobs(1)[0].rejects)
    assert settle(store, lease).finished
    assert end(store, job, JobStatus.COMPLETED, CREATED, generation=1) == "closed"


def test_a_job_may_be_retried_again_and_again(store: JobStore, tenant: uuid.UUID) -> None:
    job = failed_job(store, tenant, ["transient"])
    failed = RecordCounts(total=10, rejected=1, failed=9)
    for generation in range(1, 4):
        (ref,) = store.retry(tenant, job.id, "transient", audit(job)).refs
        write(store, ref, failed, "transient")
        assert end(store, job, JobStatus.FAILED, failed, generation) == "closed"

    again = store.job(tenant, job.id)
    assert again is not None
    assert (again.records, again.chunks) == (failed, ChunkCounts(total=1, settled=1, failed=1))
    assert StoreView(store).backlog() == {}


def test_a_retry_takes_back_an_earlier_cancel(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    store.cancel(tenant, job.id, audit(job))
    write(store, ref, RecordCounts(total=10, failed=10), "permanent")
    end(store, job, JobStatus.FAILED, RecordCounts(total=10, failed=10))
    store.retry(tenant, job.id, "all", audit(job))

    assert not take(store, ref).job.cancelling


def test_an_open_job_cannot_be_retried(store: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(store, tenant, 2)

    assert store.retry(tenant, job.id, "all", audit(job)) == Changed("open", JobStatus.PENDING, [])
    write(store, refs[0], RecordCounts(total=10, failed=10), "transient")
    assert store.retry(tenant, job.id, "all", audit(job)) == Changed("open", JobStatus.PROCESSING, [])
    assert audited(store) == set()


@pytest.mark.parametrize(("failures", "strategy"), [(["", ""], "all"), (["permanent"], "transient")])
def test_a_job_without_such_failures_stays_ended(
    store: JobStore, tenant: uuid.UUID, failures: list[str], strategy: RetryStrategy
) -> None:
    job = failed_job(store, tenant, failures)
    before = store.job(tenant, job.id)
    assert before is not None

    assert store.retry(tenant, job.id, strategy, audit(job)) == Changed("nothing", before.status, [])

    assert store.job(tenant, job.id) == before
    assert StoreView(store).open_jobs() == set()
    assert audited(store) == set()


def test_a_lost_answer_to_a_retry_is_no_refusal(
    store: JobStore, namespace: str, tenant: uuid.UUID, valkey: ValkeyServer
) -> None:
    store.retry(tenant, uuid.uuid4(), "all", audit(new_job(tenant)))  # the script is known to the server
    job = failed_job(store, tenant, ["transient", ""])
    with CuttingProxy(valkey.url, cut_answer_to=str(job.id).encode()) as proxy:
        client = connect(proxy.url)
        answer = JobStore(client, namespace, Timing()).retry(tenant, job.id, "all", audit(job))
        client.close()

    assert proxy.cuts == 1
    assert answer.result == "retrying"
    again = store.job(tenant, job.id)
    assert again is not None
    assert again.generation == 1
    assert again.records == RecordCounts(total=20, created=9, rejected=1, pending=10)


def test_a_late_message_does_not_start_a_retried_chunk_that_waits_for_its_turn(
    redis_client: redis.Redis, namespace: str, tenant: uuid.UUID
) -> None:
    store = JobStore(redis_client, namespace, Timing(window_chunks=1))
    job, refs = open_job(store, tenant, 2)
    failed = RecordCounts(total=10, failed=10)
    write(store, write(store, refs[0], failed, "transient").refs[0], failed, "transient")
    end(store, job, JobStatus.FAILED, RecordCounts(total=20, failed=20))
    (first,) = store.retry(tenant, job.id, "all", audit(job)).refs
    view = StoreView(store)

    assert store.start(ref_of(job, 1)) == "early"

    assert view.window(tenant) == {first}
    assert write(store, first).refs == [ref_of(job, 1)]
    assert write(store, ref_of(job, 1)).finished
    assert (view.window(tenant), view.todo(tenant, job.id), view.waiting(tenant)) == (set(), [], [])
