"""Jobs: their members, their list, ETags and progress, and that they exist for their tenant alone."""

import datetime
import uuid
from typing import Any

import pytest

from tests.system.api import ENDED, Stack, Tenant, next_page_token
from tests.system.samples import ACTIVITY, CATEGORY, RECIPIENT, Json
from tests.waiting import wait_until

JOB_MEMBERS = {
    "id", "tenant_id", "entity", "status", "status_vi", "mode", "lane", "created_by", "created_at", "started_at",
    "finished_at", "updated_at", "progress", "records", "chunks", "attempts", "last_error", "links",
}  # fmt: skip
RECORD_COUNTS = {"total", "created", "updated", "unchanged", "rejected", "failed", "cancelled", "pending"}
CHUNK_COUNTS = {"total", "available", "running", "deferred", "settled", "failed"}
PROGRESS_MEMBERS = {
    "job_id", "status", "status_vi", "progress", "message", "message_vi", "updated_at", "records", "chunks",
    "records_per_second", "eta_seconds",
}  # fmt: skip


def posted(tenant: Tenant, count: int = 1, **options: Any) -> str:
    """The id of a fresh job in the background with that many recipients."""
    job_id: str = tenant.post(RECIPIENT, [RECIPIENT.sample()] * count, background=True, **options).json()["job_id"]
    return job_id


def moment(text: str) -> datetime.datetime:
    """A moment as the API writes it: ISO 8601 with an offset."""
    parsed = datetime.datetime.fromisoformat(text)
    assert parsed.tzinfo is not None
    return parsed


def test_a_job_has_every_member(tenant: Tenant) -> None:
    body = tenant.post(ACTIVITY, [ACTIVITY.sample(), {}, ACTIVITY.sample()], lane="high", mode="upsert").json()
    job = tenant.ended(body["job_id"])
    assert job.keys() >= JOB_MEMBERS
    assert (job["id"], job["tenant_id"], job["entity"]) == (body["job_id"], tenant.id, "processing-activities")
    assert (job["status"], job["mode"], job["lane"], job["created_by"]) == ("completed", "upsert", "high", "scanner-1")
    assert job["status_vi"] not in ("", job["status"])
    assert moment(job["created_at"]) <= moment(job["started_at"]) <= moment(job["finished_at"])
    assert moment(job["updated_at"]) >= moment(job["created_at"])
    assert job["progress"] == 100
    assert job["records"].keys() >= RECORD_COUNTS
    assert (job["records"]["total"], job["records"]["created"], job["records"]["rejected"]) == (3, 2, 1)
    assert job["chunks"].keys() >= CHUNK_COUNTS
    assert job["chunks"]["settled"] == job["chunks"]["total"] == 1
    assert job["attempts"] >= 1
    assert not job["last_error"]
    assert isinstance(job["links"], dict)


