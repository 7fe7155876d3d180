"""The window: how much of a tenant is out at once in all lanes, and whose turn is next."""

import itertools
import uuid
from collections.abc import Sequence

import pytest
import redis

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import RecordCounts
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Opened, Timing
from tests.contract.job_store.support.samples import audit, failed_job, new_job, open_job, ref_of, take, write
from tests.contract.job_store.support.view import StoreView

WINDOW = 4


@pytest.fixture
def narrow(redis_client: redis.Redis, namespace: str) -> JobStore:
    """A store that hands out few chunks at a time."""
    return JobStore(redis_client, namespace, Timing(window_chunks=WINDOW))


def drain(store: JobStore, refs: Sequence[ChunkRef]) -> list[ChunkRef]:
    """Write chunk after chunk as they are handed out; returns them in that order."""
    order = list(refs)
    for ref in order:  # grows meanwhile
        order += write(store, ref).refs
    return order


def test_a_tenant_never_has_more_out_than_the_window(narrow: JobStore, tenant: uuid.UUID) -> None:
    view = StoreView(narrow)
    refs = list(itertools.chain.from_iterable(open_job(narrow, tenant, count)[1] for count in (3, 7, 1, 6)))
    assert len(refs) == len(view.window(tenant)) == WINDOW

    done = 0
    while refs:
        refs += write(narrow, refs.pop()).refs
        done += 1
        assert len(view.window(tenant)) == len(refs) == min(WINDOW, 17 - done)
    assert done == 17


def test_what_is_settled_before_it_is_handed_out_takes_no_place(narrow: JobStore, tenant: uuid.UUID) -> None:
    """As where Redis fails over, and a writer has it from the primary before."""
    view = StoreView(narrow)
    job, refs = open_job(narrow, tenant, WINDOW + 3)
    for number in (WINDOW, WINDOW + 1):
        narrow.settle(ref_of(job, number), 0, RecordCounts(total=1, created=1), b"")

    assert [ref.chunk_no for ref in drain(narrow, refs)] == [*range(WINDOW), WINDOW + 2]
    assert view.window(tenant) == set()


def test_what_is_gone_before_it_is_settled_keeps_no_place(narrow: JobStore, tenant: uuid.UUID) -> None:
    job, (ref,) = open_job(narrow, tenant)
    lease = take(narrow, ref)
    view = StoreView(narrow)
    narrow.client.delete(narrow.keys.job(tenant, job.id), view.chunk_key(ref))

    narrow.settle(ref, lease.generation, RecordCounts(total=1, created=1), b"")

    assert view.window(tenant) == set()


def test_a_small_job_does_not_wait_for_a_large_one(narrow: JobStore, tenant: uuid.UUID) -> None:
    large, refs = open_job(narrow, tenant, 20)
    small, none = open_job(narrow, tenant, 2)
    assert none == []

    order = drain(narrow, refs)

    places = [place for place, ref in enumerate(order) if ref.job_id == small.id]
    assert len(order) == 22
    assert max(places) < WINDOW + 2 * 2
    assert [ref.chunk_no for ref in order if ref.job_id == large.id] == list(range(20))


def test_the_jobs_of_a_tenant_take_turns(narrow: JobStore, tenant: uuid.UUID) -> None:
    jobs = [open_job(narrow, tenant, count)[0] for count in (8, 4, 3)]
    first = [ref_of(jobs[0], number) for number in range(WINDOW)]

    order = drain(narrow, first)[WINDOW:]

    a, b, c = (job.id for job in jobs)
    assert [ref.job_id for ref in order] == [a, b, c, a, b, c, a, b, c, a, b]


def test_a_short_job_waits_for_what_is_out_and_not_for_how_many_jobs_were_before_it(
    narrow: JobStore, tenant: uuid.UUID
) -> None:
    refs = list(itertools.chain.from_iterable(open_job(narrow, tenant, 3)[1] for _ in range(20)))
    short, none = open_job(narrow, tenant)
    assert (len(refs), none) == (WINDOW, [])

    order = drain(narrow, refs)

    assert order.index(ref_of(short, 0)) <= WINDOW + 1
    assert len(order) == 61


def test_short_and_long_jobs_take_turns_so_that_neither_starves_the_other(narrow: JobStore, tenant: uuid.UUID) -> None:
    refs = open_job(narrow, tenant, WINDOW)[1]
    a, b = (open_job(narrow, tenant, 4)[0].id for _ in range(2))
    short = [open_job(narrow, tenant)[0].id for _ in range(12)]

    order = [ref.job_id for ref in drain(narrow, refs)[WINDOW:]]

    assert [job_id for job_id in order if job_id in short] == short
    assert order[:16:2] == short[:8]
    assert order[1:16:2] == [a, b] * 4
    assert (StoreView(narrow).waiting(tenant), order[16:]) == ([], short[8:])


