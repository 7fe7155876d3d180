"""What makes a record bad: every rule, each found at its member, and never at the cost of a neighbour."""

import unicodedata
import uuid
from typing import Any

import pytest

from tests.system.answers import check_record_error, counted
from tests.system.api import Tenant
from tests.system.samples import ACTIVITY, CATEGORY, RECIPIENT, TRANSFER, Json, Kind

ABSENT = object()
GOOD_ID = "0193b0f0-0000-7000-8000-000000000001"
BASES = ("consent", "vital_interests", "emergency_security", "public_authority", "contract", "legal_obligation")

# name: (kind, member, bad value); the error's pointer is the member
BAD: dict[str, tuple[Kind, str, Any]] = {
    "unknown member": (ACTIVITY, "colour", "red"),
    "another kind's member": (RECIPIENT, "category_type", "basic"),
    "tenant is no member": (RECIPIENT, "tenant_id", GOOD_ID),
    "name missing": (ACTIVITY, "activity_name_vi", ABSENT),
    "name null": (ACTIVITY, "activity_name_vi", None),
    "name empty": (ACTIVITY, "activity_name_vi", ""),
    "name blank": (ACTIVITY, "activity_name_vi", " \t\n "),
    "name a number": (ACTIVITY, "activity_name_vi", 5),
    "name a list": (ACTIVITY, "activity_name_vi", ["x"]),
    "name too long": (ACTIVITY, "activity_name_vi", "ă" * 501),
    "second name too long": (ACTIVITY, "activity_name_en", "x" * 501),
    "name with NUL": (ACTIVITY, "activity_name_vi", "a\x00b"),
    "second name with NUL": (ACTIVITY, "activity_name_en", "\x00"),
    "text too long": (ACTIVITY, "purpose_vi", "x" * 4_001),
    "second text too long": (ACTIVITY, "data_source_en", "x" * 4_001),
    "text with NUL": (ACTIVITY, "purpose_en", "a\x00"),
    "text an object": (ACTIVITY, "data_source_vi", {"vi": "x"}),
    "basis missing": (ACTIVITY, "legal_basis", ABSENT),
    "basis null": (ACTIVITY, "legal_basis", None),
    "basis empty": (ACTIVITY, "legal_basis", ""),
    "basis unknown": (ACTIVITY, "legal_basis", "because"),
    "basis in capitals": (ACTIVITY, "legal_basis", "CONSENT"),
    "basis a number": (ACTIVITY, "legal_basis", 1),
    "retention negative": (ACTIVITY, "retention_period_months", -1),
    "retention over a century": (ACTIVITY, "retention_period_months", 1_201),
    "retention a fraction": (ACTIVITY, "retention_period_months", 1.5),
    "retention text": (ACTIVITY, "retention_period_months", "12"),
    "retention a boolean": (ACTIVITY, "retention_period_months", True),
    "retention 2^31": (ACTIVITY, "retention_period_months", 2**31),
    "retention 2^64": (ACTIVITY, "retention_period_months", 2**64),
    "retention -2^64": (ACTIVITY, "retention_period_months", -(2**64)),
    "retention 10^40": (ACTIVITY, "retention_period_months", 10**40),
    "flag text": (ACTIVITY, "has_automated_decision_making", "yes"),
    "flag a number": (ACTIVITY, "requires_dpia", 1),
    "id no UUID": (ACTIVITY, "activity_id", "42"),
    "id empty": (ACTIVITY, "activity_id", ""),
    "id a number": (ACTIVITY, "activity_id", 42),
    "external id too long": (ACTIVITY, "external_id", "x" * 256),
    "external id a number": (ACTIVITY, "external_id", 42),
    "external id with NUL": (ACTIVITY, "external_id", "a\x00b"),
    "links text": (ACTIVITY, "data_category_ids", GOOD_ID),
    "links an object": (ACTIVITY, "recipient_ids", {}),
    "category type missing": (CATEGORY, "category_type", ABSENT),
    "category type unknown": (CATEGORY, "category_type", "secret"),
    "category name missing": (CATEGORY, "name_vi", ABSENT),
    "category name too long": (CATEGORY, "name_vi", "x" * 501),
    "description too long": (CATEGORY, "description_vi", "x" * 4_001),
    "category id no UUID": (CATEGORY, "data_category_id", "x"),
    "recipient name missing": (RECIPIENT, "name_vi", ABSENT),
    "recipient type missing": (RECIPIENT, "recipient_type", ABSENT),
    "recipient type unknown": (RECIPIENT, "recipient_type", "friend"),
    "recipient id no UUID": (RECIPIENT, "recipient_id", "x"),
    "country XX": (RECIPIENT, "country_code", "XX"),
    "country UK": (RECIPIENT, "country_code", "UK"),
    "country alpha-3": (RECIPIENT, "country_code", "VNM"),
    "country one letter": (RECIPIENT, "country_code", "V"),
    "country a number": (RECIPIENT, "country_code", 84),
    "contact too long": (RECIPIENT, "contact", "x" * 4_001),
    "transfer name missing": (TRANSFER, "name_vi", ABSENT),
    "transfer id no UUID": (TRANSFER, "transfer_id", "x"),
    "destination missing": (TRANSFER, "destination_country", ABSENT),
    "destination null": (TRANSFER, "destination_country", None),
    "destination unknown": (TRANSFER, "destination_country", "ZZ"),
    "transfer recipient too long": (TRANSFER, "recipient_name", "x" * 501),
    "transfer basis too long": (TRANSFER, "transfer_basis", "x" * 4_001),
    "subjects 2^64": (TRANSFER, "data_subject_count", 2**64),
    "subjects 2^63": (TRANSFER, "data_subject_count", 2**63),
    "subjects text": (TRANSFER, "data_subject_count", "5"),
    "subjects a fraction": (TRANSFER, "data_subject_count", 0.5),
    "subjects a boolean": (TRANSFER, "data_subject_count", False),
    "date infinity": (TRANSFER, "started_on", "infinity"),
    "date -infinity": (TRANSFER, "dossier_filed_on", "-infinity"),
    "date now": (TRANSFER, "started_on", "now"),
    "date today": (TRANSFER, "started_on", "today"),
    "date epoch": (TRANSFER, "dossier_filed_on", "epoch"),
    "date of no calendar": (TRANSFER, "started_on", "2026-02-30"),
    "date of no leap year": (TRANSFER, "started_on", "2025-02-29"),
    "date of month 13": (TRANSFER, "started_on", "2026-13-01"),
    "date of year 0": (TRANSFER, "dossier_filed_on", "0000-01-01"),
    "date the other way": (TRANSFER, "started_on", "01/02/2026"),
    "date a number": (TRANSFER, "started_on", 20_260_101),
}


