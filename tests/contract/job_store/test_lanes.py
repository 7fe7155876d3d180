"""A paused lane: nothing of it begins, what runs ends, nothing is lost, and nobody else waits for it."""

import datetime
import uuid

import pytest
import redis

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import AuditEntry, JobStatus, Lane, NewJob
from libs.jobs.reading import Lease
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from tests.contract.job_store.support.samples import (
    CANCELLED,
    audit,
    end,
    end_of,
    failed_job,
    open_job,
    settle,
    take,
    write,
    write_all,
)
from tests.contract.job_store.support.view import StoreView

WINDOW = 4
MANY = 1_000


@pytest.fixture
def narrow(redis_client: redis.Redis, namespace: str) -> JobStore:
    """A store that hands out few chunks at a time."""
    return JobStore(redis_client, namespace, Timing(window_chunks=WINDOW))


def entry(action: str, reason: str = "a flood") -> AuditEntry:
    return AuditEntry(
        id=uuid.uuid4(), tenant_id=uuid.uuid4(), at=datetime.datetime.now(datetime.UTC), actor="thu", action=action,
        job_id=uuid.UUID(int=0), entity="", request_id="request-1", counts={}, reason=reason,
    )  # fmt: skip


def pause(store: JobStore, lane: Lane = "normal") -> None:
    assert store.pause(lane, entry("lane.pause"))


def resume(store: JobStore, lane: Lane = "normal") -> None:
    assert store.resume(lane, entry("lane.resume"))


def swept(store: JobStore) -> list[ChunkRef]:
    """All that sweepers publish, in some sweeps."""
    return [ref for _ in range(3) for ref in store.claim_due(MANY)]


def overdue(store: JobStore, refs: list[ChunkRef]) -> None:
    for ref in refs:
        StoreView(store).fall_due(ref)


def left(store: JobStore, tenant: uuid.UUID, job: NewJob) -> int:
    found = store.job(tenant, job.id)
    assert found
    return found.chunks.total - found.chunks.settled


def test_a_paused_lane_begins_nothing(store: JobStore, tenant: uuid.UUID) -> None:
    _, refs = open_job(store, tenant, 3)
    pause(store)
    assert [store.start(ref) for ref in refs] == ["paused"] * 3
    assert StoreView(store).due() == {}
    assert swept(store) == []
    _, none = open_job(store, tenant, 2)
    assert none == []
    assert swept(store) == []


def test_what_was_out_and_what_came_meanwhile_is_done_afterwards(narrow: JobStore, tenant: uuid.UUID) -> None:
    before, refs = open_job(narrow, tenant, WINDOW + 3)
    pause(narrow)
    assert narrow.start(refs[0]) == "paused"
    overdue(narrow, refs[1:])
    assert swept(narrow) == []
    during, none = open_job(narrow, tenant, 2)
    others, _ = open_job(narrow, uuid.uuid4(), 1)
    assert none == []
    resume(narrow)
    while refs := swept(narrow):
        write_all(narrow, refs)
    assert [left(narrow, job.tenant_id, job) for job in (before, during, others)] == [0, 0, 0]


def test_what_runs_ends(store: JobStore, tenant: uuid.UUID) -> None:
    job, (ref, other) = open_job(store, tenant, 2)
    lease, given_back = take(store, ref), take(store, other)
    pause(store)
    assert store.extend([lease]) == 1
    assert settle(store, lease).first
    assert store.defer(given_back, 0.0, "40001")
    assert store.start(other) == "paused"
    assert left(store, tenant, job) == 1
    resume(store)
    assert swept(store)[:1] == [other]
    assert settle(store, take(store, other)).finished
    overdue(store, [end_of(job)])
    pause(store)
    assert end_of(job) in swept(store)  # a job ends, whatever its lane does


def test_the_same_call_again_gives_its_lease(store: JobStore, tenant: uuid.UUID) -> None:
    """Its answer was lost, and the lane was paused in between."""
    _, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    pause(store)
    args = (str(ref.tenant_id), str(ref.job_id), ref.chunk_no, ref.lane, lease.token, 10_000)
    assert store._scripts.run("start_chunk", *args)[0] == b"run"


def test_a_dead_writers_chunk_waits_and_is_counted_once(store: JobStore, tenant: uuid.UUID) -> None:
    _, (ref,) = open_job(store, tenant)
    take(store, ref)
    pause(store)
    StoreView(store).expire_lease(ref)
    assert store.start(ref) == "paused"
    assert store.start(ref) == "paused"
    resume(store)
    assert swept(store) == [ref]
    lease = take(store, ref)
    assert (lease.crashes, lease.lost, lease.attempts) == (1, True, 2)


