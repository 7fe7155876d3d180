"""`open`: a job, its chunks, their due times, its audit entry and its Idempotency-Key, all of it or nothing."""

import threading
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest
import redis

from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.jobs import AuditEntry, ChunkCounts, JobStatus, RecordCounts
from libs.jobs.accepting import IDEMPOTENCY_TTL_S, TOGETHER_BYTES
from libs.jobs.scripts import Call
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Mismatch, Opened, Replay, Timing
from tests.contract.cutting_proxy import CuttingProxy
from tests.contract.job_store.support.samples import audit, blobs, idempotency, new_job, open_job, ref_of, waiting
from tests.contract.job_store.support.view import StoreView


def test_an_opened_job_is_there_with_all_its_chunks(store: JobStore, tenant: uuid.UUID) -> None:
    job, refs = open_job(store, tenant, 3)

    stored = store.job(tenant, job.id)

    assert stored is not None
    assert refs == [ref_of(job, number) for number in range(3)]
    assert (stored.status, stored.entity, stored.created_by) == (JobStatus.PENDING, "recipients", "scanner-7")
    assert stored.epoch_ms == job.epoch_ms
    assert stored.records == RecordCounts(total=30, pending=30)
    assert stored.chunks == ChunkCounts(total=3, available=3)
    assert (stored.started_at, stored.finished_at, stored.last_error, stored.cancelling) == (None, None, None, False)


def test_a_chunk_keeps_its_bytes_as_they_came(store: JobStore, tenant: uuid.UUID) -> None:
    job, chunks = new_job(tenant, total=20), blobs(2)
    store.open(job, chunks, None, None)

    for number, blob in enumerate(chunks):
        fields = StoreView(store).chunk(ref_of(job, number))
        assert (fields["payload"], fields["rejects"]) == (blob.payload, blob.rejects)
        assert (int(fields["records"]), int(fields["rejected"])) == (blob.records, blob.rejected)


def test_what_is_handed_out_is_due_after_the_grace(store: JobStore, tenant: uuid.UUID) -> None:
    view = StoreView(store)
    before = view.now_ms()
    _, refs = open_job(store, tenant, 2)
    after = view.now_ms()

    due = view.due()

    assert due.keys() == set(refs) == view.window(tenant)
    assert all(before - 1 <= at - store.timing.grace_ms <= after for at in due.values())


def test_what_exceeds_the_window_waits_in_the_jobs_turn(
    redis_client: redis.Redis, namespace: str, tenant: uuid.UUID
) -> None:
    store = JobStore(redis_client, namespace, Timing(window_chunks=2))
    job, refs = open_job(store, tenant, 5)
    view = StoreView(store)

    assert refs == [ref_of(job, 0), ref_of(job, 1)]
    assert view.todo(tenant, job.id) == [2, 3, 4]
    assert view.waiting(tenant) == [job.id]
    assert view.due().keys() == view.window(tenant) == set(refs)


def test_the_backlog_grows_by_jobs_payloads_and_rejects(store: JobStore, tenant: uuid.UUID) -> None:
    other = uuid.uuid4()
    open_job(store, tenant, 3)
    open_job(store, other, 2)

    assert StoreView(store).backlog() == {
        "total": waiting((3, 3), (2, 2)), str(tenant): waiting((3, 3)), str(other): waiting((2, 2))
    }  # fmt: skip
    assert store.load().waiting == waiting((3, 3), (2, 2))
    assert store.share(tenant).waiting == waiting((3, 3))


def test_the_audit_entry_comes_with_the_job(store: JobStore, tenant: uuid.UUID) -> None:
    job = new_job(tenant)
    entry = audit(job)
    store.open(job, blobs(1), None, entry)

    raw = store.client.hgetall(store.keys.audit)

    assert list(raw) == [str(entry.id).encode()]
    assert msgspec.json.decode(raw[str(entry.id).encode()], type=AuditEntry) == entry


def test_the_same_request_replays_its_job(store: JobStore, tenant: uuid.UUID) -> None:
    job, again, mark = new_job(tenant), new_job(tenant), idempotency()
    assert isinstance(store.open(job, blobs(1), mark, None), Opened)
    keys = StoreView(store).all_keys()

    assert store.known(tenant, mark) == Replay(job.id)
    assert store.open(again, blobs(1), mark, audit(again)) == Replay(job.id)

    assert StoreView(store).all_keys() == keys
    assert store.load().waiting == waiting((1, 1))


def test_a_job_of_the_same_id_is_replayed_once_its_key_is_forgotten(store: JobStore, tenant: uuid.UUID) -> None:
    job, mark = new_job(tenant), idempotency()
    store.open(job, blobs(1), mark, None)
    store.client.delete(store.keys.idempotency(tenant, mark.route, mark.key))

    assert store.open(job, blobs(1), mark, None) == Replay(job.id)
    assert store.load().waiting == waiting((1, 1))


def test_the_same_key_with_another_body_is_a_mismatch(store: JobStore, tenant: uuid.UUID) -> None:
    mark = idempotency(fingerprint="f1")
    other = idempotency(key=mark.key, fingerprint="f2")
    store.open(new_job(tenant), blobs(1), mark, None)
    keys = StoreView(store).all_keys()

    assert store.known(tenant, other) == Mismatch()
    assert store.open(new_job(tenant), blobs(1), other, None) == Mismatch()

    assert StoreView(store).all_keys() == keys


