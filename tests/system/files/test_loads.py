"""Files are loaded over HTTP: what became of each row is seen, and what was rejected comes back to be mended."""

import csv
import io
import json

import pytest

from tests.system.answers import check_record_error
from tests.system.api import Tenant
from tests.system.loads import HEADER, csv_of, loaded, opened
from tests.waiting import wait_until

BAD = ['x,"X,processor', "y,,processor", "z,Z,friend"]


def test_a_file_becomes_records(tenant: Tenant) -> None:
    job = loaded(tenant, csv_of(5_500))
    assert (job["type"], job["entity"], job["status"], job["progress"]) == ("load", "recipients", "completed", 100)
    assert (job["records"]["created"], job["result"]["segments"]) == (5_500, 2)
    assert {row["external_id"] for row in tenant.rows("recipient")} == {f"r-{n}" for n in range(5_500)}
    story = [line for page in tenant.pages(job["links"]["log"]) for line in page]
    settled = [line for line in story if line["code"] == "SEGMENT_SETTLED"]
    rows = sorted(line["message"].partition(":")[0] for line in settled)  # either may be the first to be written
    assert rows == ["Rows 1 to 5000", "Rows 5001 to 5500"]
    assert all(line["message"] != line["message_vi"] for line in settled)


def test_its_batches_are_jobs_that_lists_leave_out(tenant: Tenant) -> None:
    job = loaded(tenant, csv_of(5_500))
    assert [each["id"] for page in tenant.pages("/api/v1/jobs") for each in page] == [job["id"]]
    parts = [each for page in tenant.pages("/api/v1/jobs", parent=job["id"]) for each in page]
    assert {each["id"] for each in parts} == {each["job_id"] for each in job["result"]["by_segment"]}
    assert all((each["type"], each["parent_id"]) == ("write", job["id"]) for each in parts)
    assert sum(each["records"]["created"] for each in parts) == 5_500


def test_errors_have_their_places_in_every_format(tenant: Tenant) -> None:
    data = csv_of(10) + "\n".join([*BAD, ""]).encode()
    job = loaded(tenant, data)
    link = job["links"]["errors"]
    paged = [error for page in tenant.pages(link) for error in page]
    for error in paged:
        check_record_error(error)
    assert [(error["index"], error["row"], error["column"], error["code"]) for error in paged] == [
        (10, 12, None, "QUOTE_UNCLOSED"),
        (11, 13, "name_vi", "REQUIRED"),
        (12, 14, "recipient_type", "UNKNOWN_VALUE"),
    ]
    assert [data[error["offset"] :].split(b"\n")[0].decode() for error in paged] == BAD
    lines = tenant.get(link, headers={"Accept": "application/x-ndjson"}).text.splitlines()
    assert [json.loads(line) for line in lines] == paged
    table = tenant.get(link, headers={"Accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(table.content.decode("utf-8-sig"), newline="")))
    assert [(row["row"], row["column"], row["code"]) for row in rows] == [
        (str(error["row"]), error["column"] or "", error["code"]) for error in paged
    ]


def test_many_errors_come_in_pages(tenant: Tenant) -> None:
    job = loaded(tenant, csv_of(1_200, kind="friend") + b"good,A,processor\n")
    pages = tenant.pages(job["links"]["errors"])
    assert len(pages) > 2
    assert [error["row"] for page in pages for error in page] == list(range(2, 1_202))
    foreign = loaded(tenant, csv_of(1, kind="friend"))["links"]["errors"]
    token = tenant.get(job["links"]["errors"]).json()["next_page_token"]
    assert tenant.get(foreign, page_token=token).status_code == 400


@pytest.mark.parametrize("accept", ["*/*", "text/csv", "application/octet-stream"])
def test_rejects_come_back_as_they_came_and_load_once_mended(tenant: Tenant, accept: str) -> None:
    data = f"\ufeff{HEADER}\r\na,A,processor\r\nb,Hợp đồng,friend\r\n".encode()
    job = loaded(tenant, data)
    answer = tenant.get(job["links"]["rejects"], headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/csv")
    assert f"rejects-{job['id']}.csv" in answer.headers["content-disposition"]
    assert answer.content == f"\ufeff{HEADER}\r\nb,Hợp đồng,friend\r\n".encode()
    again = loaded(tenant, answer.content.replace(b"friend", b"processor"))
    assert (again["status"], again["records"]["created"], again["records"]["rejected"]) == ("completed", 1, 0)
    assert {row["external_id"] for row in tenant.rows("recipient")} == {"a", "b"}


def test_rejects_are_personal_data_and_of_one_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    job = loaded(tenant, csv_of(1, kind="friend") + b"a,A,processor\n")
    reading = tenant.stack.bearer(tenant.stack.claims(tenant.id, scope="jobs:read"))
    assert tenant.get(job["links"]["rejects"], headers=reading).status_code == 403
    assert tenant.get(job["links"]["errors"], headers=reading).status_code == 200
    for link in ("errors", "rejects", "self"):
        assert other_tenant.get(job["links"][link]).status_code == 404


def test_a_load_is_dry_or_of_another_mode_as_a_batch_is(tenant: Tenant) -> None:
    assert loaded(tenant, csv_of(20), dry_run=True)["records"]["created"] == 20
    assert tenant.rows("recipient") == []
    assert loaded(tenant, csv_of(20))["records"]["created"] == 20
    again = loaded(tenant, csv_of(21), mode="ignore")["records"]
    assert (again["created"], again["unchanged"]) == (1, 20)
    job = loaded(tenant, csv_of(21).replace(b"h\xc3\xa0ng 7", b"h\xc3\xa0ng VII"), mode="upsert")
    assert (job["records"]["updated"], job["records"]["unchanged"]) == (1, 20)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"external_id,ten,recipient_type\na,A,processor\n", "MAPPING_NEEDED"),
        (b"external_id,name_vi\na,A\n", "MAPPING_INCOMPLETE"),
        (b"", "FILE_EMPTY"),
        (f"{HEADER}\na,,processor\n".encode(), "NO_ROW_LOADED"),
    ],
)
def test_a_load_that_fails_says_why_in_two_languages(tenant: Tenant, data: bytes, code: str) -> None:
    job = loaded(tenant, data)
    assert (job["status"], job["last_error"]) == ("failed", code)
    assert job["error"]
    assert job["error"] != job["error_vi"]
    assert "{" not in job["error"] + job["error_vi"]


def test_a_cancelled_load_writes_no_more_and_its_retry_the_rest(tenant: Tenant) -> None:
    with tenant.stack.writers_stopped():
        load = opened(tenant, csv_of(5_500))
        wait_until(lambda: tenant.job(load)["records"]["total"] == 5_500, 30, "its batches are open")
        assert tenant.act(f"/api/v1/jobs/{load}/cancel").status_code == 202
        wait_until(lambda: tenant.job(load)["status"] == "cancelled", 20, "it is cancelled")
    parts = f"/api/v1/jobs?parent={load}"
    wait_until(
        lambda: [job["status"] for job in tenant.get(parts).json()["jobs"]] == ["cancelled"] * 2, 30, "so are they"
    )
    assert tenant.rows("recipient") == []
    assert tenant.act(f"/api/v1/jobs/{load}/retry").status_code == 202
    job = tenant.ended(load)
    assert (job["status"], job["records"]["created"]) == ("completed", 5_500)
    assert len(tenant.rows("recipient")) == 5_500
