"""Schedules over HTTP and from the command line: made, seen, run, changed and deleted, each tenant its own."""

from typing import Any

import httpx
import pytest

from tests.system.api import Tenant
from tests.system.http.test_command import sluice
from tests.system.tasks.test_tasks import uploaded

PATH = "/api/v1/schedules"


def asked(tenant: Tenant, method: str, path: str, scope: str = "", body: Any = None, **query: Any) -> httpx.Response:
    """A request of the tenant's, with another scope if one is named."""
    stack = tenant.stack
    bearer = stack.bearer(stack.claims(tenant.id, scope=scope)) if scope else tenant.bearer
    return stack.http.request(method, f"{PATH}{path}", headers=bearer, json=body, params=query or None)


def wanted(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    return {"type": "analyze", "parameters": {"file_id": uploaded(tenant)}, "when": "daily 02:00", **changes}


def test_a_schedule_is_made_run_changed_and_deleted(tenant: Tenant) -> None:
    made = asked(tenant, "PUT", "/nightly", body=wanted(tenant))
    assert (made.status_code, made.headers["location"]) == (201, f"{PATH}/nightly")
    schedule = made.json()
    assert (schedule["cron"], schedule["zone"], schedule["system"]) == ("0 2 * * *", "Asia/Ho_Chi_Minh", False)
    assert schedule["next_at"].endswith("T19:00:00Z")

    run = asked(tenant, "POST", "/nightly/run", body={"reason": "to see it"})
    job = run.json()
    assert (run.status_code, job["type"], run.headers["location"]) == (202, "analyze", f"/api/v1/jobs/{job['id']}")
    assert tenant.ended(job["id"])["status"] == "completed"
    story = asked(tenant, "GET", "/nightly").json()
    assert [(fire["job_id"], fire["job_status"], fire["by"]) for fire in story["fires"]] == [
        (job["id"], "completed", "scanner-1")
    ]
    assert story["schedule"]["next_at"] == schedule["next_at"]

    changed = asked(tenant, "PUT", "/nightly", body=wanted(tenant, when="thứ hai 08:00", paused=True))
    assert (changed.status_code, changed.json()["cron"], changed.json()["next_at"]) == (200, "0 8 * * 1", None)
    assert [each["name"] for each in asked(tenant, "GET", "").json()["schedules"]] == ["nightly"]
    assert asked(tenant, "DELETE", "/nightly").status_code == 204
    assert asked(tenant, "GET", "/nightly").status_code == 404
    assert tenant.job(job["id"])["status"] == "completed"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"when": "someday"}, 422, "SCHEDULE_WHEN"), ({"when": "0 0 30 2 *"}, 422, "SCHEDULE_WHEN"),
        ({"zone": "Hanoi"}, 422, "SCHEDULE_ZONE"), ({"type": "nothing"}, 404, "TASK_TYPE_NOT_FOUND"),
        ({"parameters": {"file_id": "x"}}, 422, "TASK_PARAMETERS"), ({"parameters": {}}, 422, "TASK_PARAMETERS"),
        ({"grace_seconds": -1}, 422, "SCHEDULE_BODY"), ({"often": True}, 422, "SCHEDULE_BODY"),
        ({"when": "daily\x00 02:00"}, 422, "SCHEDULE_BODY"),
    ],
)  # fmt: skip
def test_what_can_never_run_is_refused(tenant: Tenant, changes: dict[str, Any], status: int, code: str) -> None:
    refused = asked(tenant, "PUT", "/nightly", body=wanted(tenant, **changes))
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    if code == "TASK_PARAMETERS":
        assert refused.json()["pointer"] == "/parameters/file_id"
    assert asked(tenant, "GET", "").json() == {"schedules": []}


@pytest.mark.parametrize("name", ["Nightly", "-x", "x" * 65, "a%2Fb", "%00", "a%0A"])
def test_a_name_is_plain(tenant: Tenant, name: str) -> None:
    assert asked(tenant, "PUT", f"/{name}", body=wanted(tenant)).status_code in (400, 404, 422)


def test_who_may_not_open_its_jobs_may_not_have_them_opened(tenant: Tenant) -> None:
    body = wanted(tenant)
    for scope in ("jobs:read", "jobs:read jobs:write", "system:read system:write"):
        assert asked(tenant, "PUT", "/nightly", scope, body).status_code == 403
    assert asked(tenant, "PUT", "/nightly", "ingest:write", body).status_code == 201
    for method, path in (("POST", "/nightly/run"), ("DELETE", "/nightly")):
        assert asked(tenant, method, path, "jobs:read jobs:write").status_code == 403
    assert asked(tenant, "GET", "", "ingest:write").status_code == 403
    stranger = Tenant(tenant.stack)
    assert asked(stranger, "GET", "").json() == {"schedules": []}
    for method, path in (("GET", "/nightly"), ("POST", "/nightly/run"), ("DELETE", "/nightly")):
        assert asked(stranger, method, path).status_code == 404


def test_what_concerns_no_tenant_takes_a_right_to_the_system(tenant: Tenant) -> None:
    body, name, everything = wanted(tenant), f"s-{tenant.id}", "ingest:write jobs:read system:read system:write"
    assert asked(tenant, "PUT", f"/{name}", body=body, system="true").status_code == 403
    made = asked(tenant, "PUT", f"/{name}", everything, body, system="true")
    assert (made.status_code, made.json().get("system")) == (201, True), made.text
    try:
        assert asked(tenant, "GET", "").json() == {"schedules": []}
        seen = asked(tenant, "GET", "", "system:read").json()["schedules"]
        assert name in [each["name"] for each in seen if each["system"]]
        assert asked(tenant, "GET", f"/{name}", system="true").status_code == 403
        assert asked(tenant, "GET", f"/{name}", "system:read", system="true").status_code == 200
        assert asked(tenant, "GET", f"/{name}", everything).status_code == 404
    finally:
        assert asked(tenant, "DELETE", f"/{name}", everything, system="true").status_code == 204


def test_the_command_makes_shows_pauses_runs_and_deletes_one(tenant: Tenant) -> None:
    parameters = f'{{"file_id": "{uploaded(tenant)}"}}'
    make = ("schedule", "nightly", "--type", "analyze", "--when", "daily 02:00", "--parameters", parameters)
    assert b"0 2 * * *" in sluice(tenant, *make, "--run").stdout
    shown = sluice(tenant, "schedules").stdout.decode()
    assert "nightly" in shown
    assert "daily 02:00" in shown
    assert b"paused" in sluice(tenant, "schedule", "nightly", "--pause").stdout
    assert sluice(tenant, "schedule", "nightly", "--delete").returncode == 0
    assert b"No schedules." in sluice(tenant, "schedules").stderr
