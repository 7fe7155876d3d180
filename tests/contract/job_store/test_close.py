"""`close`: the ledger's sums become the job's counters, once, and Redis begins to forget."""

import uuid

import pytest
import redis

from libs.contracts.jobs import JobStatus, RecordCounts
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from tests.contract.job_store.support.samples import (
    CANCELLED,
    CREATED,
    FAILED,
    audit,
    blobs,
    end,
    end_of,
    failed_job,
    idempotency,
    new_job,
    open_job,
    take,
    write,
)
from tests.contract.job_store.support.view import StoreView

ENDS = [(JobStatus.COMPLETED, CREATED), (JobStatus.FAILED, FAILED), (JobStatus.CANCELLED, CANCELLED)]


@pytest.mark.parametrize(("status", "counts"), ENDS)
def test_a_closed_job_has_the_ledgers_counters(
    store: JobStore, tenant: uuid.UUID, status: JobStatus, counts: RecordCounts
) -> None:
    job, (ref,) = open_job(store, tenant)
    write(store, ref, RecordCounts(total=10, updated=10))

    assert end(store, job, status, counts) == "closed"

    stored = store.job(tenant, job.id)
    assert stored is not None
    assert (stored.status, stored.records) == (status, counts)
    assert stored.finished_at is not None
    assert stored.progress == 100.0


def test_a_job_with_an_open_chunk_is_not_closed(store: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(store, tenant, 3)
    take(store, refs[0])
    write(store, refs[1])
    before = store.job(tenant, job.id)

    assert end(store, job, JobStatus.COMPLETED, CREATED) == "open"

    assert store.job(tenant, job.id) == before
    assert StoreView(store).open_jobs() == {(tenant, job.id)}


def test_a_job_of_another_generation_is_not_closed(store: JobStore, tenant: uuid.UUID) -> None:
    job = failed_job(store, tenant, ["transient"])
    (ref,) = store.retry(tenant, job.id, "all", audit(job)).refs
    write(store, ref)

    assert end(store, job, JobStatus.FAILED, FAILED, generation=0) == "open"
    assert end_of(job) in StoreView(store).due()
    assert end(store, job, JobStatus.COMPLETED, CREATED, generation=1) == "closed"


def test_a_job_that_redis_does_not_know_is_gone(store: JobStore, tenant: uuid.UUID) -> None:
    job = new_job(tenant)
    raw = "|".join(map(str, (job.tenant_id, job.id, -1, job.lane)))
    store.client.zadd(store.keys.due, {raw: 0})

    assert end(store, job, JobStatus.COMPLETED, CREATED) == "gone"
    assert StoreView(store).all_keys() == set()


def test_the_due_end_of_a_job_that_is_no_more_can_be_dropped(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    write(store, ref)
    store.forget_due(end_of(job))

    assert StoreView(store).due() == {}


def test_a_second_close_changes_nothing(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    write(store, ref)
    end(store, job, JobStatus.COMPLETED, CREATED)
    before = store.job(tenant, job.id)

    assert end(store, job, JobStatus.COMPLETED, CREATED) == "closed"

    assert store.job(tenant, job.id) == before


def test_nothing_of_a_closed_job_is_left_to_do(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    write(store, ref)
    end(store, job, JobStatus.COMPLETED, CREATED)
    view = StoreView(store)

    assert (view.due(), view.open_jobs(), view.window(tenant), view.waiting(tenant)) == ({}, set(), set(), [])
    assert view.backlog() == {}
    assert view.todo(tenant, job.id) == []


@pytest.mark.parametrize(("failure", "ttl_s"), [("", 77), ("transient", 7777)])
def test_redis_forgets_all_of_a_closed_job(
    redis_client: redis.Redis, namespace: str, tenant: uuid.UUID, failure: str, ttl_s: int
) -> None:
    store = JobStore(redis_client, namespace, Timing(ended_ttl_s=77, failed_ttl_s=7777))
    failed_job(store, tenant, [failure, failure])
    view = StoreView(store)

    kept = [key for key in view.all_keys() if ":job:" in key]

    assert len(kept) == 3
    assert all(ttl_s - 10 < view.ttl_s(key) <= ttl_s for key in kept)


def test_only_what_is_bounded_outlives_a_job(redis_client: redis.Redis, namespace: str, tenant: uuid.UUID) -> None:
    store = JobStore(redis_client, namespace, Timing(window_chunks=1, ended_ttl_s=0))
    job, mark = new_job(tenant, total=30), idempotency()
    store.open(job, blobs(3), mark, None)
    for number in range(3):
        (ref,) = StoreView(store).window(tenant)
        assert ref.chunk_no == number
        write(store, ref)
    end(store, job, JobStatus.COMPLETED, RecordCounts(total=30, created=30))

    assert store.job(tenant, job.id) is None
    key = store.keys.idempotency(tenant, mark.route, mark.key)
    assert StoreView(store).all_keys() == {store.keys.drain, store.keys.retained(tenant), key}


def test_the_list_that_versions_before_kept_goes(store: JobStore, tenant: uuid.UUID) -> None:
    before = f"{store.keys.prefix}:{tenant}:jobs"
    store.client.zadd(before, {str(uuid.uuid4()): 1_000})
    job, (ref,) = open_job(store, tenant)
    write(store, ref)
    end(store, job, JobStatus.COMPLETED, CREATED)

    assert not store.client.exists(before)
