"""A job's errors in three formats, and its rejected records as they came."""

import csv
import io
import json
import uuid

import pytest

from tests.system.answers import check_record_error, counted
from tests.system.api import Tenant
from tests.system.samples import ACTIVITY, RECIPIENT, Json

BAD = 250
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", '=HYPERLINK("http://example.com","x")', '"quoted", é']


def posted_with_errors(tenant: Tenant) -> Json:
    """The answer to a batch of one good record and many bad ones."""
    bad = [RECIPIENT.sample(external_id=f"scan-{n}", country_code="XX") for n in range(1, BAD + 1)]
    body: Json = tenant.post(RECIPIENT, [RECIPIENT.sample(), *bad]).json()
    return body


def ndjson(text: str) -> list[Json]:
    """The lines of an NDJSON answer."""
    return [json.loads(line) for line in text.split("\n") if line]


def test_an_answer_holds_the_first_100_errors_and_the_job_all(tenant: Tenant) -> None:
    body = posted_with_errors(tenant)
    assert [error["index"] for error in body["errors"]] == list(range(1, 101))
    assert body["total_rejected"] == BAD
    paged = [error for page in tenant.pages(body["errors_url"]) for error in page]
    assert [error["index"] for error in paged] == list(range(1, BAD + 1))
    assert paged[:100] == body["errors"]
    for error in paged:
        check_record_error(error)


def test_errors_as_ndjson_are_whole(tenant: Tenant) -> None:
    body = posted_with_errors(tenant)
    answer = tenant.get(body["errors_url"], headers={"Accept": "application/x-ndjson"})
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    paged = [error for page in tenant.pages(body["errors_url"]) for error in page]
    assert ndjson(answer.text) == paged


def test_errors_as_csv_are_whole(tenant: Tenant) -> None:
    body = posted_with_errors(tenant)
    answer = tenant.get(body["errors_url"], headers={"Accept": "text/csv"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [int(row["index"]) for row in rows] == list(range(1, BAD + 1))
    first = body["errors"][0]
    assert {name: rows[0][name] for name in ("external_id", "code", "pointer", "error", "error_vi", "stage")} == {
        name: first[name] for name in ("external_id", "code", "pointer", "error", "error_vi", "stage")
    }


def test_a_csv_is_safe_to_open_in_a_spreadsheet(tenant: Tenant) -> None:
    bad = [RECIPIENT.sample(external_id=text, country_code="XX") for text in FORMULAS]
    bad.append(RECIPIENT.sample(**{"=1+1": 1}))
    url = tenant.post(RECIPIENT, [*bad, RECIPIENT.sample()]).json()["errors_url"]
    answer = tenant.get(url, headers={"Accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert len(rows) == 1 + len(bad)
    assert {len(row) for row in rows} == {len(rows[0])}
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert all(any(text in cell for row in rows for cell in row) for text in FORMULAS)


@pytest.mark.parametrize(
    ("accept", "media"),
    {
        "*/*": "application/json",
        "application/json": "application/json",
        "application/*": "application/json",
        "text/csv;q=0.5, application/json": "application/json",
        "application/json;q=0.5, text/csv": "text/csv",
        "image/png, text/csv;q=0.1": "text/csv",
        "TEXT/CSV": "text/csv",
    }.items(),
)
def test_accept_chooses_the_format(tenant: Tenant, accept: str, media: str) -> None:
    url = tenant.post(RECIPIENT, [RECIPIENT.sample(), {}]).json()["errors_url"]
    answer = tenant.get(url, headers={"Accept": accept})
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media)


def test_a_format_that_there_is_not_is_406(tenant: Tenant) -> None:
    url = tenant.post(RECIPIENT, [RECIPIENT.sample(), {}]).json()["errors_url"]
    assert tenant.get(url, headers={"Accept": "image/png"}).status_code == 406


def test_a_job_without_errors_has_empty_lists(tenant: Tenant) -> None:
    body = tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()
    assert tenant.pages(body["errors_url"]) == [[]]
    assert ndjson(tenant.get(body["errors_url"], headers={"Accept": "application/x-ndjson"}).text) == []
    assert ndjson(tenant.get(f"{body['job_url']}/rejects").text) == []


def test_rejects_of_validation_are_as_they_came(tenant: Tenant) -> None:
    rejected = [
        ACTIVITY.sample(legal_basis="legitimate_interest", purpose_vi=None, external_id="scan-1"),
        ACTIVITY.sample(colour={"deep": [1, 2.5, None, True, "x"]}, activity_name_vi="  Tuyể̀n  dụng "),
        {"retention_period_months": 2**64},
        {},
        ["no", "object"],
    ]
    body = tenant.post(ACTIVITY, [ACTIVITY.sample(), *rejected, ACTIVITY.sample()]).json()
    answer = tenant.get(f"{body['job_url']}/rejects")
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert ndjson(answer.text) == rejected


def test_rejects_of_duplicates_are_as_they_came(tenant: Tenant) -> None:
    records = [RECIPIENT.sample(external_id="scan-1", name_vi=f"Đơn vị {n}") for n in range(2)]
    body = tenant.post(RECIPIENT, [*records, RECIPIENT.sample()]).json()
    refused = [records[index] for index in sorted({error["index"] for error in body["errors"]})]
    assert ndjson(tenant.get(f"{body['job_url']}/rejects").text) == refused


def test_rejects_of_references_are_as_they_came_and_can_be_mended(tenant: Tenant) -> None:
    missing = str(uuid.uuid4())
    rejected = [ACTIVITY.full(external_id=f"scan-{n}", recipient_ids=[missing]) for n in range(2)]
    body = tenant.post(ACTIVITY, [ACTIVITY.sample(), *rejected]).json()
    assert counted(body) == (1, 0, 0, 2)
    rejects = tenant.get(f"{body['job_url']}/rejects")
    assert ndjson(rejects.text) == rejected

    tenant.post(RECIPIENT, [RECIPIENT.sample(recipient_id=missing)])
    again = tenant.send(ACTIVITY, rejects.content, headers={"Content-Type": "application/x-ndjson"})
    assert counted(again.json()) == (2, 0, 0, 0)


def test_rejects_of_ids_that_exist_are_as_they_came(tenant: Tenant) -> None:
    known = RECIPIENT.full(recipient_id=str(uuid.uuid4()), external_id="scan-1")
    tenant.post(RECIPIENT, [known])
    body = tenant.post(RECIPIENT, [RECIPIENT.sample(), known]).json()
    assert ndjson(tenant.get(f"{body['job_url']}/rejects").text) == [known]
