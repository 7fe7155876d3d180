"""`start_small`, `settle_all`: small new jobs in one round trip, each with its own answer."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
import redis
from msgspec.structs import replace

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import JobStatus, NewJob
from libs.jobs.reading import Lease
from libs.jobs.store import JobStore
from libs.jobs.values import Idempotency, JobEnd, Opened, Settled
from tests.contract.job_store.support.samples import (
    CREATED,
    audit,
    blobs,
    idempotency,
    new_job,
    open_job,
    ref_of,
    take,
)
from tests.contract.job_store.support.view import StoreView

MOST = 10


def opened(store: JobStore, job: NewJob, records: int = 10, key: Idempotency | None = None) -> ChunkRef:
    answer = store.open(job, blobs(1, records=records), key, None)
    assert isinstance(answer, Opened)
    return answer.refs[0]


def leases(store: JobStore, *refs: ChunkRef) -> list[Lease]:
    found = store.start_small(refs, MOST)
    assert all(isinstance(each, Lease) for each in found)
    return [each for each in found if isinstance(each, Lease)]


def end_at(lease: Lease) -> JobEnd:
    return JobEnd(JobStatus.COMPLETED, CREATED, lease.taken_at)


def test_small_new_jobs_are_leased_together_as_each_would_be(store: JobStore, tenant: uuid.UUID) -> None:
    refs = [open_job(store, tenant)[1][0] for _ in range(3)]
    found = leases(store, *refs)
    assert [lease.ref for lease in found] == refs
    assert len({lease.token for lease in found}) == 3
    assert {(lease.attempts, lease.records, lease.job.status) for lease in found} == {(1, 10, JobStatus.PROCESSING)}
    assert store.extend(found) == 3
    assert [store.start(ref) for ref in refs] == ["busy"] * 3


def test_a_lost_answer_gives_the_same_lease(store: JobStore, tenant: uuid.UUID) -> None:
    ref = open_job(store, tenant)[1][0]
    args = (str(ref.tenant_id), str(ref.job_id), ref.chunk_no, ref.lane, "token", 60_000, MOST)
    assert [store._scripts.run("start_chunk", *args)[0] for _ in range(2)] == [b"run"] * 2
    assert StoreView(store).chunk(ref)["attempts"] == b"1"


def abort(store: JobStore, tenant: uuid.UUID) -> ChunkRef:
    return opened(store, replace(new_job(tenant), on_error="abort"))


def dry_run(store: JobStore, tenant: uuid.UUID) -> ChunkRef:
    return open_job(store, tenant, dry_run=True)[1][0]


def several_chunks(store: JobStore, tenant: uuid.UUID) -> ChunkRef:
    return open_job(store, tenant, 2)[1][0]


def large(store: JobStore, tenant: uuid.UUID) -> ChunkRef:
    return opened(store, new_job(tenant, total=MOST + 1), MOST + 1)


def cancelled(store: JobStore, tenant: uuid.UUID) -> ChunkRef:
    job, (ref,) = open_job(store, tenant)
    store.cancel(tenant, job.id, audit(job, "job.cancel"))
    return ref


def tried_before(store: JobStore, tenant: uuid.UUID) -> ChunkRef:
    ref = open_job(store, tenant)[1][0]
    store.defer(take(store, ref), 5.0, "40001", strike="contended")
    StoreView(store).reach_retry(ref)
    return ref


def crashed(store: JobStore, tenant: uuid.UUID) -> ChunkRef:
    ref = open_job(store, tenant)[1][0]
    take(store, ref)
    StoreView(store).expire_lease(ref)
    return ref


def later_opening(store: JobStore, tenant: uuid.UUID) -> ChunkRef:
    job, (ref,) = open_job(store, tenant)
    found = store.job(tenant, job.id)
    assert found
    assert store.agree_opening(found, 1) == 1
    return ref


@pytest.mark.parametrize(
    "other", [abort, dry_run, several_chunks, large, cancelled, tried_before, crashed, later_opening]
)
def test_others_are_left_as_they_are(
    store: JobStore, tenant: uuid.UUID, other: Callable[[JobStore, uuid.UUID], ChunkRef]
) -> None:
    ref, small = other(store, tenant), open_job(store, tenant)[1][0]
    assert store.start_small([ref, small], MOST)[0] == "apart"
    assert store.start(small) == "busy"
    assert isinstance(store.start(ref), Lease)


def test_what_nobody_may_begin_says_why(store: JobStore, tenant: uuid.UUID) -> None:
    gone, held, done = ref_of(new_job(tenant), 0), open_job(store, tenant)[1][0], open_job(store, tenant)[1][0]
    take(store, held)
    lease = take(store, done)
    store.settle(done, lease.generation, CREATED, b"")
    assert store.start_small([gone, held, done], MOST) == ["gone", "busy", "settled"]
    job, (waiting,) = open_job(store, tenant)
    store.pause("normal", audit(job, "lane.pause"))
    assert store.start_small([waiting], MOST) == ["paused"]


def test_a_message_that_came_twice_gives_one_lease(store: JobStore, tenant: uuid.UUID) -> None:
    ref = open_job(store, tenant)[1][0]
    first, second = store.start_small([ref, ref], MOST)
    assert (isinstance(first, Lease), second) == (True, "busy")


def test_all_are_settled_and_ended_at_once(store: JobStore, tenant: uuid.UUID) -> None:
    store.timing = replace(store.timing, window_chunks=2)
    jobs = [new_job(tenant) for _ in range(6)]
    refs = [ref for job in jobs for ref in _refs(store.open(job, blobs(1), None, None))]
    found = leases(store, *refs)
    settled = store.settle_all([(lease, b"outcome", end_at(lease)) for lease in found])
    assert [(each.first, each.finished, each.closed) for each in settled if isinstance(each, Settled)] == [
        (True, False, True)
    ] * len(refs)
    assert {ref for each in settled if isinstance(each, Settled) for ref in each.refs} <= {ref_of(j, 0) for j in jobs}
    assert {store.live_chunk(job, 0).outcome for job in map(_found(store), jobs[: len(refs)])} == {b"outcome"}
    assert {job.status for job in map(_found(store), jobs[: len(refs)])} == {JobStatus.COMPLETED}
    again = store.settle_all([(lease, b"outcome", end_at(lease)) for lease in found])
    assert not any(each.first for each in again if isinstance(each, Settled))


def test_the_error_of_one_is_no_other_ones(store: JobStore, tenant: uuid.UUID) -> None:
    bad, good = open_job(store, tenant), open_job(store, tenant)
    of_bad, of_good = leases(store, bad[1][0], good[1][0])
    store.client.set(store.keys.chunk(tenant, bad[0].id, 0), "no hash")
    first, second = store.settle_all([(lease, b"", end_at(lease)) for lease in (of_bad, of_good)])
    assert isinstance(first, redis.ResponseError)
    assert isinstance(second, Settled)
    assert second.closed
    other = open_job(store, tenant)[1][0]
    broken, lease = store.start_small([bad[1][0], other], MOST)
    assert isinstance(broken, redis.ResponseError)
    assert isinstance(lease, Lease)


def test_a_lease_that_cannot_be_read_is_no_other_ones_error(store: JobStore, tenant: uuid.UUID) -> None:
    bad, good = open_job(store, tenant), open_job(store, tenant)
    store.client.hset(store.keys.job(tenant, bad[0].id), "epoch_ms", "never")
    first, second = store.start_small([bad[1][0], good[1][0]], MOST)
    assert isinstance(first, ValueError)
    assert isinstance(second, Lease)


def test_a_server_that_has_become_the_primary_is_given_what_it_lacks(store: JobStore, tenant: uuid.UUID) -> None:
    refs = [open_job(store, tenant)[1][0] for _ in range(2)]
    store.client.script_flush()
    found = leases(store, *refs)
    store.client.script_flush()
    assert all(isinstance(each, Settled) for each in store.settle_all([(each, b"", end_at(each)) for each in found]))


def test_a_repeat_of_the_key_finds_the_job_that_ended(store: JobStore, tenant: uuid.UUID) -> None:
    job, key = new_job(tenant), idempotency()
    (lease,) = leases(store, opened(store, job, key=key))
    store.settle_all([(lease, b"", end_at(lease))])
    replayed = store.open(job, blobs(1), key, None)
    assert getattr(replayed, "job_id", None) == job.id


def _refs(answer: Any) -> list[ChunkRef]:
    assert isinstance(answer, Opened)
    return answer.refs


def _found(store: JobStore) -> Callable[[NewJob], Any]:
    return lambda job: store.job(job.tenant_id, job.id)
