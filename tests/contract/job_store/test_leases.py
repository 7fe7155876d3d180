"""`start`, `extend`, `defer`, `note_suspect`: who may write a chunk, and when."""

import uuid

import pytest

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import ChunkCounts, JobStatus
from libs.jobs.store import JobStore
from tests.contract.job_store.support.samples import FAILED, blobs, new_job, open_job, ref_of, settle, take, write
from tests.contract.job_store.support.view import StoreView


def chunk_counts(store: JobStore, ref: ChunkRef) -> ChunkCounts:
    job = store.job(ref.tenant_id, ref.job_id)
    assert job is not None
    return job.chunks


def test_a_lease_brings_all_that_a_writer_needs(store: JobStore, tenant: uuid.UUID) -> None:
    job, (blob,) = new_job(tenant, total=10), blobs(1)
    store.open(job, [blob], None, None)

    lease = take(store, ref_of(job, 0))

    assert (lease.payload, lease.rejects, lease.records) == (blob.payload, blob.rejects, blob.records)
    assert (lease.ref, lease.traceparent) == (ref_of(job, 0), job.traceparent)
    assert (lease.attempts, lease.crashes, lease.lost, lease.generation) == (1, 0, False, 0)
    assert (lease.suspect, lease.quarantined) == (None, ())
    assert (lease.job.id, lease.job.epoch_ms, lease.job.request_id) == (job.id, job.epoch_ms, job.request_id)


def test_the_first_start_sets_the_job_going(store: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(store, tenant, 2)
    before = store.job(tenant, job.id)
    take(store, refs[0])
    first = store.job(tenant, job.id)
    take(store, refs[1])
    second = store.job(tenant, job.id)

    assert before and first and second
    assert (first.status, first.attempts, second.attempts) == (JobStatus.PROCESSING, 1, 2)
    assert first.started_at is not None
    assert first.started_at == second.started_at
    assert first.version != before.version


def test_a_chunk_that_is_being_written_is_given_to_nobody_else(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    take(store, ref)

    assert store.start(ref) == "busy"
    assert chunk_counts(store, ref) == ChunkCounts(total=1, running=1)


def test_a_lease_is_due_when_it_ends(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    view = StoreView(store)
    before = view.now_ms()
    take(store, ref)

    assert before - 1 <= view.due()[ref] - store.timing.lease_ms <= view.now_ms()


def test_a_lost_lease_goes_to_the_next_and_counts_a_crash(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    first = take(store, ref)
    StoreView(store).expire_lease(ref)
    second = take(store, ref)

    assert (second.lost, second.crashes, second.attempts) == (True, 1, 2)
    assert second.token != first.token
    assert chunk_counts(store, ref) == ChunkCounts(total=1, running=1)


def test_a_chunk_of_no_job_is_gone_and_leaves_nothing_due(store: JobStore, tenant: uuid.UUID) -> None:
    ref = ChunkRef(tenant, uuid.uuid4(), 0, "normal")
    view = StoreView(store)
    raw = "|".join(map(str, (ref.tenant_id, ref.job_id, ref.chunk_no, ref.lane)))
    store.client.zadd(store.keys.due, {raw: 0})

    assert store.start(ref) == "gone"
    assert view.all_keys() == set()


def test_a_settled_chunk_is_not_written_again(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 2)
    write(store, refs[0])
    write(store, refs[1], FAILED, "permanent")

    assert [store.start(ref) for ref in refs] == ["settled", "settled"]


def test_an_extended_lease_ends_later(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 2)
    leases = [take(store, ref) for ref in refs]
    view = StoreView(store)
    for ref in refs:
        view.expire_lease(ref)

    assert store.extend(leases) == 2
    assert store.extend([]) == 0

    now = view.now_ms()
    assert [store.start(ref) for ref in refs] == ["busy", "busy"]
    assert all(abs(view.due()[ref] - now - store.timing.lease_ms) < 1000 for ref in refs)


def test_only_leases_that_are_held_are_extended(store: JobStore, tenant: uuid.UUID) -> None:
    _, (lost_ref, settled_ref, held_ref) = open_job(store, tenant, 3)
    lost, settled, held = take(store, lost_ref), take(store, settled_ref), take(store, held_ref)
    view = StoreView(store)
    view.expire_lease(lost_ref)
    taken_over = take(store, lost_ref)
    view.expire_lease(lost_ref)
    settle(store, settled)

    assert store.extend([lost, settled, held]) == 1

    assert settled_ref not in view.due()
    assert take(store, lost_ref).crashes == taken_over.crashes + 1


def test_a_deferred_chunk_comes_back_no_sooner_than_said(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    view = StoreView(store)
    before = view.now_ms()

    assert store.defer(lease, 30.0, "40001")

    assert before - 1 <= view.due()[ref] - 30_000 <= view.now_ms()
    assert store.start(ref) == "early"
    assert chunk_counts(store, ref) == ChunkCounts(total=1, deferred=1)
    stored = store.job(tenant, job.id)
    assert stored is not None
    assert stored.last_error == "40001"
    view.reach_retry(ref)
    again = take(store, ref)
    assert (again.attempts, again.crashes, again.lost) == (2, 0, False)
    assert chunk_counts(store, ref) == ChunkCounts(total=1, running=1)


@pytest.mark.parametrize("fate", ["taken over", "deferred", "settled"])
def test_only_the_holder_may_defer_or_note(store: JobStore, tenant: uuid.UUID, fate: str) -> None:
    _, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    view = StoreView(store)
    match fate:
        case "taken over":
            view.expire_lease(ref)
            take(store, ref)
        case "deferred":
            store.defer(lease, 60.0, "40001")
        case "settled":
            settle(store, lease)
    chunk, due = view.chunk(ref), view.due()

    assert not store.defer(lease, 1.0, "08006")
    assert not store.note_suspect(lease, 0, 5, [])

    assert (view.chunk(ref), view.due()) == (chunk, due)


def test_errors_that_are_not_tried_for_ever_are_counted_by_kind(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    for strike in ("contended", "", "unexpected", "contended"):
        assert store.defer(take(store, ref), 60.0, "55P03", strike=strike)
        StoreView(store).reach_retry(ref)

    assert take(store, ref).strikes == {"contended": 2, "unexpected": 1}


def test_the_next_holder_learns_what_was_being_written(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    lease = take(store, ref)

    assert store.note_suspect(lease, 0, 5, [])
    assert store.note_suspect(lease, 5, 7, [0, 3])

    StoreView(store).expire_lease(ref)
    after = take(store, ref)
    assert (after.suspect, after.quarantined) == ((5, 7), (0, 3))