def test_other_lanes_go_on_with_the_whole_window(narrow: JobStore, tenant: uuid.UUID) -> None:
    open_job(narrow, tenant, 20)
    pause(narrow)
    job, refs = open_job(narrow, tenant, 10, lane="high")
    assert len(refs) == WINDOW
    write_all(narrow, refs)
    assert left(narrow, tenant, job) == 0


def test_a_job_is_cancelled_all_the_same(narrow: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(narrow, tenant, WINDOW + 3)
    pause(narrow)
    assert narrow.start(refs[0]) == "paused"
    narrow.cancel(tenant, job.id, audit(job, "job.cancel"))
    overdue(narrow, refs[1:])
    for ref in swept(narrow):
        if isinstance(lease := narrow.start(ref), Lease):
            settle(narrow, lease, CANCELLED)
    assert left(narrow, tenant, job) == 0
    assert end(narrow, job, JobStatus.CANCELLED, CANCELLED) == "closed"


def test_a_retry_waits_too(store: JobStore, tenant: uuid.UUID) -> None:
    job = failed_job(store, tenant, ["transient"])
    pause(store)
    assert store.retry(tenant, job.id, "all", audit(job, "job.retry")).refs == []
    assert swept(store) == []
    resume(store)
    (ref,) = swept(store)
    assert write(store, ref).first


def test_lanes_are_told_apart(store: JobStore, tenant: uuid.UUID) -> None:
    pause(store, "low")
    assert open_job(store, tenant, lane="low")[1] == []
    _, (high,) = open_job(store, tenant, lane="high")
    assert isinstance(store.start(high), Lease)
    assert set(store.paused()) == {"low"}
    assert store.load().paused == ("low",)


def test_it_is_kept_who_paused_since_when_and_why(store: JobStore) -> None:
    first = entry("lane.pause", "đang bảo trì")
    assert store.pause("normal", first)
    assert store.pause("normal", first)  # its answer was lost
    assert not store.pause("normal", entry("lane.pause", "again"))
    (paused,) = store.paused().values()
    assert (paused.by, paused.reason) == ("thu", "đang bảo trì")
    assert abs((paused.at - datetime.datetime.now(datetime.UTC)).total_seconds()) < 10
    assert len(next(store.audit_bites(MANY), {})) == 1
    last = entry("lane.resume")
    assert store.resume("normal", last)
    assert store.resume("normal", last)
    assert not store.resume("normal", entry("lane.resume"))
    assert store.paused() == {}
    assert len(next(store.audit_bites(MANY), {})) == 2


def test_the_backlog_of_each_lane_is_told(store: JobStore, tenant: uuid.UUID) -> None:
    assert {lane: found.jobs for lane, found in store.waiting().items()} == {"high": 0, "normal": 0, "low": 0}
    old, _ = open_job(store, tenant)
    StoreView(store).date(tenant, old.id, 1_000)
    open_job(store, uuid.uuid4())
    open_job(store, tenant, lane="low")
    found = store.waiting()
    assert {lane: waiting.jobs for lane, waiting in found.items()} == {"high": 0, "normal": 2, "low": 1}
    assert found["normal"].oldest_s > 1_000_000_000
    assert found["low"].oldest_s < 60
    assert found["low"].exact


def test_of_many_open_jobs_the_oldest_are_looked_at(
    store: JobStore, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.jobs.live.lanes.MOST_LOOKED_AT", 2)
    for _ in range(3):
        open_job(store, tenant)
    assert (store.waiting()["normal"].jobs, store.waiting()["normal"].exact) == (2, False)


def test_what_is_under_way_is_added_up(store: JobStore, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    job, refs = open_job(store, tenant, 3)
    open_job(store, tenant, 2)
    open_job(store, tenant, 1, dry_run=True)
    open_job(store, uuid.uuid4(), 1)
    write(store, refs[0])
    found = store.under_way(tenant)
    assert (found.pending, found.processing, found.records, found.exact) == (1, 1, 40, True)
    monkeypatch.setattr("libs.jobs.live.open_jobs.MOST_SUMMED", 0)
    assert (store.under_way(tenant).exact, store.under_way(tenant).pending) == (False, 1)
    assert job
