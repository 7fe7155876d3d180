"""Ids: a 202 lists those that are certain, and the job tells all of them in the end."""

import json
import uuid
from typing import Any

import pytest

from tests.system.api import Stack, Tenant
from tests.system.samples import ACTIVITY, RECIPIENT, Json

OWN = [str(uuid.uuid4()) for _ in range(4)]


def told(tenant: Tenant, job_id: str) -> dict[int, str]:
    """By index, what the job says of its records' ids; as pages and as lines."""
    url = f"/api/v1/jobs/{job_id}/ids"
    pages = [each for page in tenant.each_page(url) for each in page]
    lines = tenant.get(url, headers={"Accept": "application/x-ndjson"})
    assert lines.headers["content-type"] == "application/x-ndjson"
    assert [json.loads(line) for line in lines.text.splitlines()] == pages
    assert [each["index"] for each in pages] == sorted(each["index"] for each in pages)
    return {each["index"]: each["id"] for each in pages}


def stored(tenant: Tenant) -> dict[str, str]:
    """By name, the ids of the tenant's recipients."""
    return {row["name_vi"]: str(row["recipient_id"]) for row in tenant.rows("recipient")}


def recipients(*members: Json) -> list[Json]:
    return [RECIPIENT.sample(name_vi=f"Người nhận {number}", **each) for number, each in enumerate(members)]


@pytest.mark.parametrize(
    ("mode", "certain"),
    [
        ("insert", [True, True, True, True]),
        ("upsert", [True, False, True, True]),
        # Where a stored row has the external_id, it is that row, whatever id came.
        ("ignore", [True, False, True, False]),
    ],
)
def test_a_202_lists_the_ids_that_are_certain(tenant: Tenant, mode: str, certain: list[bool]) -> None:
    records = recipients(
        {}, {"external_id": "a"}, {"recipient_id": OWN[0]}, {"recipient_id": OWN[1], "external_id": "b"}
    )
    answer = tenant.post(RECIPIENT, [*records, {}], background=True, mode=mode).json()
    announced = answer["recipient_ids"]
    assert [each is not None for each in announced] == certain
    assert announced[2] == OWN[0]
    assert announced[3] in (OWN[1], None)

    tenant.ended(answer["job_id"])

    ids, rows = told(tenant, answer["job_id"]), stored(tenant)
    assert ids == {number: rows[record["name_vi"]] for number, record in enumerate(records)}
    assert all(each in (None, ids[number]) for number, each in enumerate(announced))


@pytest.mark.parametrize("mode", ["upsert", "ignore"])
def test_the_job_tells_by_which_ids_its_records_are_stored(tenant: Tenant, mode: str) -> None:
    """Most of them under ids that the batch of before had; another one of those ids is the client's own."""
    before = recipients({"external_id": "a"}, {"external_id": "b", "recipient_id": OWN[0]}, {"external_id": "c"})
    first = tenant.post(RECIPIENT, before).json()["recipient_ids"]
    again = [{"external_id": "b"}, {}, {"external_id": "a"}, {"external_id": "new"}, {"recipient_id": OWN[0]}]
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample(**each) for each in again], background=True, mode=mode).json()
    tenant.ended(answer["job_id"])

    ids = told(tenant, answer["job_id"])

    assert (ids[0], ids[2]) == (first[1], first[0])
    assert set(ids.values()) <= {str(row["recipient_id"]) for row in tenant.rows("recipient")}
    assert all(one in (None, ids.get(index)) for index, one in enumerate(answer["recipient_ids"]) if index in ids)


def test_what_is_not_written_has_no_id(tenant: Tenant) -> None:
    """Rejected by validation, by a reference, and by the write."""
    tenant.post(ACTIVITY, [ACTIVITY.sample(external_id="known")])
    bad: list[Json] = [
        {"legal_basis": "none"}, {"recipient_ids": [str(uuid.uuid4())]}, {"external_id": "known"},
    ]  # fmt: skip
    records = [ACTIVITY.sample(), *(ACTIVITY.sample(**each) for each in bad), ACTIVITY.sample(activity_id=OWN[0])]
    body = tenant.post(ACTIVITY, records).json()

    ids = told(tenant, body["job_id"])

    assert list(ids) == [0, 4]
    assert list(ids.values()) == body["activity_ids"]
    assert ids[4] == OWN[0]


def test_pages_hold_a_thousand_and_leave_nothing_out(tenant: Tenant) -> None:
    records = [ACTIVITY.sample(**({"activity_id": str(uuid.uuid4())} if n % 3 else {})) for n in range(4_500)]
    body = tenant.post(ACTIVITY, records, headers={"Prefer": "wait=60"}).json()
    url = f"/api/v1/jobs/{body['job_id']}/ids"
    assert [len(page) for page in tenant.each_page(url)] == [1_000, 1_000, 1_000, 1_000, 500]
    assert list(told(tenant, body["job_id"]).values()) == body["activity_ids"]
    assert tenant.get("/api/v1/limits").json()["max_ids_page"] == 1_000


def test_an_open_job_tells_what_is_written_by_now_and_a_dry_run_nothing(stack: Stack, tenant: Tenant) -> None:
    with stack.writers_stopped():
        job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()], background=True).json()["job_id"]
        assert told(tenant, job_id) == {}
    tenant.ended(job_id)
    assert len(told(tenant, job_id)) == 1
    dry = tenant.post(RECIPIENT, [RECIPIENT.sample()], dry_run="true").json()
    assert told(tenant, dry["job_id"]) == {}


@pytest.mark.parametrize(
    ("query", "headers", "status"),
    [
        ({"page_token": "nonsense!"}, {}, 400),
        ({"page": "2"}, {}, 400),
        ({}, {"Accept": "text/csv"}, 406),
    ],
)
def test_what_it_does_not_understand_is_refused(
    tenant: Tenant, query: dict[str, str], headers: dict[str, str], status: int
) -> None:
    job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["job_id"]
    assert tenant.get(f"/api/v1/jobs/{job_id}/ids", headers=headers, **query).status_code == status


def test_the_ids_belong_to_the_tenant_and_to_the_scope(stack: Stack, tenant: Tenant, other_tenant: Tenant) -> None:
    url = f"/api/v1/jobs/{tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()['job_id']}/ids"
    assert tenant.job(url.split("/")[-2])["links"]["ids"] == url
    assert other_tenant.get(url).status_code == 404
    writes_only: Any = stack.bearer(stack.claims(tenant.id, scope="ingest:write"))
    assert tenant.get(url, headers=writes_only).status_code == 403
