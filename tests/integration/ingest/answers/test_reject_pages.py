"""Rejected records, page by page: all of them, once, from whichever store, and never more than a page is held."""

import tracemalloc
import uuid
from collections.abc import Iterator
from itertools import chain

import psycopg
import pytest
import redis
from psycopg_pool import ConnectionPool

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.chunks import REJECTS_PAGE, REJECTS_PAGE_BYTES, ChunkRef, Fault, Outcome, Reject
from libs.contracts.jobs import Job, NewJob, RecordCounts
from libs.database.reader import JobReader
from libs.jobs.payload import pack_outcome, pack_rejects
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Opened
from libs.lookup.outcomes.rejects import RejectPages
from services.writer.inventory.copy import store_rejects
from tests.contract.job_store.support.samples import new_job, take
from tests.servers import cloned_database

FAULTS = [Fault("REQUIRED", "/name_vi"), Fault("TOO_LONG", "/contact", {"max": 4_000})]


@pytest.fixture(scope="module")
def pool(postgres: PostgresServer, template: str) -> Iterator[ConnectionPool]:
    with cloned_database(postgres.url, template) as url, ConnectionPool(url, min_size=1, open=True) as pool:
        yield pool


@pytest.fixture
def pages(store: JobStore, pool: ConnectionPool) -> RejectPages:
    return RejectPages(store, JobReader(pool))


def rejects(first: int, end: int, *, raw: bytes = b"{}") -> list[Reject]:
    """Every second record."""
    return [Reject(index, "validate", FAULTS, raw, None, f"scan-{index}") for index in range(first, end, 2)]


def opened(
    store: JobStore, tenant: uuid.UUID, sizes: list[int], *, dry_run: bool = False
) -> tuple[NewJob, list[ChunkRef]]:
    """A job of chunks of these sizes, half of whose records are rejects."""
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    job = new_job(tenant, total=ends[-1], dry_run=dry_run)
    refused = [rejects(end - size, end) for size, end in zip(sizes, ends, strict=True)]
    blobs = [ChunkBlob(size, len(bad), b"p", pack_rejects(bad)) for size, bad in zip(sizes, refused, strict=True)]
    answer = store.open(job, blobs, None, None)
    assert isinstance(answer, Opened)
    return job, answer.refs


def stored(pool: ConnectionPool, ref: ChunkRef, some: list[Reject]) -> None:
    """Put rejects where the writer puts them."""
    with pool.connection() as connection:
        store_rejects(connection, ref, some)


def settled(store: JobStore, pool: ConnectionPool, ref: ChunkRef, first: int, end: int) -> None:
    """A chunk that is written, its rejects in PostgreSQL."""
    stored(pool, ref, rejects(first, end))
    bad = len(rejects(first, end))
    counts = RecordCounts(total=end - first, created=end - first - bad, rejected=bad)
    store.settle(ref, take(store, ref).generation, counts, b"outcome")


def read(store: JobStore, job: NewJob) -> Job:
    found = store.job(job.tenant_id, job.id)
    assert found
    return found


def indexes(some: Iterator[list[Reject]]) -> list[int]:
    return [reject.index for reject in chain.from_iterable(some)]


@pytest.mark.parametrize("done", [(), (0,), (1,), (0, 1), (1, 2), (0, 2), (0, 1, 2)])
def test_all_rejects_come_once_whichever_chunks_are_settled(
    store: JobStore, pool: ConnectionPool, pages: RejectPages, tenant: uuid.UUID, done: tuple[int, ...]
) -> None:
    sizes = [5, 2 * REJECTS_PAGE + 1, 4]
    job, refs = opened(store, tenant, sizes)
    ends = [5, 2 * REJECTS_PAGE + 6, 2 * REJECTS_PAGE + 10]
    for number in done:
        settled(store, pool, refs[number], ends[number] - sizes[number], ends[number])
    expected = [reject.index for size, end in zip(sizes, ends, strict=True) for reject in rejects(end - size, end)]
    for raw in (True, False):
        assert indexes(pages.of(read(store, job), raw=raw)) == expected
    for after in (-1, 0, 3, 4, 5, ends[1] - 1, ends[2] - 1, ends[2]):
        assert indexes(pages.of(read(store, job), after=after, raw=False)) == [i for i in expected if i > after]
    every = list(pages.of(read(store, job), raw=True))
    assert max(map(len, every)) <= REJECTS_PAGE
    assert [reject for page in every for reject in page] == [rejects(index, index + 1)[0] for index in expected]


def test_a_chunk_that_settles_while_it_is_read_is_seen_all_the_same(
    store: JobStore, pool: ConnectionPool, pages: RejectPages, tenant: uuid.UUID
) -> None:
    size = 4 * REJECTS_PAGE
    job, (ref,) = opened(store, tenant, [size])
    reading = pages.of(read(store, job), raw=True)
    first = next(reading)
    settled(store, pool, ref, 0, size)
    assert [reject.index for reject in first] + indexes(reading) == list(range(0, size, 2))