def with_member(kind: Kind, member: str, value: Any) -> Json:
    """A good record whose one member has this value, or is absent."""
    record = kind.sample(**{member: value})
    return {name: kept for name, kept in record.items() if kept is not ABSENT}


def errors_between_neighbours(tenant: Tenant, kind: Kind, record: Any) -> list[Json]:
    """Post the record between two good ones, which must be written, and give its errors."""
    answer = tenant.post(kind, [kind.sample(), record, kind.sample()])
    assert answer.status_code == 201, answer.text
    body = answer.json()
    assert (body["total_submitted"], body["total_accepted"], body["total_rejected"]) == (3, 2, 1)
    assert counted(body) == (2, 0, 0, 1)
    assert tenant.count(kind) == 2
    errors: list[Json] = body["errors"]
    assert errors
    for error in errors:
        check_record_error(error)
        assert (error["index"], error["stage"]) == (1, "validate")
    return errors


@pytest.mark.parametrize("name", BAD)
def test_a_bad_member_is_found_where_it_is(tenant: Tenant, name: str) -> None:
    kind, member, value = BAD[name]
    errors = errors_between_neighbours(tenant, kind, with_member(kind, member, value))
    assert {error["pointer"] for error in errors} == {f"/{member}"}


@pytest.mark.parametrize("member", ["data_category_ids", "recipient_ids", "transfer_ids"])
@pytest.mark.parametrize("bad", ["42", "", 5, None, "infinity"], ids=repr)
def test_a_bad_id_in_a_list_is_found_by_its_position(tenant: Tenant, member: str, bad: Any) -> None:
    (error,) = errors_between_neighbours(tenant, ACTIVITY, ACTIVITY.sample(**{member: [GOOD_ID, bad]}))
    assert error["pointer"] == f"/{member}/1"


