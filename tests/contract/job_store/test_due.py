"""`claim_due`: what is overdue is given to one sweeper, and is due again later and later."""

import threading
import uuid

import pytest
import redis

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import JobStatus
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from tests.contract.job_store.support.samples import FAILED, audit, end, end_of, open_job, take, write
from tests.contract.job_store.support.view import StoreView

CLAIMANTS = 8
GRACE_MS = Timing().grace_ms
LONGEST_MS = Timing().longest_grace_ms


def next_wait_ms(store: JobStore, ref: ChunkRef) -> float:
    """Make the chunk overdue, claim it, and see how long it then has."""
    view = StoreView(store)
    view.fall_due(ref)
    now = view.now_ms()
    assert store.claim_due(10) == [ref]
    return view.due()[ref] - now


def test_only_what_is_overdue_is_claimed(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 3)
    assert store.claim_due(10) == []
    StoreView(store).fall_due(refs[1])

    assert store.claim_due(10) == [refs[1]]
    assert store.claim_due(10) == []


def test_no_more_is_claimed_than_asked_for_the_longest_overdue_first(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 4)
    for place, ref in enumerate(reversed(refs)):
        store.client.zadd(store.keys.due, {f"{ref.tenant_id}|{ref.job_id}|{ref.chunk_no}|{ref.lane}": place})

    assert store.claim_due(3) == refs[:0:-1]
    assert store.claim_due(3) == refs[:1]


def test_the_grace_doubles_up_to_a_bound(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)

    waits = [next_wait_ms(store, ref) for _ in range(6)]

    expected = [min(GRACE_MS * 2**times, LONGEST_MS) for times in range(1, 7)]
    assert waits == pytest.approx(expected, abs=1000)
    store.client.hset(StoreView(store).chunk_key(ref), "publishes", 5_000)
    assert next_wait_ms(store, ref) == pytest.approx(LONGEST_MS, abs=1000)


def test_the_grace_of_a_retried_chunk_begins_anew(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    for _ in range(3):
        next_wait_ms(store, ref)
    write(store, ref, FAILED, "transient")
    end(store, job, JobStatus.FAILED, FAILED)
    store.retry(tenant, job.id, "all", audit(job))

    assert next_wait_ms(store, ref) == pytest.approx(2 * GRACE_MS, abs=1000)


def test_a_lost_lease_is_claimed_and_a_held_one_is_not(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 2)
    held, _ = take(store, refs[0]), take(store, refs[1])
    view = StoreView(store)
    for ref in refs:
        view.expire_lease(ref)
    store.extend([held])

    assert store.claim_due(10) == [refs[1]]


def test_the_due_end_of_a_job_is_claimed_until_the_job_is_closed(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    write(store, ref)

    assert [next_wait_ms(store, end_of(job)) for _ in range(3)] == pytest.approx([GRACE_MS] * 3, abs=1000)


def test_what_is_due_of_a_job_that_is_no_more_makes_no_keys(store: JobStore, tenant: uuid.UUID) -> None:
    raw = f"{tenant}|{uuid.uuid4()}|0|normal"
    store.client.zadd(store.keys.due, {raw: 0})

    (ref,) = store.claim_due(10)

    assert StoreView(store).all_keys() == {store.keys.due}
    assert store.start(ref) == "gone"
    assert StoreView(store).all_keys() == set()


def test_many_sweepers_never_claim_a_chunk_twice(redis_client: redis.Redis, namespace: str, tenant: uuid.UUID) -> None:
    chunks = 300
    store = JobStore(redis_client, namespace, Timing(window_chunks=chunks))
    _, refs = open_job(store, tenant, chunks)
    store.client.zadd(store.keys.due, dict.fromkeys(store.client.zrange(store.keys.due, 0, -1), 0))
    claimed: list[ChunkRef] = []
    ready = threading.Barrier(CLAIMANTS)

    def claim() -> None:
        ready.wait()
        while refs_now := store.claim_due(7):
            claimed.extend(refs_now)

    threads = [threading.Thread(target=claim) for _ in range(CLAIMANTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert len(claimed) == len(set(claimed)) == chunks
    assert set(claimed) == set(refs)


def test_many_writers_never_hold_a_chunk_twice(redis_client: redis.Redis, namespace: str, tenant: uuid.UUID) -> None:
    chunks = 40
    store = JobStore(redis_client, namespace, Timing(window_chunks=chunks))
    _, refs = open_job(store, tenant, chunks)
    answers: list[str] = []
    ready = threading.Barrier(CLAIMANTS)

    def start_all() -> None:
        ready.wait()
        for ref in refs:
            answer = store.start(ref)
            answers.append(answer if isinstance(answer, str) else "run")

    threads = [threading.Thread(target=start_all) for _ in range(CLAIMANTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert (answers.count("run"), answers.count("busy")) == (chunks, chunks * (CLAIMANTS - 1))


BROKEN = [
    "", "x", "|||", "a|b|c|d", "a|b|c", "a|b|0|normal|more", f"{uuid.UUID(int=7)}|{uuid.UUID(int=7)}|0|express",
    f"{uuid.UUID(int=7)}|{uuid.UUID(int=7)}|x|normal", b"\xff|\xfe|0|normal", f"{uuid.UUID(int=7)}|x|-1|high",
]  # fmt: skip


@pytest.mark.parametrize("member", BROKEN)
def test_what_nobody_can_read_is_dropped_and_keeps_nothing_back(
    store: JobStore, tenant: uuid.UUID, member: str | bytes
) -> None:
    _, (ref,) = open_job(store, tenant)
    view = StoreView(store)
    view.fall_due(ref)
    store.client.zadd(store.keys.due, {member: -1})

    assert store.claim_due(2) == [ref]
    assert view.due().keys() == {ref}


def test_a_chunk_that_is_broken_is_claimed_with_the_others(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 3)
    view = StoreView(store)
    view.fall_due(*refs)
    store.client.hset(view.chunk_key(refs[0]), "publishes", "many")
    store.client.delete(view.chunk_key(refs[1]))
    store.client.set(view.chunk_key(refs[1]), "no hash")

    assert set(store.claim_due(10)) == set(refs)
    assert store.claim_due(10) == []
