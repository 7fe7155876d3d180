"""Others are in the way of a chunk: it gives its thread back soon, comes again for ever, and is never failed for it."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import JobStatus, NewJob
from tests.integration.writer.works import AT_THE_TABLE, Works, counted
from tests.waiting import wait_until
from tests.writing import recipient

MOST_WAIT_S = 3.0
"""A writer's `lock_timeout` is one second."""


def strikes(works: Works, ref: ChunkRef, count: int) -> None:
    """So many earlier attempts found others in their way."""
    works.desk.store.client.hset(works.view.chunk_key(ref), "strikes_contended", count)


def one(works: Works, tenant: uuid.UUID, **values: Any) -> tuple[NewJob, ChunkRef]:
    job, (ref,) = works.open(tenant, [recipient(**values)])
    return job, ref


def test_a_locked_table_is_waited_out_however_long_it_takes(works: Works, tenant: uuid.UUID) -> None:
    job, ref = one(works, tenant)
    with psycopg.connect(works.desk.database_url) as holder:
        holder.execute("LOCK TABLE inventory.recipient")
        for earlier in (0, 1_000):
            strikes(works, ref, earlier)
            began = time.monotonic()
            works.retry_now(ref) if earlier else works.handle(ref)
            assert time.monotonic() - began < MOST_WAIT_S
            put_off = works.job(job)
            assert (put_off.status, put_off.chunks.deferred, put_off.last_error) == (JobStatus.PROCESSING, 1, "55P03")
            assert works.view.due()[ref] - works.view.now_ms() <= 5_000
    works.retry_now(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.COMPLETED, {"created": 1})


@pytest.mark.parametrize("sqlstate", ["40001", "40P01", "55P03"])
def test_contention_is_never_held_against_a_chunk(works: Works, tenant: uuid.UUID, sqlstate: str) -> None:
    job, ref = one(works, tenant, contact=f"first {sqlstate}")
    strikes(works, ref, 10_000)
    works.handle(ref)
    assert works.job(job).chunks.deferred == 1
    works.retry_now(ref)
    assert counted(works.job(job)) == {"created": 1}


def test_chunks_of_a_tenant_that_met_others_go_one_at_a_time(works: Works, tenant: uuid.UUID) -> None:
    """One waits; another of the tenant is put off at once, and one of another tenant is written."""
    (first, waits), (second, comes) = one(works, tenant), one(works, tenant)
    other, free = works.open(uuid.uuid4(), [recipient()])
    for ref in (waits, comes):
        strikes(works, ref, 1)
    with psycopg.connect(works.desk.database_url) as holder, ThreadPoolExecutor(2) as threads:
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        writing = threads.submit(works.handle, waits)
        wait_until(lambda: works.desk.run(AT_THE_TABLE) == [(1,)], 10, "the first at the table")
        works.handle(comes)
        assert works.job(second).chunks.deferred == 1
        assert works.desk.run(AT_THE_TABLE) == [(1,)]
        holder.rollback()
        writing.result(timeout=10)
    works.handle(*free)
    works.retry_now(comes)
    assert [counted(works.job(job)) for job in (first, second, other)] == [{"created": 1}] * 3


def test_a_chunk_that_meets_nobody_asks_for_no_turn(works: Works, tenant: uuid.UUID) -> None:
    _, ref = one(works, tenant)
    with psycopg.connect(works.desk.database_url) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 7236492))", [tenant])
        works.handle(ref)
        assert len(works.desk.rows("inventory.recipient", tenant)) == 1


def test_rows_are_locked_in_the_order_of_their_ids(works: Works, tenant: uuid.UUID) -> None:
    """Whatever the order of the records: the row with the lowest id is held, and none of the others is locked yet."""
    ids = sorted(uuid.uuid4() for _ in range(30))
    works.desk.write(tenant, [recipient(recipient_id=own) for own in ids])
    changed = [recipient("Mới", recipient_id=own) for own in ids[1:] + ids[:1]]
    job, (ref,) = works.open(tenant, changed, mode="upsert")
    held = "SELECT FROM inventory.recipient WHERE tenant_id = %s AND recipient_id = ANY(%s) FOR UPDATE NOWAIT"
    with psycopg.connect(works.desk.database_url) as holder, ThreadPoolExecutor(1) as threads:
        assert holder.execute(held, [tenant, ids[:1]]).rowcount == 1
        writing = threads.submit(works.handle, ref)
        waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        wait_until(lambda: holder.execute(waiting).rowcount == 1, 10, "the writer at the first row")
        assert holder.execute(held, [tenant, ids[1:]]).rowcount == len(ids) - 1
        holder.rollback()
        writing.result(timeout=10)
    assert counted(works.job(job)) == {"updated": 30}
