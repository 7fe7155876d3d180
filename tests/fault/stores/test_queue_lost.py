"""Redis loses everything while jobs are open: Sluice says so, nothing hangs, and a repeat writes what is missing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from tests.system.api import Stack, Tenant
from tests.system.samples import ACTIVITY, RECIPIENT
from tests.waiting import wait_until

KNOWN_TO_POSTGRES_S = 20.0
"""A job is known to PostgreSQL about a second after its acceptance; generous for a busy machine."""
ENDED_AS_LOST_S = 45.0
"""Lost jobs are looked for every 5 s, once they are 5 s old."""


def lose_everything(stack: Stack) -> None:
    """Empty Redis."""
    with redis.Redis.from_url(stack.described()["redis_url"]) as client:
        client.flushall()


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process does not move inside the block."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def known_to_postgres(stack: Stack, job_id: str) -> bool:
    return bool(stack.database.execute("SELECT 1 FROM ingest.job WHERE job_id = %s", [job_id]).fetchone())


def nameless(count: int) -> list[dict[str, str]]:
    """Records that nothing but their place in the batch can tell apart."""
    return [{"name_vi": "Không tên", "recipient_type": "internal"} for _ in range(count)]


def test_a_lost_job_fails_with_a_reason_and_its_repeat_writes_what_is_missing(stack: Stack) -> None:
    tenant = Tenant(stack)
    key = {"Idempotency-Key": "after the flood"}
    total = 10_000  # five chunks: more than the one writer that moves has threads, so that some are not begun
    records = [{"activity_name_vi": "Không tên", "legal_basis": "consent"} for _ in range(total)]
    with stopped(stack.pid("writer-2")), stack.database.transaction():
        # Nobody can write while this lock is held, so the job stays open until Redis has lost it.
        stack.database.execute("LOCK TABLE inventory.processing_activity IN EXCLUSIVE MODE")
        job_id = tenant.post(ACTIVITY, records, background=True, headers=key).json()["job_id"]
        wait_until(lambda: known_to_postgres(stack, job_id), KNOWN_TO_POSTGRES_S, "PostgreSQL knows the job")
        lose_everything(stack)
    wait_until(lambda: tenant.job(job_id)["status"] == "failed", ENDED_AS_LOST_S, "the lost job ends")
    lost = tenant.ended(job_id)
    assert lost["last_error"] == "QUEUE_LOST"
    assert lost["records"]["created"] == tenant.count(ACTIVITY)
    assert lost["records"]["failed"] == total - lost["records"]["created"] > 0

    repeat = tenant.post(ACTIVITY, records, background=True, headers=key)
    assert repeat.status_code == 202
    assert repeat.json()["job_id"] == job_id
    assert tenant.ended(job_id)["status"] == "completed"
    assert tenant.job(job_id)["records"]["created"] == tenant.count(ACTIVITY) == total


def test_a_written_job_is_recognised_after_redis_has_forgotten_it(stack: Stack) -> None:
    tenant = Tenant(stack)
    key = {"Idempotency-Key": "written before"}
    first = tenant.post(RECIPIENT, nameless(50), headers=key).json()
    lose_everything(stack)
    again = tenant.post(RECIPIENT, nameless(50), headers=key)
    assert again.status_code == 201
    assert again.json()["recipient_ids"] == first["recipient_ids"]
    assert again.json()["job_id"] == first["job_id"]
    assert tenant.count(RECIPIENT) == 50
