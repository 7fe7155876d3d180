"""An upsert changes what came: what did not come stays, null empties, and a list replaces the links."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.local.servers.postgres import PostgresServer
from libs.jobs.payload import unpack_records
from tests.servers import cloned_database
from tests.writing import Desk, activity, open_desk, recipient

Values = dict[str, Any]


@pytest.fixture(scope="module")
def desk(postgres: PostgresServer, template: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer on a database of this module's own."""
    with cloned_database(postgres.url, template) as url, open_desk(url, redis_client) as desk:
        yield desk


NOTHING: Values = {
    "purpose_vi": None, "purpose_en": None, "retention_period_months": None, "requires_dpia": False,
    "recipient_ids": [], "sensitive_notice": None, "security_measures_vi": None,
}  # fmt: skip
"""What a new row has of the members that are tried here, where they do not come."""
TARGETS = [uuid.UUID(int=place + 1, version=4) for place in range(4)]
NAMED = {f"bank-{place}": target for place, target in enumerate(TARGETS)}
texts = st.sampled_from([None, "Một", "Hai", "Ba"])
MEMBERS: dict[str, st.SearchStrategy[Any]] = {
    "purpose_vi": texts,
    "purpose_en": texts,
    "retention_period_months": st.none() | st.integers(0, 9),
    "requires_dpia": st.booleans(),
    "sensitive_notice": st.none() | st.booleans(),
    "security_measures_vi": texts,
    "recipient_ids": st.none() | st.lists(st.sampled_from(TARGETS), max_size=4),
    "recipient_external_ids": st.none() | st.lists(st.sampled_from(sorted(NAMED)), max_size=3),
}
STORED, NEW = 4, 2
patches = st.fixed_dictionaries({}, optional=MEMBERS)
alike = st.sets(st.sampled_from(sorted(MEMBERS))).flatmap(
    lambda names: st.lists(
        st.fixed_dictionaries({name: MEMBERS[name] for name in sorted(names)}),
        min_size=STORED + NEW,
        max_size=STORED + NEW,
    )
)
mixed = st.lists(patches, min_size=STORED + NEW, max_size=STORED + NEW)


def stored(desk: Desk, tenant: uuid.UUID) -> dict[str | None, Values]:
    """The tenant's activities by external_id."""
    linked: dict[uuid.UUID, list[uuid.UUID]] = {}
    for link in desk.rows("inventory.activity_recipient", tenant):
        linked.setdefault(link["activity_id"], []).append(link["recipient_id"])
    return {
        row["external_id"]: {name: row.get(name) for name in NOTHING}
        | {"recipient_ids": linked.get(row["activity_id"], [])}
        for row in desk.rows("inventory.processing_activity", tenant)
    }


def changed(before: Values, patch: Values) -> Values:
    """What a row holds after the patch: ids and names are one list."""
    after = {**before, **patch}
    names = after.pop("recipient_external_ids", [])
    if "recipient_external_ids" in patch:
        after["recipient_ids"] = [*(patch.get("recipient_ids") or ()), *(NAMED[name] for name in names or ())]
    return after | {"recipient_ids": sorted(set(after["recipient_ids"] or ()))}


@settings(max_examples=40, deadline=None)
@given(
    before=st.lists(st.fixed_dictionaries(MEMBERS), min_size=STORED, max_size=STORED),
    patch=mixed | alike,
    by_id=st.lists(st.booleans(), min_size=STORED, max_size=STORED),
)
def test_what_did_not_come_stays(desk: Desk, before: list[Values], patch: list[Values], by_id: list[bool]) -> None:
    """Rows that are named by their id or their external_id, and new ones; the same members in all records, or not."""
    tenant = uuid.uuid4()
    desk.write(tenant, [recipient(recipient_id=own, external_id=name) for name, own in NAMED.items()])
    ids, names = [uuid.uuid4() for _ in range(STORED)], [f"scan-{place}" for place in range(STORED + NEW)]
    desk.write(tenant, [
        activity(activity_id=own, external_id=name, **values)
        for own, name, values in zip(ids, names, before, strict=False)
    ])  # fmt: skip
    naming = [
        {"activity_id": ids[place]} if place < STORED and by_id[place] else {"external_id": names[place]}
        for place in range(STORED + NEW)
    ]
    records = [activity(**name, **values) for name, values in zip(naming, patch, strict=True)]
    old = [changed(NOTHING, values) for values in before] + [NOTHING] * NEW
    after = [changed(values, each) for values, each in zip(old, patch, strict=True)]
    counts = desk.write(tenant, records, mode="upsert").counts
    assert stored(desk, tenant) == dict(zip(names, after, strict=True))
    updated = sum(after[place] != old[place] for place in range(STORED))
    expected = {"created": NEW, "updated": updated, "unchanged": STORED - updated}
    assert counts == {name: count for name, count in expected.items() if count}
    assert desk.write(tenant, records, mode="upsert").counts == {"unchanged": STORED + NEW}


