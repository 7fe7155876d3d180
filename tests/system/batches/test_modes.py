"""insert, ignore and upsert: by the record's own id and by its external_id."""

import uuid

import pytest

from tests.system.answers import check_record_error, counted
from tests.system.api import Tenant
from tests.system.samples import ACTIVITY, RECIPIENT, Json, Kind, each_kind

each_key = pytest.mark.parametrize("by", ["own id", "external_id"])


def named(kind: Kind, by: str) -> Json:
    """A full record that can be met again by this name."""
    return kind.full(**({kind.id_field: str(uuid.uuid4())} if by == "own id" else {"external_id": "scan-1"}))


def name_of(kind: Kind) -> str:
    """The member that holds the kind's Vietnamese name."""
    return "activity_name_vi" if kind is ACTIVITY else "name_vi"


@each_key
@each_kind
def test_insert_refuses_what_exists_and_writes_the_rest(tenant: Tenant, kind: Kind, by: str) -> None:
    record = named(kind, by)
    assert counted(tenant.post(kind, [record]).json()) == (1, 0, 0, 0)
    answer = tenant.post(kind, [kind.sample(), {**record, name_of(kind): "Tên khác"}, kind.sample()], mode="insert")
    assert answer.status_code == 201
    body = answer.json()
    assert {error["index"] for error in body["errors"]} == {1}
    for error in body["errors"]:
        check_record_error(error)
        assert error["stage"] != "validate"
    assert counted(body) == (2, 0, 0, 1)
    assert len(body[kind.ids_member]) == 2
    assert "Tên khác" not in {row[name_of(kind)] for row in tenant.rows(kind.table)}
    assert tenant.count(kind) == 3


@each_key
@each_kind
def test_ignore_leaves_what_exists(tenant: Tenant, kind: Kind, by: str) -> None:
    record = named(kind, by)
    ids = tenant.post(kind, [record]).json()[kind.ids_member]
    body = tenant.post(kind, [{**record, name_of(kind): "Tên khác"}, kind.sample()], mode="ignore").json()
    assert counted(body) == (1, 0, 1, 0)
    assert body["errors"] == []
    assert body[kind.ids_member][:1] == ids
    assert {str(row[kind.id_field]) for row in tenant.rows(kind.table)} == set(body[kind.ids_member])
    assert "Tên khác" not in {row[name_of(kind)] for row in tenant.rows(kind.table)}


@each_key
@each_kind
def test_upsert_updates_what_differs_and_counts_what_does_not(tenant: Tenant, kind: Kind, by: str) -> None:
    record = named(kind, by)
    created = tenant.post(kind, [record], mode="upsert").json()
    assert counted(created) == (1, 0, 0, 0)
    unchanged = tenant.post(kind, [record], mode="upsert").json()
    assert counted(unchanged) == (0, 0, 1, 0)
    changed = {**record, name_of(kind): "Tên khác"}
    updated = tenant.post(kind, [changed, kind.sample()], mode="upsert").json()
    assert counted(updated) == (1, 1, 0, 0)
    assert unchanged[kind.ids_member] == created[kind.ids_member]
    assert updated[kind.ids_member][:1] == created[kind.ids_member]
    (row,) = [row for row in tenant.rows(kind.table) if str(row[kind.id_field]) == created[kind.ids_member][0]]
    assert {name: str(row[name]) for name in changed} == {name: str(value) for name, value in changed.items()}
    job = tenant.job(updated["job_id"])
    assert (job["records"]["created"], job["records"]["updated"], job["mode"]) == (1, 1, "upsert")


def test_upsert_replaces_the_links(tenant: Tenant) -> None:
    first, second = tenant.post(RECIPIENT, [RECIPIENT.sample(), RECIPIENT.sample()]).json()["recipient_ids"]
    for ids, counts in (([first], (1, 0, 0, 0)), ([first], (0, 0, 1, 0)), ([second], (0, 1, 0, 0))):
        record = ACTIVITY.sample(external_id="scan-1", recipient_ids=ids)
        assert counted(tenant.post(ACTIVITY, [record], mode="upsert").json()) == counts
        assert [str(row["recipient_id"]) for row in tenant.rows("activity_recipient")] == ids


def row_of(tenant: Tenant, kind: Kind, own: str) -> Json:
    """A stored record, as JSON would have it."""
    (row,) = [row for row in tenant.rows(kind.table) if str(row[kind.id_field]) == own]
    return {name: value if value is None else str(value) for name, value in row.items()}


@each_key
@each_kind
def test_upsert_leaves_what_does_not_come_and_null_empties(tenant: Tenant, kind: Kind, by: str) -> None:
    record = named(kind, by)
    (own,) = tenant.post(kind, [record]).json()[kind.ids_member]
    before, name = (
        row_of(tenant, kind, own),
        {key: record[key] for key in (kind.id_field, "external_id") if key in record},
    )
    bare = kind.sample(**name)
    assert counted(tenant.post(kind, [bare], mode="upsert").json()) == (0, 0, 1, 0)
    empty = [member for member, value in kind.optional.items() if not isinstance(value, bool)]
    # A batch of which each record has its own members: what one of them brings does not touch the other.
    body = tenant.post(kind, [{**bare, empty[0]: None}, kind.full(external_id="other")], mode="upsert").json()
    assert counted(body) == (1, 1, 0, 0)
    after = row_of(tenant, kind, own)
    assert {member for member in before if after[member] != before[member]} <= {
        empty[0],
        "job_id",
        "updated_at",
        "fingerprint",
    }
    assert after[empty[0]] is None
    assert counted(tenant.post(kind, [{**bare, **dict.fromkeys(empty)}], mode="upsert").json()) == (0, 1, 0, 0)
    assert all(row_of(tenant, kind, own)[member] is None for member in empty)