def test_a_pointer_escapes_what_json_pointer_escapes(tenant: Tenant) -> None:
    (error,) = errors_between_neighbours(tenant, RECIPIENT, RECIPIENT.sample(**{"a/b~c": 1}))
    assert error["pointer"] in ("/a~1b~0c", "")


def test_legitimate_interest_is_named_in_both_languages(tenant: Tenant) -> None:
    (error,) = errors_between_neighbours(tenant, ACTIVITY, ACTIVITY.sample(legal_basis="legitimate_interest"))
    assert (error["code"], error["pointer"]) == ("LEGAL_BASIS_UNKNOWN", "/legal_basis")
    assert "legitimate interest" in error["error"].lower().replace("_", " ")
    assert "lợi ích hợp pháp" in error["error_vi"].lower()


def test_all_errors_of_a_record_are_reported_at_once(tenant: Tenant) -> None:
    record = {
        "activity_id": "42",
        "activity_name_vi": " ",
        "legal_basis": "legitimate_interest",
        "purpose_vi": "x" * 4_001,
        "purpose_en": "\x00",
        "retention_period_months": 1_201,
        "requires_dpia": "no",
        "recipient_ids": [GOOD_ID, "a", "b"],
        "colour": "red",
    }
    errors = errors_between_neighbours(tenant, ACTIVITY, record)
    plain = set(record) - {"recipient_ids"}
    assert {error["pointer"] for error in errors} == {f"/{name}" for name in plain} | {
        "/recipient_ids/1",
        "/recipient_ids/2",
    }


def test_an_empty_record_lacks_every_required_member(tenant: Tenant) -> None:
    errors = errors_between_neighbours(tenant, TRANSFER, {})
    assert {error["pointer"] for error in errors} == {"/name_vi", "/destination_country"}


def test_an_error_carries_the_names_that_the_record_has(tenant: Tenant) -> None:
    own = str(uuid.uuid4())
    record = RECIPIENT.sample(recipient_id=own, external_id="scan-9931", country_code="XX")
    (error,) = errors_between_neighbours(tenant, RECIPIENT, record)
    assert error["external_id"] == "scan-9931"
    assert error["id"] in (own, None)


@pytest.mark.parametrize("member", ["recipient_id", "external_id"])
@pytest.mark.parametrize("spelling", ["same", "other spelling"])
def test_of_two_with_one_name_in_a_batch_one_is_written_at_most(tenant: Tenant, member: str, spelling: str) -> None:
    name = str(uuid.uuid4())
    again = {"recipient_id": name.upper(), "external_id": f" {name} "}[member] if spelling != "same" else name
    records = [RECIPIENT.sample(**{member: name}), RECIPIENT.sample(), RECIPIENT.sample(**{member: again})]
    answer = tenant.post(RECIPIENT, records)
    assert answer.status_code == 201
    errors = answer.json()["errors"]
    refused = {error["index"] for error in errors}
    assert 2 in refused
    assert refused <= {0, 2}
    assert {error["pointer"] for error in errors} == {f"/{member}"}
    assert tenant.count(RECIPIENT) == 3 - len(refused)


def test_every_legal_basis_of_the_law_is_accepted(tenant: Tenant) -> None:
    body = tenant.post(ACTIVITY, [ACTIVITY.sample(legal_basis=basis) for basis in BASES]).json()
    assert counted(body) == (6, 0, 0, 0)
    assert {row["legal_basis"] for row in tenant.rows("processing_activity")} == set(BASES)


def test_a_retention_is_0_to_1200_months_or_null(tenant: Tenant) -> None:
    months = [0, 1, 1_200, None]
    tenant.post(ACTIVITY, [ACTIVITY.sample(external_id=str(m), retention_period_months=m) for m in months])
    stored = {row["external_id"]: row["retention_period_months"] for row in tenant.rows("processing_activity")}
    assert stored == {str(m): m for m in months}


