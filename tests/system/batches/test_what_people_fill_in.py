"""What a person has filled in stays when a scanner sends its records again, as it does each night; null empties."""

from tests.system.answers import counted
from tests.system.api import Tenant
from tests.system.samples import ACTIVITY, RECIPIENT, Kind, each_kind


@each_kind
def test_a_scanners_nightly_upsert_leaves_what_a_person_has_filled_in(tenant: Tenant, kind: Kind) -> None:
    """Whether the scan has changed anything else, or nothing."""
    scan = [kind.sample(external_id=f"scan-{place}") for place in range(3)]
    assert counted(tenant.post(kind, scan, mode="upsert").json()) == (3, 0, 0, 0)
    filled = {**scan[1], **kind.filled_in}
    assert counted(tenant.post(kind, [filled], mode="upsert").json()) == (0, 1, 0, 0)
    assert counted(tenant.post(kind, scan, mode="upsert").json()) == (0, 0, 3, 0)
    name = "activity_name_vi" if kind is ACTIVITY else "name_vi"
    changed = [{**record, name: "Tên khác"} for record in scan]
    assert counted(tenant.post(kind, changed, mode="upsert").json()) == (0, 3, 0, 0)
    rows = {row["external_id"]: row for row in tenant.rows(kind.table)}
    assert {member: str(rows["scan-1"][member]) for member in kind.filled_in} == {
        member: str(value) for member, value in kind.filled_in.items()
    }
    assert all(rows["scan-0"][member] is None for member in kind.filled_in)
    emptied = [{**changed[1], **dict.fromkeys(kind.filled_in)}]
    assert counted(tenant.post(kind, emptied, mode="upsert").json()) == (0, 1, 0, 0)
    assert all(row[member] is None for row in tenant.rows(kind.table) for member in kind.filled_in)


def test_a_list_that_is_null_is_an_empty_one(tenant: Tenant) -> None:
    (own,) = tenant.post(RECIPIENT, [RECIPIENT.sample(external_id="bank")]).json()["recipient_ids"]
    named = {"external_id": "scan-1", "recipient_ids": [own]}
    tenant.post(ACTIVITY, [ACTIVITY.sample(**named)])
    for members in ({"recipient_ids": None}, {"recipient_external_ids": None}):
        assert counted(tenant.post(ACTIVITY, [ACTIVITY.sample(**named)], mode="upsert").json())[3] == 0
        assert len(tenant.rows("activity_recipient")) == 1
        emptied = ACTIVITY.sample(external_id="scan-1", **members)
        assert counted(tenant.post(ACTIVITY, [emptied], mode="upsert").json()) == (0, 1, 0, 0)
        assert tenant.rows("activity_recipient") == []
