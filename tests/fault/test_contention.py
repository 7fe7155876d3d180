"""Many jobs of one tenant change the same records, each in an order of its own: all end, and nobody else waits."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.fault.running.trial import quantile, tell
from tests.system.api import Stack, Tenant
from tests.system.samples import ACTIVITY, RECIPIENT, Json
from tests.waiting import wait_until

JOBS, RECORDS, LINKS = 24, 400, 6
ENDED_S = 60.0
"""Jobs that wait for one another and never crosswise need a few seconds, on a machine that does other things too."""
NEIGHBOUR_S = 6.0
WAITING = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


def contended(names: list[str], recipients: list[str], seed: int) -> list[Json]:
    """The same records for every seed, in another order, each with another content and other links."""
    draw = random.Random(seed)
    return [
        ACTIVITY.sample(external_id=name, purpose_vi=f"Lần {seed}", recipient_ids=draw.sample(recipients, LINKS // 2))
        for name in draw.sample(names, len(names))
    ]


def deadlocks(stack: Stack) -> int:
    """How many PostgreSQL has found; a session tells when it is idle."""
    row = stack.database.execute(DEADLOCKS).fetchone()
    assert row
    return int(row["deadlocks"])


def open_jobs(stack: Stack, tenant: Tenant, ids: list[str]) -> list[str]:
    """Those of the jobs that have not ended."""
    return [job_id for job_id in ids if tenant.job(job_id)["status"] in ("pending", "processing")]


@pytest.mark.parametrize("mode", ["upsert", "insert"])
def test_the_same_records_in_any_order_end_and_hold_nobody_up(stack: Stack, mode: str) -> None:
    tenant, neighbour, before = Tenant(stack), Tenant(stack), deadlocks(stack)
    recipients = tenant.post(RECIPIENT, [RECIPIENT.sample() for _ in range(LINKS)]).json()["recipient_ids"]
    names = [f"scan-{number}" for number in range(RECORDS)]
    bodies = [contended(names, recipients, seed) for seed in range(JOBS)]
    began, waits = time.monotonic(), []
    with ThreadPoolExecutor(4) as senders:
        answers = list(senders.map(lambda body: tenant.post(ACTIVITY, body, background=True, mode=mode), bodies))
    jobs = [answer.json()["job_id"] for answer in answers]
    while open_jobs(stack, tenant, jobs):
        asked = time.monotonic()
        assert neighbour.post(RECIPIENT, [RECIPIENT.sample()]).status_code == 201
        waits.append(time.monotonic() - asked)
        assert time.monotonic() - began < ENDED_S
    took_s, ended = time.monotonic() - began, [tenant.job(job_id) for job_id in jobs]
    found = deadlocks(stack) - before
    attempts = sum(job["attempts"] for job in ended)
    tell(
        mode=mode,
        jobs=JOBS,
        attempts=attempts,
        took=f"{took_s:.1f} s",
        deadlocks=found,
        neighbour=f"{max(waits):.2f} s at most",
    )
    assert sum(job["chunks"]["failed"] for job in ended) == 0
    assert sum(job["records"]["created"] for job in ended) == RECORDS
    assert sum(job["records"]["failed"] for job in ended) == 0
    assert tenant.count(ACTIVITY) == RECORDS
    assert max(waits, default=0) < NEIGHBOUR_S
    if mode == "upsert":
        assert found == 0
        assert attempts < 2 * JOBS
        linked = "SELECT count(*) AS links FROM inventory.activity_recipient WHERE tenant_id = %s"
        assert stack.database.execute(linked, [tenant.id]).fetchone() == {"links": RECORDS * (LINKS // 2)}


def test_a_row_that_somebody_holds_keeps_one_thread_of_all_writers_waiting(stack: Stack) -> None:
    tenant, neighbour = Tenant(stack), Tenant(stack)
    names = [f"scan-{number}" for number in range(20)]
    tenant.post(ACTIVITY, [ACTIVITY.sample(external_id=name) for name in names])
    with stack.database.transaction():
        stack.database.execute("SELECT FROM inventory.processing_activity WHERE tenant_id = %s FOR UPDATE", [tenant.id])
        again = [ACTIVITY.sample(external_id=name, purpose_vi="Lần hai") for name in names]
        jobs = [tenant.post(ACTIVITY, again, background=True, mode="upsert").json()["job_id"] for _ in range(16)]
        wait_until(lambda: all(tenant.job(job_id)["attempts"] > 1 for job_id in jobs), ENDED_S, "each has met the lock")
        waits, waiting = [], []
        for _ in range(20):
            waiting.append(stack.database.execute(WAITING).rowcount)
            asked = time.monotonic()
            assert neighbour.post(ACTIVITY, [ACTIVITY.sample()]).status_code == 201
            waits.append(time.monotonic() - asked)
        tell(neighbour_of_a_held_row=f"{quantile(sorted(waits), 0.5):.2f} s median, {max(waits):.2f} s at most")
        assert max(waits) < NEIGHBOUR_S
        assert max(waiting) <= 1
        assert open_jobs(stack, tenant, jobs) == jobs
    assert {tenant.ended(job_id)["status"] for job_id in jobs} == {"completed"}