@pytest.mark.parametrize("letter", ["ế", "𠀀"], ids=["vietnamese", "outside the basic plane"])
def test_lengths_are_counted_in_characters(tenant: Tenant, letter: str) -> None:
    record = ACTIVITY.sample(activity_name_vi=letter * 500, purpose_vi=letter * 4_000, external_id=letter * 255)
    assert counted(tenant.post(ACTIVITY, [record]).json()) == (1, 0, 0, 0)
    (row,) = tenant.rows("processing_activity")
    assert {name: row[name] for name in record} == record


def test_text_is_stored_trimmed_and_in_nfc(tenant: Tenant) -> None:
    name = "Công ty Điện lực Hà Nội"
    sent = RECIPIENT.sample(
        name_vi=f" \t{unicodedata.normalize('NFD', name)}\n", contact="  Ｘ ", external_id=" scan-é "
    )
    assert tenant.post(RECIPIENT, [sent]).status_code == 201
    (row,) = tenant.rows("recipient")
    assert (row["name_vi"], row["contact"], row["external_id"]) == (name, "Ｘ", "scan-é")


@pytest.mark.parametrize(
    "text", ["\\.", "\\N", "a\tb\nc\r\nd", "'; DROP TABLE x; --", '"{},\\"', "\u202eabc\u200b", "🇻🇳"]
)
def test_any_other_text_is_stored_as_it_is(tenant: Tenant, text: str) -> None:
    assert counted(tenant.post(RECIPIENT, [RECIPIENT.sample(name_vi=f"a{text}b")]).json()) == (1, 0, 0, 0)
    assert [row["name_vi"] for row in tenant.rows("recipient")] == [f"a{text}b"]


MARKER = "QZ7giátrị7QZ"
MEDIA = ("application/json", "text/csv", "application/x-ndjson")
MARKED: dict[str, tuple[Kind, list[Any]]] = {
    "activity": (
        ACTIVITY,
        [
            ACTIVITY.sample(**{member: value})
            for member, value in {
                "activity_id": MARKER, "external_id": MARKER * 60, "activity_name_vi": MARKER * 60,
                "activity_name_en": [MARKER], "purpose_vi": MARKER + "\x00", "legal_basis": MARKER,
                "retention_period_months": MARKER, "requires_dpia": MARKER, "recipient_ids": MARKER,
                "transfer_ids": [MARKER], "colour": MARKER,
            }.items()
        ],
    ),
    "recipient": (RECIPIENT, [RECIPIENT.sample(recipient_type=MARKER), RECIPIENT.sample(country_code=MARKER), MARKER]),
    "transfer": (TRANSFER, [TRANSFER.sample(started_on=MARKER), TRANSFER.sample(data_subject_count=MARKER)]),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKED)
def test_rejected_values_are_repeated_nowhere(tenant: Tenant, name: str) -> None:
    kind, bad = MARKED[name]
    answer = tenant.post(kind, [*bad, kind.sample()])
    assert answer.status_code == 201
    assert answer.json()["total_rejected"] == len(bad)
    texts = [answer.text]
    texts += [tenant.get(answer.json()["errors_url"], headers={"Accept": media}).text for media in MEDIA]
    texts.append(tenant.get(answer.json()["job_url"]).text)
    for text in texts:
        assert "QZ7" not in text


def test_a_batch_without_a_valid_record_is_422_with_every_error(tenant: Tenant) -> None:
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample(country_code="XX"), {}])
    assert answer.status_code == 422
    body = answer.json()
    assert (body["total_submitted"], body["total_accepted"], body["total_rejected"]) == (2, 0, 2)
    assert body["recipient_ids"] == []
    assert {(error["index"], error["pointer"]) for error in body["errors"]} == {
        (0, "/country_code"),
        (1, "/name_vi"),
        (1, "/recipient_type"),
    }
    assert tenant.count(RECIPIENT) == 0
    if body.get("job_id"):
        assert tenant.job(body["job_id"])["records"]["rejected"] == 2


def test_a_batch_without_a_valid_record_is_422_in_the_background_too(tenant: Tenant) -> None:
    answer = tenant.post(RECIPIENT, [{}], background=True)
    assert answer.status_code == 422
    assert answer.json()["total_rejected"] == 1
