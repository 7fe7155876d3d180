"""From a file with foreign headers to the records that it holds: brought, mapped, looked at, approved, made."""

import json
from typing import Any

import httpx

from tests.root import ROOT
from tests.system.api import Tenant

REGISTER = ROOT / "tests" / "samples" / "files" / "made" / "vi-20-columns.csv"
MAPPINGS = "/api/v1/mappings"


def asked(tenant: Tenant, kind: str, **parameters: Any) -> dict[str, Any]:
    """A job of this type, once it has ended well."""
    answer = tenant.stack.http.post(f"/api/v1/jobs/{kind}", json=parameters, headers=tenant.bearer)
    return done(tenant, answer)


def done(tenant: Tenant, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 202, answer.text
    job = tenant.ended(answer.headers["Location"].rpartition("/")[2])
    assert job["status"] == "completed", job["error"]
    result: dict[str, Any] = job["result"]
    return result


def test_a_vietnamese_register_becomes_records_that_can_be_loaded(tenant: Tenant) -> None:
    http = tenant.stack.http
    form = {"entity": (None, "processing-activities"), "file": ("Sổ đăng ký.csv", REGISTER.read_bytes(), "text/csv")}
    proposed = done(tenant, http.post("/api/v1/jobs/mapping", files=form, headers=tenant.bearer))
    link = f"{MAPPINGS}/{proposed['mapping_id']}"
    assert proposed["mapping"]["unmapped"] == []
    assert [each["mapping_id"] for each in tenant.get(MAPPINGS).json()["mappings"]] == [proposed["mapping_id"]]

    file_id = proposed["mapping"]["file_id"]
    found = asked(tenant, "analyze", file_id=file_id)
    assert (found["rows"], len(found["columns"]), found["source"]["encoding"]) == (2, 20, "utf-8")
    assert tenant.get(f"/api/v1/files/{file_id}").json()["analysis"] == found

    shown = tenant.get(f"{link}/preview").json()
    first, second = shown["rows"]
    assert (first["record"]["legal_basis"], first["record"]["retention_period_months"], first["errors"]) == (
        "contract", 24, [],
    )  # fmt: skip
    assert [(error["code"], error["column"]) for error in second["errors"]] == [
        ("LEGAL_BASIS_UNKNOWN", "Cơ sở pháp lý")
    ]

    refused = asked_for_too_early(tenant, shown["mapping_id"], file_id)
    assert refused["last_error"] == "MAPPING_NOT_APPROVED"
    change = {"columns": [{"index": 7, "target": None}, {"index": 10, "target": None}]}
    etag = tenant.get(link).headers["ETag"]
    changed = http.patch(link, content=json.dumps(change), headers={
        **tenant.bearer, "If-Match": etag, "Content-Type": "application/json",
    })  # fmt: skip
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    approved = tenant.act(f"{link}/approve")
    assert (approved.status_code, approved.json()["status"], approved.json()["version"]) == (200, "approved", 3)

    made = asked(tenant, "transform", file_id=file_id, mapping_id=proposed["mapping_id"], format="ndjson")
    assert (made["written"], made["rejected"], made["errors"][0]["code"]) == (1, 1, "LEGAL_BASIS_UNKNOWN")
    records = tenant.get(f"/api/v1/files/{made['result_file_id']}/content").content.splitlines()
    assert [json.loads(record)["external_id"] for record in records] == ["a1"]
    rejects = tenant.get(f"/api/v1/files/{made['rejects_file_id']}/content").content
    header, _, bad = REGISTER.read_bytes().splitlines(keepends=True)
    assert rejects == header + bad

    again = asked(tenant, "mapping", file_id=made["rejects_file_id"], entity="processing-activities")
    assert {column["by"] for column in again["mapping"]["columns"]} == {"history"}


def asked_for_too_early(tenant: Tenant, mapping_id: str, file_id: str) -> dict[str, Any]:
    body = {"file_id": file_id, "mapping_id": mapping_id}
    answer = tenant.stack.http.post("/api/v1/jobs/transform", json=body, headers=tenant.bearer)
    return tenant.ended(answer.headers["Location"].rpartition("/")[2])
