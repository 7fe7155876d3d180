"""Jobs of more than one batch over HTTP: opened, followed, found, cancelled and retried as every other job."""

import json
import uuid
from typing import Any

import httpx
import pytest

from tests.system.api import Stack, Tenant
from tests.system.jobs.test_jobs import JOB_MEMBERS, PROGRESS_MEMBERS, without_request_id
from tests.system.samples import RECIPIENT, Json
from tests.waiting import wait_until

CSV = "external_id,name_vi,recipient_type\n" + "".join(f"r-{n},Công ty {n},processor\n" for n in range(300))


def uploaded(tenant: Tenant, content: str = CSV, name: str = "Sổ đối tác.csv") -> str:
    answer = tenant.stack.http.post(
        "/api/v1/files", files={"file": (name, content.encode(), "text/csv")}, headers=tenant.bearer
    )
    assert answer.status_code == 201, answer.text
    file_id: str = answer.json()["id"]
    return file_id


def asked(tenant: Tenant, kind: str, body: Any, **headers: str) -> httpx.Response:
    return tenant.stack.http.post(f"/api/v1/jobs/{kind}", json=body, headers={**tenant.bearer, **headers})


def opened(tenant: Tenant, kind: str = "analyze", **parameters: Any) -> str:
    answer = asked(tenant, kind, parameters or {"file_id": uploaded(tenant)})
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["id"]
    return job_id


def listed(tenant: Tenant, query: str) -> list[str]:
    answer = tenant.get(f"/api/v1/jobs?{query}")
    assert answer.status_code == 200, answer.text
    return [job["id"] for job in answer.json()["jobs"]]


def test_a_task_is_a_job_like_any_other(tenant: Tenant) -> None:
    file_id = uploaded(tenant)
    answer = asked(tenant, "analyze", {"file_id": file_id})
    body = answer.json()
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/jobs/{body['id']}")
    assert int(answer.headers["retry-after"]) >= 1
    job = tenant.ended(body["id"])
    assert job.keys() >= JOB_MEMBERS
    assert (job["type"], job["status"], job["progress"], job["entity"]) == ("analyze", "completed", 100, None)
    assert (job["parameters"]["file_id"], job["result"]["rows"]) == (file_id, 300)
    assert job["created_by"] == "scanner-1"
    progress = tenant.get(job["links"]["progress"]).json()
    assert progress.keys() >= PROGRESS_MEMBERS
    assert (progress["progress"], progress["status"]) == (100, "completed")
    assert progress["message"] != progress["message_vi"]
    etag = tenant.get(job["links"]["self"]).headers["etag"]
    assert tenant.get(job["links"]["self"], headers={"If-None-Match": etag}).status_code == 304
    for part in ("errors", "ids"):
        assert [] in tenant.get(job["links"][part]).json().values()


def test_its_story_is_told_in_two_languages(tenant: Tenant) -> None:
    job_id = opened(tenant)
    tenant.ended(job_id)
    lines = tenant.get(f"/api/v1/jobs/{job_id}/log").json()["lines"]
    codes = [line["code"] for line in lines]
    assert (codes[0], codes[1], codes[-1]) == ("OPENED", "CLAIMED", "ENDED_COMPLETED")
    assert "STAGE" in codes
    assert lines[0]["actor"] == "scanner-1"
    assert all(line["message"] and line["message"] != line["message_vi"] for line in lines)
    assert [line["seq"] for line in lines] == sorted(line["seq"] for line in lines)


def test_a_batch_has_a_story_too(tenant: Tenant) -> None:
    job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["job_id"]
    answer = tenant.stack.http.post(f"/api/v1/jobs/{job_id}/retry", json={"reason": "x"}, headers=tenant.bearer)
    assert answer.status_code == 409
    lines = tenant.get(f"/api/v1/jobs/{job_id}/log").json()["lines"]
    assert [line["code"] for line in lines] == ["OPENED", "CLAIMED", "ENDED_COMPLETED"]