def test_a_chunk_of_many_places_is_no_short_job(narrow: JobStore, tenant: uuid.UUID) -> None:
    refs = open_job(narrow, tenant, WINDOW)[1]
    first, _ = open_job(narrow, tenant, 2)
    large = new_job(tenant, total=8_000)
    assert isinstance(narrow.open(large, [ChunkBlob(8_000, 0, b"p", b"")], None, None), Opened)

    assert drain(narrow, refs)[WINDOW:] == [ref_of(first, 0), ref_of(large, 0), ref_of(first, 1)]


def test_tenants_do_not_wait_for_one_another(narrow: JobStore, tenant: uuid.UUID) -> None:
    other = uuid.uuid4()
    open_job(narrow, tenant, 20)

    _, refs = open_job(narrow, other, 6)

    assert len(refs) == WINDOW
    assert StoreView(narrow).window(other) == set(refs)
    assert len(drain(narrow, refs)) == 6


def test_a_tenants_lanes_share_its_window_and_the_highest_goes_first(narrow: JobStore, tenant: uuid.UUID) -> None:
    _, first = open_job(narrow, tenant, 20, lane="low")
    for lane in ("normal", "high"):
        assert open_job(narrow, tenant, 3, lane=lane)[1] == []

    order = drain(narrow, first)

    lanes = [ref.lane for ref in order[WINDOW:]]
    assert lanes == ["high"] * 3 + ["normal"] * 3 + ["low"] * 16


def test_what_is_urgent_finds_room_beside_a_full_window(
    redis_client: redis.Redis, namespace: str, tenant: uuid.UUID
) -> None:
    store = JobStore(redis_client, namespace, Timing(window_chunks=16))
    view = StoreView(store)

    for lane in ("low", "normal", "high"):
        open_job(store, tenant, 40, lane=lane)

    assert [len(view.window(tenant, lane)) for lane in ("low", "normal", "high")] == [14, 2, 2]


@pytest.mark.parametrize("blob", [ChunkBlob(8_000, 0, b"p", b""), ChunkBlob(10, 0, b"p", b"", links=50_000)])
def test_a_chunk_takes_places_for_its_records_and_links(narrow: JobStore, tenant: uuid.UUID, blob: ChunkBlob) -> None:
    job = new_job(tenant, total=3 * blob.records)
    answer = narrow.open(job, [blob] * 3, None, None)
    assert isinstance(answer, Opened)
    assert answer.refs == [ref_of(job, 0)]

    assert open_job(narrow, tenant, 2)[1] == []
    assert write(narrow, ref_of(job, 0)).refs[0] == ref_of(job, 1)


def test_what_is_being_written_or_put_off_holds_its_place(narrow: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(narrow, tenant, WINDOW)
    for ref in refs[:2]:
        take(narrow, ref)
    narrow.defer(take(narrow, refs[2]), 60.0, "08006")

    assert open_job(narrow, tenant, 1)[1] == []
    assert StoreView(narrow).window(tenant) == set(refs)


def test_what_is_swept_holds_its_place_once(narrow: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(narrow, tenant, WINDOW + 1)
    for ref in refs:
        StoreView(narrow).fall_due(ref)

    assert set(narrow.claim_due(100)) == set(refs) == StoreView(narrow).window(tenant)
    assert len(write(narrow, refs[0]).refs) == 1


def test_a_retry_waits_for_its_turn(narrow: JobStore, tenant: uuid.UUID) -> None:
    failed = failed_job(narrow, tenant, ["transient"] * 3)
    _, refs = open_job(narrow, tenant, WINDOW)

    assert narrow.retry(tenant, failed.id, "all", audit(failed)).refs == []

    assert StoreView(narrow).todo(tenant, failed.id) == [0, 1, 2]
    assert drain(narrow, refs)[WINDOW:] == [ref_of(failed, number) for number in range(3)]


def test_a_cancelled_jobs_chunks_go_through_the_window_too(narrow: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(narrow, tenant, 9)
    narrow.cancel(tenant, job.id, audit(job))

    assert len(drain(narrow, refs)) == 9
    assert StoreView(narrow).window(tenant) == set()


def test_a_wider_window_holds_from_the_next_settlement_on(
    narrow: JobStore, redis_client: redis.Redis, namespace: str, tenant: uuid.UUID
) -> None:
    _, refs = open_job(narrow, tenant, 12)
    wide = JobStore(redis_client, namespace, Timing(window_chunks=8))

    assert len(write(wide, refs[0]).refs) == 8 - (WINDOW - 1)
    assert write(narrow, refs[1]).refs == []