def test_upsert_leaves_flags_and_refuses_null_for_them(tenant: Tenant) -> None:
    record = ACTIVITY.sample(external_id="scan-1", requires_dpia=True)
    tenant.post(ACTIVITY, [record])
    tenant.post(ACTIVITY, [ACTIVITY.sample(external_id="scan-1", purpose_vi="Mới")], mode="upsert")
    (row,) = tenant.rows("processing_activity")
    assert (row["requires_dpia"], row["has_automated_decision_making"], row["purpose_vi"]) == (True, False, "Mới")
    null = ACTIVITY.sample(external_id="scan-1", requires_dpia=None)
    assert tenant.post(ACTIVITY, [null], mode="upsert").json()["errors"][0]["pointer"] == "/requires_dpia"


def test_upsert_by_id_keeps_the_external_id(tenant: Tenant) -> None:
    """Else the next scan, which knows the record by its external_id, would make a second row."""
    (own,) = tenant.post(RECIPIENT, [RECIPIENT.sample(external_id="scan-1")]).json()["recipient_ids"]
    tenant.post(RECIPIENT, [RECIPIENT.sample(recipient_id=own, contact="dpo@example.vn")], mode="upsert")
    again = tenant.post(RECIPIENT, [RECIPIENT.sample(external_id="scan-1")], mode="upsert").json()
    assert (counted(again), again["recipient_ids"]) == ((0, 0, 1, 0), [own])


def test_upsert_leaves_links_that_are_not_spoken_of(tenant: Tenant) -> None:
    ids = tenant.post(RECIPIENT, [RECIPIENT.sample(), RECIPIENT.sample()]).json()["recipient_ids"]
    tenant.post(ACTIVITY, [ACTIVITY.sample(external_id=name, recipient_ids=ids) for name in ("a", "b")])
    bodies = [ACTIVITY.sample(external_id="a", purpose_vi="Mới"), ACTIVITY.sample(external_id="b", recipient_ids=[])]
    assert counted(tenant.post(ACTIVITY, bodies, mode="upsert").json()) == (0, 2, 0, 0)
    owners = {str(row["activity_id"]) for row in tenant.rows("activity_recipient")}
    names = {str(row["activity_id"]): row["external_id"] for row in tenant.rows("processing_activity")}
    assert [names[owner] for owner in owners] == ["a"]


@pytest.mark.parametrize("apart", [0, 2_500], ids=["one chunk", "two chunks"])
def test_a_record_that_comes_by_both_of_its_names_ends_the_same_wherever_the_batch_is_cut(
    tenant: Tenant, apart: int
) -> None:
    (own,) = tenant.post(RECIPIENT, [RECIPIENT.sample(external_id="scan-1")]).json()["recipient_ids"]
    by_name = RECIPIENT.sample(external_id="scan-1", contact="dpo@example.vn")
    by_id = RECIPIENT.sample(recipient_id=own, country_code="VN")
    body = tenant.post(RECIPIENT, [by_name, *[RECIPIENT.sample()] * apart, by_id], mode="upsert").json()
    assert (counted(body), body["errors"]) == ((apart, 2, 0, 0), [])
    (row,) = [row for row in tenant.rows("recipient") if str(row["recipient_id"]) == own]
    assert (row["external_id"], row["contact"], row["country_code"]) == ("scan-1", "dpo@example.vn", "VN")


def test_upsert_with_an_unknown_reference_changes_nothing(tenant: Tenant) -> None:
    record = ACTIVITY.full(external_id="scan-1")
    tenant.post(ACTIVITY, [record])
    bad = {**record, "activity_name_vi": "Tên khác", "transfer_ids": [str(uuid.uuid4())]}
    body = tenant.post(ACTIVITY, [bad, ACTIVITY.sample()], mode="upsert").json()
    assert counted(body) == (1, 0, 0, 1)
    assert "Tên khác" not in {row["activity_name_vi"] for row in tenant.rows("processing_activity")}


def test_upsert_does_not_reach_into_another_tenant(tenant: Tenant, other_tenant: Tenant) -> None:
    record = named(RECIPIENT, "own id")
    tenant.post(RECIPIENT, [record])
    theirs = other_tenant.post(RECIPIENT, [{**record, "name_vi": "Của tôi"}], mode="upsert")
    assert counted(theirs.json()) == (1, 0, 0, 0)
    assert [row["name_vi"] for row in tenant.rows("recipient")] == [record["name_vi"]]


def test_a_large_upsert_counts_every_outcome(tenant: Tenant) -> None:
    records = [RECIPIENT.sample(external_id=f"scan-{n}") for n in range(3_000)]
    ids = tenant.post(RECIPIENT, records[:2_000]).json()["recipient_ids"]
    changed = [{**record, "name_vi": "Tên khác"} for record in records[:700]] + records[700:]
    body = tenant.post(RECIPIENT, changed, mode="upsert").json()
    assert counted(body) == (1_000, 700, 1_300, 0)
    assert body["recipient_ids"][:2_000] == ids
    assert tenant.count(RECIPIENT) == 3_000
