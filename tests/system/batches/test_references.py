"""The lists of ids in an activity: what they must name, and the link rows they become."""

import uuid

import pytest

from tests.system.answers import check_record_error, counted
from tests.system.api import Tenant
from tests.system.samples import ACTIVITY, CATEGORY, RECIPIENT, TRANSFER, Kind

# list member: (kind of the target, link table, its column)
LINKS: dict[str, tuple[Kind, str, str]] = {
    "data_category_ids": (CATEGORY, "activity_data_category", "data_category_id"),
    "recipient_ids": (RECIPIENT, "activity_recipient", "recipient_id"),
    "transfer_ids": (TRANSFER, "activity_transfer", "transfer_id"),
}
each_link = pytest.mark.parametrize("member", LINKS)


def targets(tenant: Tenant, member: str, count: int) -> list[str]:
    """The ids of that many fresh records that the list may name."""
    kind = LINKS[member][0]
    ids: list[str] = tenant.post(kind, [kind.sample() for _ in range(count)]).json()[kind.ids_member]
    assert len(ids) == count
    return ids


def linked(tenant: Tenant, member: str) -> list[tuple[str, str]]:
    """The tenant's link rows: activity and target, sorted."""
    _, table, column = LINKS[member]
    return sorted((str(row["activity_id"]), str(row[column])) for row in tenant.rows(table))


@each_link
def test_a_list_becomes_link_rows(tenant: Tenant, member: str) -> None:
    first, second = targets(tenant, member, 2)
    own = [str(uuid.uuid4()) for _ in range(3)]
    lists = [[first, second], [], [second]]
    records = [ACTIVITY.sample(activity_id=a, **{member: ids}) for a, ids in zip(own, lists, strict=True)]
    assert counted(tenant.post(ACTIVITY, records).json()) == (3, 0, 0, 0)
    assert linked(tenant, member) == sorted([(own[0], first), (own[0], second), (own[2], second)])


@each_link
def test_duplicates_in_a_list_count_once(tenant: Tenant, member: str) -> None:
    (target,) = targets(tenant, member, 1)
    own = str(uuid.uuid4())
    record = ACTIVITY.sample(activity_id=own, **{member: [target, target.upper(), target]})
    assert counted(tenant.post(ACTIVITY, [record]).json()) == (1, 0, 0, 0)
    assert linked(tenant, member) == [(own, target)]


@each_link
def test_an_unknown_id_rejects_its_record_alone(tenant: Tenant, member: str) -> None:
    (target,) = targets(tenant, member, 1)
    bad = ACTIVITY.sample(external_id="scan-bad", **{member: [target, str(uuid.uuid4())]})
    answer = tenant.post(ACTIVITY, [ACTIVITY.sample(**{member: [target]}), bad, ACTIVITY.sample()])
    assert answer.status_code == 201
    body = answer.json()
    (error,) = body["errors"]
    check_record_error(error)
    assert (error["index"], error["external_id"], error["stage"]) == (1, "scan-bad", "reference")
    assert error["pointer"] == f"/{member}/1"
    assert counted(body) == (2, 0, 0, 1)
    assert len(body["activity_ids"]) == 2
    assert {str(row["activity_id"]) for row in tenant.rows("processing_activity")} == set(body["activity_ids"])
    assert linked(tenant, member) == [(body["activity_ids"][0], target)]


def test_a_pointer_counts_positions_as_they_were_sent(tenant: Tenant) -> None:
    (target,) = targets(tenant, "recipient_ids", 1)
    unknown = [str(uuid.uuid4()) for _ in range(2)]
    record = ACTIVITY.sample(recipient_ids=[target, target, unknown[0]], transfer_ids=[unknown[1]])
    body = tenant.post(ACTIVITY, [ACTIVITY.sample(), record]).json()
    assert {error["pointer"] for error in body["errors"]} == {"/recipient_ids/2", "/transfer_ids/0"}
    assert {error["index"] for error in body["errors"]} == {1}
    assert counted(body) == (1, 0, 0, 1)


@each_link
def test_another_tenants_records_are_unknown(tenant: Tenant, other_tenant: Tenant, member: str) -> None:
    (target,) = targets(other_tenant, member, 1)
    body = tenant.post(ACTIVITY, [ACTIVITY.sample(**{member: [target]}), ACTIVITY.sample()]).json()
    assert [(error["index"], error["pointer"]) for error in body["errors"]] == [(0, f"/{member}/0")]
    assert linked(tenant, member) == []


def test_an_id_of_another_kind_is_unknown(tenant: Tenant) -> None:
    (category,) = targets(tenant, "data_category_ids", 1)
    body = tenant.post(ACTIVITY, [ACTIVITY.sample(recipient_ids=[category]), ACTIVITY.sample()]).json()
    assert [error["pointer"] for error in body["errors"]] == ["/recipient_ids/0"]


def test_references_are_checked_in_every_chunk_of_a_large_batch(tenant: Tenant) -> None:
    (target,) = targets(tenant, "recipient_ids", 1)
    bad = {7, 1_500, 2_999}
    records = [ACTIVITY.sample(recipient_ids=[str(uuid.uuid4()) if n in bad else target]) for n in range(3_000)]
    body = tenant.post(ACTIVITY, records).json()
    assert sorted(error["index"] for error in body["errors"]) == sorted(bad)
    assert counted(body) == (2_997, 0, 0, 3)
    assert len(linked(tenant, "recipient_ids")) == 2_997


def named(tenant: Tenant, member: str, *names: str) -> list[str]:
    """Fresh records with these external ids that a list may name; returns their ids."""
    kind = LINKS[member][0]
    ids: list[str] = tenant.post(kind, [kind.sample(external_id=name) for name in names]).json()[kind.ids_member]
    return ids


@each_link
def test_a_scanner_links_by_its_own_names(tenant: Tenant, member: str) -> None:
    """Beside or in place of ids, and the same target in both counts once."""
    first, second = named(tenant, member, "bank", "tax office")
    names = member.replace("_ids", "_external_ids")
    own = [str(uuid.uuid4()) for _ in range(2)]
    records = [
        ACTIVITY.sample(activity_id=own[0], **{names: ["bank", " tax office "]}),
        ACTIVITY.sample(activity_id=own[1], **{names: ["bank"], member: [first]}),
    ]
    assert counted(tenant.post(ACTIVITY, records).json()) == (2, 0, 0, 0)
    assert linked(tenant, member) == sorted([(own[0], first), (own[0], second), (own[1], first)])


@each_link
def test_an_unknown_name_rejects_its_record_alone(tenant: Tenant, member: str) -> None:
    named(tenant, member, "bank")
    names = member.replace("_ids", "_external_ids")
    bad = ACTIVITY.sample(external_id="scan-bad", **{names: ["bank", "bank", "bank", "nobody"]})
    body = tenant.post(ACTIVITY, [ACTIVITY.sample(), bad]).json()
    (error,) = body["errors"]
    check_record_error(error)
    assert (error["index"], error["code"], error["stage"]) == (1, "EXTERNAL_ID_UNKNOWN", "reference")
    assert error["pointer"] == f"/{names}/3"
    assert "nobody" not in error["error"] + error["error_vi"]
    assert counted(body) == (1, 0, 0, 1)
