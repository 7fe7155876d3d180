"""A writer killed in the middle of a job: every accepted record is written, and none of them twice."""

import os
import signal
import uuid

import psycopg
import pytest

from tests.system.api import Stack, Tenant
from tests.system.samples import ACTIVITY, RECIPIENT
from tests.waiting import wait_until

pytestmark = pytest.mark.usefixtures("still_serving")

COUNT = 10_000


def test_many_jobs_at_once_are_all_written(tenant: Tenant, other_tenant: Tenant) -> None:
    jobs = []
    for n in range(12):
        somebody, lane = (tenant, other_tenant)[n % 2], ("high", "normal", "low")[n % 3]
        records = [RECIPIENT.sample(external_id=f"scan-{n}-{m}") for m in range(500)]
        jobs.append((somebody, somebody.post(RECIPIENT, records, background=True, lane=lane).json()["job_id"]))
    for somebody, job_id in jobs:
        assert somebody.ended(job_id)["records"]["created"] == 500
    assert (tenant.count(RECIPIENT), other_tenant.count(RECIPIENT)) == (3_000, 3_000)


def test_a_writer_killed_inside_its_transaction_costs_nothing(stack: Stack, tenant: Tenant) -> None:
    """The table is locked, so that the writers stand inside their transactions when one of them dies."""
    (target,) = tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["recipient_ids"]
    ids = [str(uuid.uuid4()) for _ in range(COUNT)]
    records = [ACTIVITY.sample(activity_id=own, recipient_ids=[target]) for own in ids]
    victim = stack.pid("writer-1")
    with psycopg.connect(stack.database_url) as database:
        database.execute("LOCK TABLE inventory.processing_activity IN EXCLUSIVE MODE")
        body = tenant.post(ACTIVITY, records, background=True).json()
        wait_until(lambda: tenant.job(body["job_id"])["chunks"]["running"] >= 2, 20, "the writers are at work")
        os.kill(victim, signal.SIGKILL)
    job = tenant.ended(body["job_id"])
    assert job["status"] == "completed"
    assert (job["records"]["total"], job["records"]["created"], job["records"]["failed"]) == (COUNT, COUNT, 0)
    assert body["activity_ids"] == ids
    assert sorted(str(row["activity_id"]) for row in tenant.rows("processing_activity")) == sorted(ids)
    assert len(tenant.rows("activity_recipient")) == COUNT
    wait_until(lambda: stack.pid("writer-1") != victim, 30, "the writer is started again")
