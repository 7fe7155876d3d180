"""Cancelling a job, and trying its failed chunks again."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.system.api import ENDED, Stack, Tenant
from tests.system.samples import RECIPIENT
from tests.waiting import wait_until


def test_a_job_cancelled_before_it_began_writes_nothing(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()] * 2_500, background=True).json()["job_id"]
        assert tenant.act(f"/api/v1/jobs/{job_id}/cancel").status_code == 202
        again = tenant.act(f"/api/v1/jobs/{job_id}/cancel")
        assert again.status_code in (202, 409)
    job = tenant.ended(job_id)
    assert job["status"] == "cancelled"
    assert (job["records"]["cancelled"], job["records"]["created"]) == (2_500, 0)
    assert tenant.count(RECIPIENT) == 0
    after = tenant.post(RECIPIENT, [RECIPIENT.sample()])
    assert after.status_code == 201
    assert tenant.count(RECIPIENT) == 1


def test_what_was_written_before_a_cancel_stays(tenant: Tenant) -> None:
    job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()] * 5_000, background=True).json()["job_id"]
    wait_until(lambda: tenant.job(job_id)["records"]["pending"] < 5_000, 60, "the first chunk is written")
    assert tenant.act(f"/api/v1/jobs/{job_id}/cancel").status_code in (202, 409)
    job = tenant.ended(job_id)
    assert job["status"] == ("cancelled" if job["records"]["cancelled"] else "completed")
    assert job["records"]["created"] + job["records"]["cancelled"] == 5_000
    assert tenant.count(RECIPIENT) == job["records"]["created"] > 0


@pytest.mark.parametrize("call", ["cancel", "retry", "retry?strategy=transient", "retry?strategy=all"])
def test_a_completed_job_can_neither_be_cancelled_nor_retried(tenant: Tenant, call: str) -> None:
    job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["job_id"]
    assert tenant.act(f"/api/v1/jobs/{job_id}/{call}").status_code == 409
    assert tenant.job(job_id)["status"] == "completed"


def test_a_job_that_has_not_ended_cannot_be_retried(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()], background=True).json()["job_id"]
        assert tenant.act(f"/api/v1/jobs/{job_id}/retry").status_code == 409
    assert tenant.ended(job_id)["status"] == "completed"


def test_an_unknown_strategy_is_refused(tenant: Tenant) -> None:
    job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["job_id"]
    assert tenant.act(f"/api/v1/jobs/{job_id}/retry", strategy="hope").status_code in (400, 409)


def test_a_post_without_any_length_can_cancel(stack: Stack, tenant: Tenant) -> None:
    """`curl -X POST` sends neither Content-Length nor a body."""
    job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["job_id"]
    request = stack.http.build_request("POST", f"/api/v1/jobs/{job_id}/cancel", headers=tenant.bearer)
    del request.headers["Content-Length"]
    assert stack.http.send(request).status_code == 409


@contextlib.contextmanager
def database_that_refuses(stack: Stack, tenant: Tenant) -> Iterator[None]:
    """Inside the block PostgreSQL says "permission denied" to every recipient of this tenant."""
    named = "refuse_" + tenant.id.replace("-", "")
    function, table = sql.Identifier("public", named), sql.Identifier("inventory", "recipient")
    with psycopg.connect(stack.database_url) as database:
        database.execute(
            sql.SQL(
                "CREATE FUNCTION {} () RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '42501'; END $$"
            ).format(function)
        )
        database.execute(
            sql.SQL(
                "CREATE TRIGGER {} BEFORE INSERT ON {} FOR EACH ROW WHEN (NEW.tenant_id = {}) EXECUTE FUNCTION {} ()"
            ).format(sql.Identifier(named), table, sql.Literal(tenant.id), function)
        )
    try:
        yield
    finally:
        with psycopg.connect(stack.database_url) as database:
            database.execute(sql.SQL("DROP FUNCTION {} CASCADE").format(function))


def test_chunks_that_the_database_refused_are_written_once_it_is_mended(stack: Stack, tenant: Tenant) -> None:
    with database_that_refuses(stack, tenant):
        job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()] * 1_500, background=True).json()["job_id"]
        refused = wait_until(
            lambda: (job := tenant.job(job_id)) and (job["status"] in ENDED or job["chunks"]["deferred"]) and job,
            60,
            "the job meets the refusal",
        )
        assert tenant.count(RECIPIENT) == 0
    if refused["status"] in ENDED:
        assert tenant.ended(job_id)["status"] == "failed"
        assert tenant.act(f"/api/v1/jobs/{job_id}/retry", strategy="all").status_code == 202
        wait_until(lambda: tenant.job(job_id)["status"] != "failed", 30, "the job goes on")
    job = tenant.ended(job_id)
    assert (job["status"], job["records"]["created"], job["records"]["failed"]) == ("completed", 1_500, 0)
    assert tenant.count(RECIPIENT) == 1_500