def test_a_job_that_waits_has_every_member_too(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        job = tenant.job(posted(tenant, 3))
    assert job.keys() >= JOB_MEMBERS
    assert (job["status"], job["status_vi"]) == ("pending", "đang chờ xử lý")
    assert (job["finished_at"], job["progress"]) == (None, 0)
    assert (job["records"]["total"], job["records"]["pending"]) == (3, 3)
    assert job["chunks"]["total"] == job["chunks"]["available"] == 1
    tenant.ended(job["id"])


def test_progress_has_every_member_and_ends_at_100(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        job_id = posted(tenant, 3)
        waiting = tenant.get(f"/api/v1/jobs/{job_id}/progress").json()
    tenant.ended(job_id)
    done = tenant.get(f"/api/v1/jobs/{job_id}/progress").json()
    for progress in (waiting, done):
        assert progress.keys() >= PROGRESS_MEMBERS
        assert progress["job_id"] == job_id
        assert progress["message"] != progress["message_vi"]
        assert progress["records"].keys() >= RECORD_COUNTS
        assert progress["chunks"].keys() >= CHUNK_COUNTS
        moment(progress["updated_at"])
    assert (waiting["status"], waiting["progress"]) == ("pending", 0)
    assert (done["status"], done["progress"]) == ("completed", 100)
    assert not done["eta_seconds"]


def test_progress_never_goes_back(tenant: Tenant) -> None:
    job_id = posted(tenant, 5_000)
    seen: list[Json] = []

    def ended() -> bool:
        seen.append(tenant.get(f"/api/v1/jobs/{job_id}/progress").json())
        return seen[-1]["status"] in ENDED

    wait_until(ended, 60, "the job ends")
    steps = [look["progress"] for look in seen]
    assert steps == sorted(steps)
    assert 0 <= steps[0] <= steps[-1] == 100
    assert all(look["records"]["total"] == 5_000 for look in seen)


def test_an_etag_holds_until_the_job_changes(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        path = f"/api/v1/jobs/{posted(tenant)}"
        etag = tenant.get(path).headers["etag"]
        same = tenant.get(path, headers={"If-None-Match": etag})
        assert (same.status_code, same.content) == (304, b"")
        assert same.headers["etag"] == etag
        assert tenant.get(path, headers={"If-None-Match": f'"other", {etag}'}).status_code == 304
        assert tenant.get(path, headers={"If-None-Match": '"other"'}).status_code == 200
    tenant.ended(path.rpartition("/")[2])
    changed = tenant.get(path, headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["etag"] != etag


def test_the_list_is_newest_first_in_pages_and_filtered(stack: Stack, tenant: Tenant) -> None:
    ended = [tenant.post(kind, [kind.sample()]).json()["job_id"] for kind in (RECIPIENT, CATEGORY, RECIPIENT)]
    with stack.writers_stopped():
        waiting = [posted(tenant) for _ in range(2)]
        pages = tenant.pages("/api/v1/jobs", limit=2)
        completed = tenant.pages("/api/v1/jobs", status="completed")
        pending = tenant.pages("/api/v1/jobs", status="pending", limit=1)
        categories = tenant.pages("/api/v1/jobs", entity="data-categories")
    assert [job["id"] for page in pages for job in page] == [*reversed(ended + waiting)]
    assert all(len(page) <= 2 for page in pages)
    assert [job["id"] for page in completed for job in page] == [*reversed(ended)]
    assert [job["id"] for page in pending for job in page] == [*reversed(waiting)]
    assert [job["id"] for page in categories for job in page] == [ended[1]]
    assert all(job.keys() >= {"id", "entity", "status", "created_at"} for page in pages for job in page)
    for job_id in waiting:
        tenant.ended(job_id)


def test_a_job_made_between_two_pages_moves_nothing(tenant: Tenant) -> None:
    old = [posted(tenant) for _ in range(4)]
    pages = tenant.each_page("/api/v1/jobs", limit=2)
    seen = [job["id"] for job in next(pages)]
    posted(tenant)
    seen += [job["id"] for page in pages for job in page]
    assert seen == [*reversed(old)]


def test_the_list_holds_nobody_elses_jobs(tenant: Tenant, other_tenant: Tenant) -> None:
    posted(other_tenant)
    assert tenant.pages("/api/v1/jobs") == [[]]


@pytest.mark.parametrize("limit", ["200", "201", "0", "-1", "x", "1e3", "99999999999999999999", ""])
def test_a_limit_of_any_size_gives_200_jobs_at_most(tenant: Tenant, limit: str) -> None:
    posted(tenant)
    answer = tenant.get(f"/api/v1/jobs?limit={limit}")
    assert answer.status_code in ((200,) if limit == "200" else (200, 400))


@pytest.mark.parametrize(
    "query",
    ["page_token=x", "page_token=%00", "page_token=AAAA", "page_token=" + "A" * 500, "status=sleeping", "entity=cats",
     "status=%ff", "status=completed&status=failed", "colour=red", "%zz=%zz", "limit=2&limit=3", "page_token=%27--"],
)  # fmt: skip
def test_a_weird_list_query_is_answered_or_refused(tenant: Tenant, query: str) -> None:
    posted(tenant)
    assert tenant.get(f"/api/v1/jobs?{query}").status_code in (200, 400)


def test_a_page_token_opens_nobody_elses_list(tenant: Tenant, other_tenant: Tenant) -> None:
    for _ in range(3):
        posted(other_tenant)
    token = next_page_token(other_tenant.get("/api/v1/jobs", limit=1).json())
    answer = tenant.get("/api/v1/jobs", page_token=token)
    assert answer.status_code == 400 or [] in answer.json().values()


JOB_CALLS = [
    *(("GET", call) for call in ("", "/progress", "/errors", "/rejects")),
    *(("POST", call) for call in ("/cancel", "/retry")),
]


@pytest.mark.parametrize(("method", "call"), JOB_CALLS, ids=[call or "/" for _, call in JOB_CALLS])
def test_another_tenants_job_is_like_one_that_does_not_exist(
    stack: Stack, tenant: Tenant, other_tenant: Tenant, method: str, call: str
) -> None:
    theirs = posted(other_tenant)
    foreign, unknown = (
        stack.http.request(method, f"/api/v1/jobs/{job_id}{call}", headers=tenant.bearer)
        for job_id in (theirs, str(uuid.uuid4()))
    )
    assert foreign.status_code == unknown.status_code == 404
    assert without_request_id(foreign.json()) == without_request_id(unknown.json())
    assert sorted(foreign.headers) == sorted(unknown.headers)
    assert other_tenant.ended(theirs)["status"] == "completed"


def without_request_id(problem: Json) -> Json:
    """The problem without what differs from request to request."""
    return {name: value for name, value in problem.items() if name not in ("request_id", "instance")}


@pytest.mark.parametrize("job_id", ["42", "not-a-uuid", "%00", "..", "'", "x" * 1_000, "🇻🇳"], ids=range(7))
def test_an_id_that_is_none_is_not_found(tenant: Tenant, job_id: str) -> None:
    assert tenant.get(f"/api/v1/jobs/{job_id}/progress").status_code in (400, 404)