def test_the_same_key_is_the_same_job(tenant: Tenant) -> None:
    file_id = uploaded(tenant)
    first, again = (asked(tenant, "analyze", {"file_id": file_id}, **{"Idempotency-Key": "look-1"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["id"] == again.json()["id"]
    assert (first.headers.get("idempotent-replayed"), again.headers["idempotent-replayed"]) == (None, "true")
    other = asked(tenant, "analyze", {"file_id": file_id, "samples": True}, **{"Idempotency-Key": "look-1"})
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_MISMATCH")


def test_one_request_brings_the_file_and_what_is_to_be_done_with_it(tenant: Tenant) -> None:
    def posted(content: str) -> httpx.Response:
        return tenant.stack.http.post(
            "/api/v1/jobs/load", files={"file": ("a.csv", content.encode(), "text/csv")},
            data={"entity": "recipients", "mode": "upsert"}, headers={**tenant.bearer, "Idempotency-Key": "k"},
        )  # fmt: skip

    first, again, other = posted(CSV), posted(CSV), posted(CSV + "x,y,processor\n")
    assert (first.status_code, again.status_code, other.status_code) == (202, 202, 422), first.text
    assert first.json()["id"] == again.json()["id"]
    job = tenant.ended(first.json()["id"])
    assert (job["status"], job["mode"], job["entity"]) == ("completed", "upsert", "recipients")
    assert job["records"]["created"] == tenant.count(RECIPIENT) == 300
    files = tenant.get("/api/v1/files").json()["files"]
    assert [file["id"] for file in files] == [job["parameters"]["file_id"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/file_id"), ({"file_id": "x"}, "/file_id"), ({"file_id": str(uuid.uuid4()), "colour": 1}, "/colour"),
        ({"file_id": str(uuid.uuid4()), "source": {"delimiterr": ";"}}, "/source/delimiterr"),
        ({"file_id": str(uuid.uuid4()), "source": {"sheet": "a\0b"}}, "/source/sheet"), ([], ""),
    ],
)  # fmt: skip
def test_what_does_not_belong_is_refused_with_a_pointer(tenant: Tenant, body: Any, pointer: str) -> None:
    answer = asked(tenant, "analyze", body)
    assert (answer.status_code, answer.json()["pointer"]) == (422, pointer)
    assert answer.json()["detail"] != answer.json()["detail_vi"]
    assert listed(tenant, "") == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{", {"Content-Type": "application/json"}, 400), (b"\xff", {"Content-Type": "application/json"}, 400),
        (b"[" * 100_000, {"Content-Type": "application/json"}, 422), (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": "application/json", "Content-Encoding": "br"}, 415),
        (b" " * 5_000_000, {"Content-Type": "application/json"}, 413),
    ],
)  # fmt: skip
def test_a_body_that_is_none_is_refused(tenant: Tenant, body: bytes, headers: dict[str, str], status: int) -> None:
    answer = tenant.stack.http.post("/api/v1/jobs/analyze", content=body, headers={**tenant.bearer, **headers})
    assert answer.status_code == status, answer.text


def test_an_unknown_type_is_not_found(tenant: Tenant) -> None:
    answer = asked(tenant, "dance", {})
    assert (answer.status_code, answer.json()["code"]) == (404, "TASK_TYPE_NOT_FOUND")
    assert tenant.get("/api/v1/jobs/dance").status_code == 404
    assert tenant.stack.http.post("/api/v1/jobs/dance", json={}).status_code == 401
    options = tenant.stack.http.options("/api/v1/jobs/analyze")
    assert (options.status_code, options.headers["allow"]) == (204, "OPTIONS, POST")


def test_a_type_needs_its_scope(stack: Stack, tenant: Tenant) -> None:
    readers = stack.bearer(stack.claims(tenant.id, scope="jobs:read jobs:write"))
    answer = stack.http.post("/api/v1/jobs/analyze", json={"file_id": str(uuid.uuid4())}, headers=readers)
    assert (answer.status_code, answer.json()["code"]) == (403, "WRONG_SCOPE")


def test_a_task_that_fails_says_why_and_is_retried_with_a_reason(tenant: Tenant) -> None:
    job_id = opened(tenant, file_id=str(uuid.uuid4()))
    failed = tenant.ended(job_id)
    assert (failed["status"], failed["last_error"], failed["result"]) == ("failed", "FILE_NOT_FOUND", None)
    assert failed["error"]
    assert failed["error"] != failed["error_vi"]
    reason = {"reason": "tệp đã được gửi lại"}
    answer = tenant.stack.http.post(f"/api/v1/jobs/{job_id}/retry", json=reason, headers=tenant.bearer)
    assert (answer.status_code, answer.headers["location"]) == (202, f"/api/v1/jobs/{job_id}")
    again = wait_until(lambda: (job := tenant.job(job_id))["attempts"] == 2 and job["finished_at"] and job, 30, "again")
    assert again["status"] == "failed"
    lines = tenant.get(f"/api/v1/jobs/{job_id}/log").json()["lines"]
    assert [line["message_vi"] for line in lines if line["code"] == "RETRY_ASKED"] == [
        f"Có yêu cầu chạy lại. {reason['reason']}"
    ]
    completed = opened(tenant)
    tenant.ended(completed)
    for call in ("retry", "cancel"):
        refused = tenant.act(f"/api/v1/jobs/{completed}/{call}")
        assert (refused.status_code, refused.json()["code"]) == (409, "JOB_STATE")


@pytest.mark.parametrize("reason", ["x" * 501, "a\nb", "a\0b", 7, None, ["a"]])
def test_a_reason_is_one_short_line(tenant: Tenant, reason: Any) -> None:
    job_id = opened(tenant, file_id=str(uuid.uuid4()))
    answer = tenant.stack.http.post(
        f"/api/v1/jobs/{job_id}/cancel", content=json.dumps({"reason": reason}),
        headers={**tenant.bearer, "Content-Type": "application/json"},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (422, "REASON_UNFIT")


def test_why_a_batch_was_cancelled_is_in_its_story_and_in_the_trail(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()], background=True).json()["job_id"]
        answer = stack.http.post(f"/api/v1/jobs/{job_id}/cancel", json={"reason": "nhầm"}, headers=tenant.bearer)
        assert answer.status_code == 202
    tenant.ended(job_id)

    def told() -> list[Json]:
        lines = tenant.get(f"/api/v1/jobs/{job_id}/log").json()["lines"]
        return [line for line in lines if line["code"] == "CANCEL_ASKED"]

    (line,) = wait_until(told, 20, "the trail has it")
    assert (line["actor"], line["message_vi"]) == ("scanner-1", "Có yêu cầu hủy. nhầm")
    query = "SELECT reason FROM ingest.audit WHERE job_id = %s AND action = 'job.cancel'"
    assert stack.database.execute(query, [job_id]).fetchall() == [{"reason": "nhầm"}]


def test_a_list_finds_what_is_asked_for(tenant: Tenant) -> None:
    batch = tenant.post(RECIPIENT, [RECIPIENT.sample(), {"external_id": "kẻ-lạ-7"}], lane="high").json()["job_id"]
    analyze, failed = opened(tenant), opened(tenant, file_id=str(uuid.uuid4()))
    load = opened(tenant, "load", file_id=uploaded(tenant, name="Danh bạ.csv"), entity="recipients", lane="low")
    for job_id in (batch, analyze, failed, load):
        tenant.ended(job_id)
    everything = [load, failed, analyze, batch]
    for query, found in {
        "": everything,
        "limit=2": everything[:2],
        "type=write": [batch],
        "type=analyze&type=write": [failed, analyze, batch],
        "status=failed": [failed],
        "status=failed&status=completed": everything,
        "entity=recipients": [load, batch],
        "lane=high": [batch],
        "lane=low&lane=normal": [load, failed, analyze],
        "q=file_not": [failed],
        "q=danh b%E1%BA%A1": [load],
        "q=scanner-1": everything,
        "q=k%E1%BA%BB-l%E1%BA%A1-7": [batch],
        "q=required": [batch],
        "q=nothing-of-it": [],
        "from=2020-01-01T00:00:00Z&to=2021-01-01T00:00:00%2B07:00": [],
        f"to={tenant.job(analyze)['created_at'].replace('+', '%2B')}": [analyze, batch],
        f"from={tenant.job(failed)['created_at'].replace('+', '%2B')}": [load, failed],
        f"parent={analyze}": [],
    }.items():
        assert listed(tenant, query) == found, query
    pages = tenant.pages("/api/v1/jobs", limit=1)
    assert [job["id"] for page in pages for job in page] == everything
    assert all(job["result"] is None for page in pages for job in page)
    children = listed(tenant, f"parent={load}")
    assert len(children) == 1
    child = tenant.job(children[0])
    assert (child["type"], child["parent_id"]) == ("write", load)
    assert listed(tenant, f"parent={load}&status=failed") == []


@pytest.mark.parametrize(
    "query",
    ["type=dance", "lane=fast", "from=yesterday", "to=2026-01-01", "q=", "q=%00", "parent=x", "q=" + "x" * 256,
     "from=1", "type=write&type=dance", "from=9999-12-31T23:59:59-23:59", "q=a&q=b"],
)  # fmt: skip
def test_a_filter_that_is_none_is_refused(tenant: Tenant, query: str) -> None:
    assert tenant.get(f"/api/v1/jobs?{query}").status_code == 400


def test_a_token_of_another_list_is_refused(tenant: Tenant, other_tenant: Tenant) -> None:
    for _ in range(2):
        opened(tenant, file_id=str(uuid.uuid4()))
        opened(other_tenant, file_id=str(uuid.uuid4()))
    token = tenant.get("/api/v1/jobs?limit=1").json()["next_page_token"]
    assert tenant.get("/api/v1/jobs", page_token=token).status_code == 200
    assert other_tenant.get("/api/v1/jobs", page_token=token).status_code == 400
    assert tenant.get("/api/v1/jobs", page_token=token[:-1] + "A").status_code in (200, 400)
    assert tenant.get("/api/v1/jobs", page_token="AB"[token[0] == "A"] + token[1:]).status_code == 400


CALLS = [("GET", ""), ("GET", "/progress"), ("GET", "/log"), ("GET", "/errors"), ("GET", "/ids"), ("POST", "/cancel"),
         ("POST", "/retry")]  # fmt: skip


@pytest.mark.parametrize(("method", "call"), CALLS, ids=[call or "/" for _, call in CALLS])
def test_another_tenants_task_is_like_one_that_does_not_exist(
    stack: Stack, tenant: Tenant, other_tenant: Tenant, method: str, call: str
) -> None:
    theirs = opened(other_tenant)
    foreign, unknown = (
        stack.http.request(method, f"/api/v1/jobs/{job_id}{call}", headers=tenant.bearer)
        for job_id in (theirs, str(uuid.uuid4()))
    )
    assert foreign.status_code == unknown.status_code == 404
    assert without_request_id(foreign.json()) == without_request_id(unknown.json())
    assert other_tenant.ended(theirs)["status"] == "completed"