def test_records_of_a_chunk_may_each_bring_their_own_members(desk: Desk, tenant: uuid.UUID) -> None:
    desk.write(tenant, [activity(external_id=name, purpose_vi="Một", purpose_en="Hai") for name in "ab"])
    records = [activity(external_id="a", purpose_vi=None), activity(external_id="b", purpose_en="Ba")]
    assert desk.write(tenant, records, mode="upsert").counts == {"updated": 2}
    rows = {row["external_id"]: row for row in desk.rows("inventory.processing_activity", tenant)}
    assert (rows["a"]["purpose_vi"], rows["a"]["purpose_en"]) == (None, "Hai")
    assert (rows["b"]["purpose_vi"], rows["b"]["purpose_en"]) == ("Một", "Ba")


@pytest.mark.parametrize("member", ["recipient_ids", "recipient_external_ids"])
def test_a_list_that_is_null_is_an_empty_one(desk: Desk, tenant: uuid.UUID, member: str) -> None:
    bank = uuid.uuid4()
    desk.write(tenant, [recipient(recipient_id=bank, external_id="bank")])
    desk.write(tenant, [activity(external_id="a", recipient_ids=[bank])])
    emptied = [activity(external_id="a", **{member: None})]
    assert desk.write(tenant, emptied, mode="upsert").counts == {"updated": 1}
    assert desk.rows("inventory.activity_recipient", tenant) == []
    assert desk.write(tenant, emptied, mode="upsert").counts == {"unchanged": 1}


def test_an_external_id_that_did_not_come_stays_and_null_takes_it_away(desk: Desk, tenant: uuid.UUID) -> None:
    """Else the next scan, which knows the record by it, would make a second row."""
    own = uuid.uuid4()
    desk.write(tenant, [activity("Cũ", activity_id=own, external_id="a")])
    assert desk.write(tenant, [activity("Mới", activity_id=own)], mode="upsert").counts == {"updated": 1}
    assert desk.write(tenant, [activity("Lại mới", external_id="a")], mode="upsert").counts == {"updated": 1}
    assert set(stored(desk, tenant)) == {"a"}
    assert desk.write(tenant, [activity(activity_id=own, external_id=None)], mode="upsert").counts == {"updated": 1}
    assert set(stored(desk, tenant)) == {None}


@pytest.mark.parametrize("mode", ["insert", "ignore", "upsert"])
def test_a_chunk_whose_records_have_the_same_members_carries_no_bits(desk: Desk, tenant: uuid.UUID, mode: str) -> None:
    records = [activity(external_id=f"scan-{place}", purpose_vi="Một") for place in range(3)]
    lease = desk.lease(tenant, records, mode=mode)
    packed = unpack_records(lease.payload)
    assert packed.present == []
    assert packed.columns == ("activity_id", "external_id", "activity_name_vi", "purpose_vi", "legal_basis")
    assert desk.deliver(lease).counts == {"created": 3}


def test_a_rejected_patch_is_shown_as_it_came(desk: Desk, tenant: uuid.UUID) -> None:
    """So that it can be posted again and means the same: null and nothing included."""
    stranger = uuid.uuid4()
    records = [
        activity("Một", external_id="a", purpose_vi=None, recipient_ids=[stranger], transfer_ids=[]),
        activity("Hai", purpose_en="x", requires_dpia=False, recipient_ids=[stranger]),
    ]
    assert desk.write(tenant, records, mode="upsert").counts == {"rejected": 2}
    assert [json.loads(row["raw"]) for row in desk.rows("ingest.reject", tenant)] == [
        {"external_id": "a", "activity_name_vi": "Một", "purpose_vi": None, "legal_basis": "contract",
         "recipient_ids": [str(stranger)], "transfer_ids": []},
        {"activity_name_vi": "Hai", "purpose_en": "x", "legal_basis": "contract", "requires_dpia": False,
         "recipient_ids": [str(stranger)]},
    ]  # fmt: skip
