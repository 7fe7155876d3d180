"""What jobs count for: about what they take, and not a moment longer than they take it."""

import secrets
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.jobs import JobStatus, RecordCounts
from libs.jobs.costs import LINK_BYTES, RECORD_BYTES, chunk_bytes, places
from libs.jobs.delivering import ABORTED
from libs.jobs.server.connection import connect
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Opened, Timing
from tests.contract.job_store.support.samples import (
    CHUNK_BYTES,
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
    ref_of,
    take,
    waiting,
    write,
)
from tests.contract.job_store.support.view import StoreView
from tests.waiting import wait_until

MANY = 1_000
NEAR = (0.8, 1.25)
"""A measured job differs from what it counts for by what tables of a server grow in steps."""


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[redis.Redis]:
    """A server that holds nothing else, and neither syncs nor frees later."""
    with (
        ValkeyServer(tmp_path / "valkey", free_port()) as server,
        closing(connect(server.url, durable=False)) as client,
    ):
        client.config_set("appendfsync", "no")
        client.config_set("lazyfree-lazy-user-del", "no")
        yield client


def used(client: redis.Redis) -> int:
    """Bytes that the server's data take."""
    return int(client.info("memory")["used_memory"])


@pytest.mark.parametrize(("chunks", "payload", "keyed"), [(1, 169, False), (1, 169, True), (5, 4_000, False)])
def test_a_job_counts_for_what_it_takes(
    alone: redis.Redis, tenant: uuid.UUID, chunks: int, payload: int, keyed: bool
) -> None:
    """While it waits, and when it has ended; with its Idempotency-Key and its audit entry."""
    store, jobs = JobStore(alone, "sluice", Timing(), waitaof=False), []
    open_job(store, uuid.uuid4())
    empty = used(alone)
    for _ in range(MANY // chunks):
        jobs.append(job := new_job(tenant, total=chunks))
        mark = idempotency("processing-activities", str(uuid.uuid4()), secrets.token_hex(32)) if keyed else None
        store.open(job, [ChunkBlob(1, 0, secrets.token_bytes(payload), b"")] * chunks, mark, audit(job))
    share = store.share(tenant)
    assert NEAR[0] < (share.waiting + share.retained) / (used(alone) - empty) < NEAR[1]

    for job in jobs:
        for number in range(chunks):
            store.settle(ref_of(job, number), 0, RecordCounts(total=1, created=1), b"outcome")
        end(store, job, JobStatus.COMPLETED, RecordCounts(total=chunks, created=chunks))
    store.client.delete(store.keys.audit)
    share = store.share(tenant)
    assert share.waiting == 0
    # Tables of what is gone shrink a little later, by the server's clock.
    wait_until(lambda: NEAR[0] < share.retained / (used(alone) - empty) < NEAR[1], 10, "it counts for what it takes")


@pytest.mark.parametrize(("blob", "size", "taken"), [
    (ChunkBlob(1, 0, b"p" * 100, b"r" * 20), 120, 1),
    (ChunkBlob(2_000, 0, b"p" * 100, b""), 2_000 * RECORD_BYTES, 1),
    (ChunkBlob(10_000, 0, b"p" * 100, b""), 10_000 * RECORD_BYTES, 5),
    (ChunkBlob(1_000, 0, b"p" * 17_000, b"", links=1_000_000), 1_000 * RECORD_BYTES + 1_000_000 * LINK_BYTES, 63),
])  # fmt: skip
def test_a_chunk_counts_for_its_bytes_or_its_work(blob: ChunkBlob, size: int, taken: int) -> None:
    assert (chunk_bytes(blob), places(blob)) == (size, taken)


@pytest.mark.parametrize(("failure", "error", "kept"), [
    ("", "", 0), ("transient", "40001", CHUNK_BYTES), ("permanent", "XX000", CHUNK_BYTES), ("permanent", ABORTED, 0),
])  # fmt: skip
def test_what_a_settled_chunk_leaves_is_kept_at_the_tenants_cost(
    store: JobStore, tenant: uuid.UUID, failure: str, error: str, kept: int
) -> None:
    job, (ref,) = open_job(store, tenant)
    lease = take(store, ref)
    for _ in range(2):  # whatever is said twice
        store.settle(ref, lease.generation, FAILED, b"outcome", failure=failure, error=error)
    assert store.share(tenant).waiting == waiting((1, 0)) + kept + len(b"outcome")
    for _ in range(2):
        end(store, job, JobStatus.FAILED, FAILED)

    assert store.share(tenant).waiting == store.load().waiting == 0
    assert store.share(tenant).retained == waiting((1, 0)) - 600 + kept + len(b"outcome")
    longest_s = store.timing.failed_ttl_s if kept else store.timing.ended_ttl_s
    (goes_s,) = store.share(tenant).retaining
    ttl_s = StoreView(store).ttl_s(store.keys.job(tenant, job.id))
    assert longest_s - 10 < ttl_s <= goes_s + 1 <= longest_s * 1.02 + 2


def test_a_retry_takes_what_was_kept_back_into_the_backlog(store: JobStore, tenant: uuid.UUID) -> None:
    job = failed_job(store, tenant, ["transient", "permanent"])
    kept = store.share(tenant).retained
    entry = audit(job)
    for _ in range(2):
        store.retry(tenant, job.id, "transient", entry)

    share = store.share(tenant)
    assert share.retained == 0
    assert share.waiting == kept + 600 - len(b"outcome")  # a chunk's bytes are its payload here, and it has no outcome


def test_what_goes_counts_no_more(redis_client: redis.Redis, namespace: str, tenant: uuid.UUID) -> None:
    store = JobStore(redis_client, namespace, Timing(ended_ttl_s=1))
    job, (ref,) = open_job(store, tenant)
    write(store, ref)
    end(store, job, JobStatus.COMPLETED, CREATED)
    assert store.share(tenant).retained > 0

    wait_until(lambda: store.job(tenant, job.id) is None, 3, "Redis forgets the job")
    wait_until(lambda: store.share(tenant).retained == 0, 1, "nothing is retained")
    wait_until(lambda: StoreView(store).all_keys() == {store.keys.drain}, 3, "nothing is left")


def test_past_times_are_dropped_when_others_come(store: JobStore, tenant: uuid.UUID) -> None:
    key = store.keys.retained(tenant)
    store.client.hset(key, mapping={1_000: 5, 2_000: 7})
    failed_job(store, tenant, [""])

    assert b"1000" not in store.client.hgetall(key)
    assert len(store.client.hgetall(key)) == 1
    assert 3_600 - 10 < store.client.ttl(key) < 3_600 * 1.02 + 2
    failed_job(store, tenant, ["permanent"])
    assert store.client.ttl(key) > 7 * 86_400 - 10


def test_where_no_job_is_open_nothing_waits(store: JobStore, tenant: uuid.UUID) -> None:
    """Whatever had put the counters wrong: writers of another version, or a hand."""
    store.client.hset(store.keys.backlog, mapping={"total": 12_345, str(uuid.uuid4()): 12_345})
    lasting, (last,) = open_job(store, tenant)
    failed_job(store, tenant, [""])
    assert store.load().waiting == 12_345 + waiting((1, 1))
    write(store, last)
    end(store, lasting, JobStatus.COMPLETED, CREATED)

    assert store.load().waiting == 0
    assert StoreView(store).backlog() == {}


def test_the_time_until_enough_goes_is_told(store: JobStore, tenant: uuid.UUID) -> None:
    now_ms = int(StoreView(store).now_ms())
    store.client.hset(store.keys.retained(tenant), mapping={now_ms + 60_000: 10, now_ms + 20_000: 30, now_ms - 1: 9})
    share = store.share(tenant)

    assert share.retained == 40
    assert share.below_after_s(40) == pytest.approx(20, abs=5)
    assert share.below_after_s(10) == pytest.approx(60, abs=5)


def test_jobs_of_the_version_before_end_with_nothing_left(store: JobStore, tenant: uuid.UUID) -> None:
    """Their hashes say nothing of what they hold, and their chunks counted for their payload alone."""
    job = new_job(tenant)
    store.open(job, blobs(1), None, None)
    store.client.hdel(store.keys.job(tenant, job.id), "held")
    store.client.hset(store.keys.backlog, mapping={"total": CHUNK_BYTES, str(tenant): CHUNK_BYTES})
    other, _ = open_job(store, uuid.uuid4())
    (ref,) = StoreView(store).window(tenant)
    write(store, ref, FAILED, "transient")
    end(store, job, JobStatus.FAILED, FAILED)
    store.retry(tenant, job.id, "all", audit(job))
    store.settle(ref, 1, CREATED, b"outcome")
    end(store, job, JobStatus.COMPLETED, CREATED, generation=1)

    assert store.share(tenant).waiting == 0
    assert store.load().waiting == store.share(other.tenant_id).waiting


def test_a_job_that_is_opened_anew_and_its_key_count_once(store: JobStore, tenant: uuid.UUID) -> None:
    """PostgreSQL has lost what it had written: the same request opens it again."""
    job, mark = new_job(tenant), idempotency()
    store.open(job, blobs(1), mark, None)
    of_key = store.share(tenant).retained
    write(store, ref_of(job, 0))
    end(store, job, JobStatus.COMPLETED, CREATED)
    for _ in range(2):  # it has ended before
        store.close(end_of(job), 0, JobStatus.FAILED, FAILED, error="DATABASE_SET_BACK")
    assert store.share(tenant).retained == of_key + waiting((1, 0)) - 600 + len(b"outcome")

    assert isinstance(store.open(job, blobs(1), mark, None), Opened)
    assert store.share(tenant).retained == of_key
    assert store.share(tenant).waiting == waiting((1, 1))