def test_a_key_counts_for_its_tenant_and_route_only(store: JobStore, tenant: uuid.UUID) -> None:
    mark, other_tenant = idempotency(route="recipients"), uuid.uuid4()
    other_route = idempotency(route="data-transfers", key=mark.key, fingerprint="f2")
    store.open(new_job(tenant), blobs(1), mark, None)

    assert store.known(other_tenant, mark) is None
    assert isinstance(store.open(new_job(other_tenant), blobs(1), mark, None), Opened)
    assert isinstance(store.open(new_job(tenant), blobs(1), other_route, None), Opened)


def test_a_key_is_kept_longer_than_a_day(store: JobStore, tenant: uuid.UUID) -> None:
    mark = idempotency(key="anything at all: {*} ' \\ ~")
    store.open(new_job(tenant), blobs(1), mark, None)

    ttl_s = StoreView(store).ttl_s(store.keys.idempotency(tenant, mark.route, mark.key))

    assert 24 * 3600 < IDEMPOTENCY_TTL_S - 60 <= ttl_s <= IDEMPOTENCY_TTL_S


@pytest.mark.parametrize("keyed", [True, False])
def test_a_lost_answer_opens_nothing_twice_and_is_no_replay(
    store: JobStore, namespace: str, tenant: uuid.UUID, valkey: ValkeyServer, keyed: bool
) -> None:
    open_job(store, tenant)  # the script is known to the server from here on
    job, entry = new_job(tenant, total=20), audit(new_job(tenant))
    with CuttingProxy(valkey.url, cut_answer_to=str(job.id).encode()) as proxy:
        client = connect(proxy.url)
        answer = JobStore(client, namespace, Timing()).open(job, blobs(2), idempotency() if keyed else None, entry)
        client.close()

    assert proxy.cuts == 1
    assert isinstance(answer, Opened)
    assert store.load().waiting == waiting((1, 1), (2, 2))
    assert StoreView(store).todo(tenant, job.id) == []
    assert set(StoreView(store).due()) >= {ref_of(job, 0), ref_of(job, 1)}


def test_a_dry_run_is_not_among_the_tenants_jobs(store: JobStore, tenant: uuid.UUID) -> None:
    dry, _ = open_job(store, tenant, dry_run=True)
    real, _ = open_job(store, tenant)

    assert store.client.zcard(store.keys.open_list(tenant, "pending", real.entity)) == 1
    assert (stored := store.job(tenant, dry.id)) is not None
    assert stored.dry_run


def test_scripts_that_the_server_forgot_are_loaded_again(store: JobStore, tenant: uuid.UUID) -> None:
    open_job(store, tenant)
    store.client.script_flush()
    job, refs = open_job(store, tenant)

    assert refs == [ref_of(job, 0)]
    assert store.load().waiting == waiting((1, 1), (1, 1))


THREADS = 40


def test_what_many_threads_open_is_each_ones_own(
    store: JobStore, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some of what is sent at once goes together; each is there once, with the answer that is its own."""
    store.open(new_job(tenant), blobs(1), idempotency(key="known"), None)
    ready, sizes, run = threading.Barrier(THREADS), list[int](), store._run_durably

    def counted(calls: Sequence[Call]) -> list[Any]:
        sizes.append(len(calls))
        return run(calls)

    def begin(number: int) -> Any:
        job, other = new_job(tenant), idempotency(key="known", fingerprint=f"other {number}")
        ready.wait(10)
        return job, store.open(job, blobs(2), other if number % 10 == 0 else None, audit(job))

    monkeypatch.setattr(store._group, "_run", counted)
    with ThreadPoolExecutor(THREADS) as threads:
        answers = list(threads.map(begin, range(THREADS)))

    assert sum(sizes) == THREADS
    assert max(sizes) > 1
    for number, (job, answer) in enumerate(answers):
        stored = store.job(tenant, job.id)
        if number % 10 == 0:
            assert (type(answer), stored) == (Mismatch, None)
        else:
            assert stored is not None
            assert {ref.job_id for ref in answer.refs} <= {job.id}


@pytest.mark.parametrize(("bytes_more", "goes_alone"), [(0, False), (1, True)])
def test_a_job_that_stores_much_goes_alone(
    store: JobStore, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch, bytes_more: int, goes_alone: bool
) -> None:
    asked = list[bool]()
    ask = store._group.ask
    monkeypatch.setattr(store._group, "ask", lambda call, *, alone: (asked.append(alone), ask(call, alone=alone))[1])
    large = ChunkBlob(records=1, rejected=0, payload=b"x" * TOGETHER_BYTES, rejects=b"y" * bytes_more)
    assert isinstance(store.open(new_job(tenant), [large], None, None), Opened)
    assert asked == [goes_alone]


def test_scripts_that_the_server_does_not_know_are_brought_to_it(store: JobStore, tenant: uuid.UUID) -> None:
    store.client.script_flush()
    with ThreadPoolExecutor(THREADS) as threads:
        jobs = [job for job, _ in threads.map(lambda _: open_job(store, tenant), range(THREADS))]
    assert all(store.job(tenant, job.id) for job in jobs)
