"""Many jobs cancelled or retried at once, over HTTP."""

import uuid
from typing import Any

import httpx
import pytest

from tests.system.api import Stack, Tenant
from tests.system.http.test_command import sluice
from tests.system.samples import RECIPIENT
from tests.system.tasks.test_tasks import asked
from tests.waiting import wait_until


def bulk(tenant: Tenant, action: str, wanted: dict[str, Any], expected: int, **more: Any) -> httpx.Response:
    headers = more.pop("headers", {})
    body = {"action": action, "filter": wanted, "expected": expected, "reason": "gửi nhầm", **more}
    return asked(tenant, "bulk", body, **headers)


def waiting_batches(tenant: Tenant, count: int, **query: str) -> list[str]:
    answers = [tenant.post(RECIPIENT, [RECIPIENT.sample()], background=True, **query) for _ in range(count)]
    return [answer.json()["job_id"] for answer in answers]


def test_all_that_match_are_cancelled_by_a_job_that_says_what_became_of_them(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        high = waiting_batches(tenant, 3, lane="high")
        (other,) = waiting_batches(tenant, 1)
        wanted = {"status": ["pending", "processing"], "entity": "recipients", "lane": "high"}
        refused = bulk(tenant, "cancel", wanted, 2)
        assert (refused.status_code, refused.json()["code"]) == (409, "BULK_MORE")

        key = {"headers": {"Idempotency-Key": str(uuid.uuid4())}}
        answer = bulk(tenant, "cancel", wanted, 3, **key)
        assert answer.status_code == 202, answer.text
        task = tenant.ended(answer.json()["id"])
        assert (task["type"], task["status"], task["lane"]) == ("bulk", "completed", "normal")
        assert task["result"] == {"matched": 3, "done": 3, "skipped": 0, "failed": 0, "failures": []}
        waiting_batches(tenant, 4, lane="high")
        again = bulk(tenant, "cancel", wanted, 3, **key)  # though more match by now
        assert (again.json()["id"], again.headers["idempotent-replayed"]) == (task["id"], "true")
    for job in high:
        assert tenant.ended(job)["records"]["cancelled"] == 1
    assert tenant.ended(other)["records"]["created"] == 1

    def asked_for() -> bool:
        lines = tenant.get(f"/api/v1/jobs/{high[0]}/log").json()["lines"]
        return ("CANCEL_ASKED", "scanner-1") in [(line["code"], line["actor"]) for line in lines]

    wait_until(asked_for, 20, "a writer has put the audit trail away")
    lines = tenant.get(f"/api/v1/jobs/{task['id']}/log").json()["lines"]
    assert "3 jobs match" in [line["message"] for line in lines]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"action": "delete"}, "/action"),
        ({"filter": {"status": "lost"}}, "/filter/status"),
        ({"filter": {"type": ["nothing"]}}, "/filter/type"),
        ({"filter": {"from": "yesterday"}}, "/filter/from"),
        ({"filter": {"words": "x"}}, "/filter/words"),
        ({"expected": -1}, "/expected"),
        ({"expected": 10_000_000}, "/expected"),
        ({"reason": "two\nlines"}, ""),
        ({"before": "2026-11-25T12:00:00"}, "/before"),
    ],
)
def test_what_is_not_as_documented_is_refused(tenant: Tenant, change: dict[str, Any], pointer: str) -> None:
    answer = asked(tenant, "bulk", {"action": "cancel", "filter": {}, "expected": 1, **change})
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer), answer.text


def test_it_takes_the_right_to_cancel(stack: Stack, tenant: Tenant) -> None:
    tenant.bearer = stack.bearer(stack.claims(tenant.id, scope="ingest:write jobs:read"))
    assert bulk(tenant, "cancel", {}, 1).status_code == 403


def test_another_tenants_jobs_are_none_of_ones_own(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        (foreign,) = waiting_batches(Tenant(stack), 1)
        answer = bulk(tenant, "cancel", {}, 0)
        assert tenant.ended(answer.json()["id"])["result"]["matched"] == 0
        row = stack.database.execute("SELECT count(*) AS n FROM ingest.audit WHERE job_id = %s", [foreign]).fetchone()
        assert row == {"n": 0}


def test_the_command_asks_and_then_cancels_what_it_has_counted(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        jobs = waiting_batches(tenant, 2)
        command = ("jobs", "--status", "pending", "--cancel-all", "--reason", "gửi nhầm")
        refused = sluice(tenant, *command, given=b"n\n")
        assert b"Cancel these 2 jobs?" in refused.stderr
        assert tenant.job(jobs[0])["status"] == "pending"
        assert b"Done: 2." in sluice(tenant, *command, "--yes").stdout
    for job in jobs:
        assert tenant.ended(job)["status"] == "cancelled"
