"""on_error=abort writes all or nothing; dry_run=true writes nothing at all."""

import uuid

import pytest

from tests.system.answers import counted
from tests.system.api import Tenant
from tests.system.samples import ACTIVITY, RECIPIENT, Kind, each_kind


def test_abort_writes_a_good_batch(tenant: Tenant) -> None:
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample() for _ in range(2_500)], on_error="abort")
    assert answer.status_code == 201
    assert tenant.count(RECIPIENT) == 2_500
    assert tenant.job(answer.json()["job_id"])["chunks"]["total"] == 1


@each_kind
def test_abort_at_validation_writes_nothing(tenant: Tenant, kind: Kind) -> None:
    answer = tenant.post(kind, [kind.sample(), kind.sample(colour="red")], on_error="abort")
    assert answer.status_code == 422
    body = answer.json()
    assert (1, "/colour") in {(error["index"], error["pointer"]) for error in body["errors"]}
    assert body[kind.ids_member] == []
    assert tenant.count(kind) == 0


def test_abort_at_validation_in_the_background_is_422_or_a_failed_job(tenant: Tenant) -> None:
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample(), {}], background=True, on_error="abort")
    assert answer.status_code in (202, 422)
    if answer.status_code == 202:
        assert tenant.ended(answer.json()["job_id"])["status"] == "failed"
    assert tenant.count(RECIPIENT) == 0


def test_abort_at_a_reference_writes_nothing(tenant: Tenant) -> None:
    records = [ACTIVITY.sample() for _ in range(2_000)]
    records[1_999] = ACTIVITY.sample(recipient_ids=[str(uuid.uuid4())])
    answer = tenant.post(ACTIVITY, records, on_error="abort")
    assert answer.status_code == 422
    errors = {(error["index"], error["stage"], error["pointer"]) for error in answer.json()["errors"]}
    assert (1_999, "reference", "/recipient_ids/0") in errors
    assert answer.json()["activity_ids"] == []
    assert tenant.count(ACTIVITY) == 0


def test_abort_at_a_reference_in_the_background_is_a_failed_job(tenant: Tenant) -> None:
    records = [ACTIVITY.sample(), ACTIVITY.sample(transfer_ids=[str(uuid.uuid4())])]
    answer = tenant.post(ACTIVITY, records, background=True, on_error="abort")
    assert answer.status_code == 202
    job = tenant.ended(answer.json()["job_id"])
    assert job["status"] == "failed"
    assert job["records"]["created"] == 0
    assert tenant.count(ACTIVITY) == 0


@pytest.mark.parametrize("mode", ["insert", "upsert", "ignore"])
def test_abort_at_a_record_that_exists_depends_on_the_mode(tenant: Tenant, mode: str) -> None:
    known = RECIPIENT.sample(external_id="scan-1")
    tenant.post(RECIPIENT, [known])
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample(), known], on_error="abort", mode=mode)
    assert answer.status_code == (422 if mode == "insert" else 201)
    assert tenant.count(RECIPIENT) == (1 if mode == "insert" else 2)


@pytest.mark.parametrize("background", [False, True], ids=["waiting", "background"])
@each_kind
def test_a_dry_run_reports_and_writes_nothing(tenant: Tenant, kind: Kind, background: bool) -> None:
    records = [kind.sample(), kind.sample(colour="red"), kind.sample()]
    answer = tenant.post(kind, records, background=background, dry_run="true")
    assert answer.status_code == 200
    body = answer.json()
    assert (body["total_submitted"], body["total_accepted"], body["total_rejected"]) == (3, 2, 1)
    assert [(error["index"], error["pointer"]) for error in body["errors"]] == [(1, "/colour")]
    assert counted(tenant.post(kind, records).json()) == (2, 0, 0, 1)
    assert tenant.count(kind) == 2


def test_a_dry_run_of_an_upsert_changes_nothing(tenant: Tenant) -> None:
    known = RECIPIENT.sample(external_id="scan-1")
    tenant.post(RECIPIENT, [known])
    answer = tenant.post(RECIPIENT, [{**known, "name_vi": "Tên khác"}], mode="upsert", dry_run="true")
    assert answer.status_code == 200
    assert [row["name_vi"] for row in tenant.rows("recipient")] == [known["name_vi"]]


def test_dry_run_false_is_a_real_run(tenant: Tenant) -> None:
    assert tenant.post(RECIPIENT, [RECIPIENT.sample()], dry_run="false").status_code == 201
    assert tenant.count(RECIPIENT) == 1
