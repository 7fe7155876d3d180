"""Redis' clock is set back by an hour: what was stored before then is an hour ahead, and comes back all the same."""

import uuid

import pytest

from libs.contracts.chunks import ChunkRef
from libs.jobs.reading import Lease
from libs.jobs.store import JobStore
from tests.contract.job_store.support.samples import end_of, open_job, take, write
from tests.contract.job_store.support.view import StoreView

AN_HOUR_MS = 3_600_000
DELAY_S = 5.0


def set_clock_back(store: JobStore, *refs: ChunkRef) -> None:
    """Leave the times of these as a clock leaves them that is set back: further away than they were."""
    view = StoreView(store)
    for ref in refs:
        score = view.due()[ref]
        raw = "|".join(map(str, (ref.tenant_id, ref.job_id, ref.chunk_no, ref.lane)))
        store.client.zadd(store.keys.due, {raw: score + AN_HOUR_MS})
        for field in ("lease_until", "not_before"):
            if field in view.chunk(ref):
                store.client.hincrby(view.chunk_key(ref), field, AN_HOUR_MS)


def waits_ms(store: JobStore, ref: ChunkRef) -> float:
    view = StoreView(store)
    return view.due()[ref] - view.now_ms()


def test_what_nobody_has_begun_is_published_at_once(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 3)
    set_clock_back(store, *refs)

    assert sorted(store.claim_due(10), key=str) == refs
    assert all(waits_ms(store, ref) <= store.timing.longest_grace_ms for ref in refs)


def test_the_end_of_a_job_is_due_at_once(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(store, tenant)
    write(store, ref)
    set_clock_back(store, end_of(job))

    assert store.claim_due(10) == [end_of(job)]


def test_a_chunk_that_was_put_off_waits_no_longer_than_was_said(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    store.defer(take(store, ref), DELAY_S, "08006")
    set_clock_back(store, ref)

    assert store.claim_due(10) == []

    assert 0 < waits_ms(store, ref) <= DELAY_S * 1000
    assert store.start(ref) == "early"
    StoreView(store).reach_retry(ref)
    assert store.claim_due(10) == [ref]
    assert take(store, ref).attempts == 2


def test_the_lease_of_a_dead_writer_ends_as_soon_as_any(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    take(store, ref)
    set_clock_back(store, ref)

    assert store.claim_due(10) == []

    view = StoreView(store)
    assert 0 < waits_ms(store, ref) <= store.timing.lease_ms
    assert int(view.chunk(ref)["lease_until"]) - view.now_ms() <= store.timing.lease_ms
    view.expire_lease(ref)
    assert store.claim_due(10) == [ref]
    assert take(store, ref).lost


def test_a_live_writer_keeps_its_lease(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    set_clock_back(store, ref)
    store.claim_due(10)

    assert store.start(ref) == "busy"
    assert store.extend([lease]) == 1
    assert store.start(ref) == "busy"
    assert int(StoreView(store).chunk(ref)["crashes"]) == 0


@pytest.mark.parametrize("state", ["running", "deferred"])
def test_a_message_alone_brings_the_time_back_too(store: JobStore, tenant: uuid.UUID, state: str) -> None:
    _, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    if state == "deferred":
        store.defer(lease, DELAY_S, "08006")
    set_clock_back(store, ref)

    assert store.start(ref) in ("busy", "early")

    view = StoreView(store)
    until = int(view.chunk(ref)["lease_until" if state == "running" else "not_before"])
    assert until - view.now_ms() <= max(store.timing.lease_ms, DELAY_S * 1000)


def test_what_really_waits_long_still_does(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    store.defer(take(store, ref), 600.0, "08006")
    before = StoreView(store).due()

    assert store.claim_due(10) == []

    assert StoreView(store).due() == before
    assert store.start(ref) == "early"


def test_more_than_one_sweep_takes_comes_back_in_the_next(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 5)
    set_clock_back(store, *refs)

    claimed = [ref for _ in range(3) for ref in store.claim_due(2)]

    assert sorted(claimed, key=str) == refs


def test_the_rate_of_draining_is_measured_again(store: JobStore, tenant: uuid.UUID) -> None:
    """Since the clock was set back there is no measure; an hour later it would be a thousand times too high."""
    _, refs = open_job(store, tenant, 2)
    write(store, refs[0])
    store.client.hincrby(store.keys.drain, "since_ms", AN_HOUR_MS)

    write(store, refs[1])

    now = StoreView(store).now_ms()
    assert abs(int(store.client.hget(store.keys.drain, "since_ms")) - now) < 1_000


def test_a_lease_names_its_holder_still(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    set_clock_back(store, ref)
    store.claim_due(10)

    assert isinstance(lease, Lease)
    assert store.note_suspect(lease, 0, 1, [])
    assert store.defer(lease, DELAY_S, "08006")