def test_a_job_that_redis_has_forgotten_is_read_from_postgresql(
    store: JobStore, pool: ConnectionPool, pages: RejectPages, tenant: uuid.UUID, redis_client: redis.Redis
) -> None:
    job, (ref,) = opened(store, tenant, [9])
    settled(store, pool, ref, 0, 9)
    known = read(store, job)
    redis_client.delete(*redis_client.scan_iter(f"{store.keys.job(job.tenant_id, job.id)}*"))
    assert indexes(pages.of(known, raw=True)) == [0, 2, 4, 6, 8]


def test_a_page_of_postgresql_is_bounded_in_bytes_and_holds_one_record_at_least(
    pool: ConnectionPool, pages: RejectPages, tenant: uuid.UUID, store: JobStore, redis_client: redis.Redis
) -> None:
    """Where what came is not asked for, it is not read."""
    job, (ref,) = opened(store, tenant, [40])
    known = read(store, job)
    raw = b"x" * (REJECTS_PAGE_BYTES // 4)
    stored(pool, ref, [*rejects(0, 38, raw=raw), Reject(39, "validate", FAULTS, b"x" * 2 * REJECTS_PAGE_BYTES)])
    redis_client.delete(*redis_client.scan_iter(f"{store.keys.job(job.tenant_id, job.id)}*"))
    with_raw = list(pages.of(known, raw=True))
    assert [reject.index for page in with_raw for reject in page] == [*range(0, 38, 2), 39]
    sizes = [sum(len(reject.raw) for reject in page) for page in with_raw]
    assert max(sizes[:-1]) <= REJECTS_PAGE_BYTES + len(raw)
    (bare,) = pages.of(known, raw=False)
    assert (len(bare), {reject.raw for reject in bare}) == (20, {b""})


def test_a_dry_runs_rejects_are_both_validations_and_the_writers(
    store: JobStore, pages: RejectPages, tenant: uuid.UUID
) -> None:
    size = 4 * REJECTS_PAGE
    job, (ref, _) = opened(store, tenant, [size, 3], dry_run=True)
    late = [Reject(index, "reference", FAULTS[:1], b"") for index in range(1, size, 2)]
    counts = RecordCounts(total=size, rejected=size)
    store.settle(ref, take(store, ref).generation, counts, pack_outcome(Outcome(1, late)))
    assert indexes(pages.of(read(store, job), raw=True)) == [*range(size), size, size + 2]


def test_a_reader_holds_a_page_and_not_the_job(
    store: JobStore, pool: ConnectionPool, pages: RejectPages, tenant: uuid.UUID, redis_client: redis.Redis
) -> None:
    job, (ref,) = opened(store, tenant, [4_000])
    known = read(store, job)
    raw = b"x" * 10_000
    stored(pool, ref, rejects(0, 4_000, raw=raw))
    redis_client.delete(*redis_client.scan_iter(f"{store.keys.job(job.tenant_id, job.id)}*"))
    list(pages.of(known, after=3_990, raw=True))
    tracemalloc.start()
    try:
        total = sum(len(reject.raw) for page in pages.of(known, raw=True) for reject in page)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert total == 2_000 * len(raw)
    assert peak < 6 * REJECTS_PAGE_BYTES


def test_another_tenant_reads_nothing(pool: ConnectionPool, tenant: uuid.UUID) -> None:
    """The reader goes by the tenant that is asked for, whoever owns the rows."""
    job = uuid.uuid4()
    stored(pool, ChunkRef(uuid.uuid4(), job, 0, "normal"), rejects(0, 9))
    with pool.connection() as connection, connection.cursor() as cursor:
        assert cursor.execute("SELECT count(*) FROM ingest.reject WHERE job_id = %s", [job]).fetchone() == (5,)
    assert JobReader(pool).rejects(tenant, job, after=-1, before=100, raw=True) == []


def test_postgresql_that_is_away_is_an_error_and_no_end(store: JobStore, tenant: uuid.UUID) -> None:
    with ConnectionPool(
        "host=127.0.0.1 port=1 connect_timeout=1", min_size=0, max_size=1, timeout=0.2, open=True
    ) as nothing:
        pages = RejectPages(store, JobReader(nothing))
        job, _ = opened(store, tenant, [5])
        assert indexes(pages.of(read(store, job), raw=True)) == [0, 2, 4]
        with pytest.raises(psycopg.Error):
            list(pages.of(read(store, new_known(store, tenant)), raw=True))


def new_known(store: JobStore, tenant: uuid.UUID) -> NewJob:
    """A job whose only chunk is settled."""
    job, (ref,) = opened(store, tenant, [5])
    counts = RecordCounts(total=5, created=2, rejected=3)
    store.settle(ref, take(store, ref).generation, counts, b"outcome")
    return job
