"""Links by a scanner's own names: found by the writer, as sets, with the meaning that ids have."""

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from msgspec.structs import replace

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.inventory.records import ENTITIES
from libs.jobs.payload import unpack_records
from services.writer.inventory import names as names_module
from tests.servers import cloned_database
from tests.writing import Desk, Written, activity, category, open_desk, recipient, transfer

LINKS = ENTITIES["processing-activities"].links
MAKE = {"data_category": category, "recipient": recipient, "data_transfer": transfer}
TABLES = {link.names: (f"inventory.{link.table}", link.column) for link in LINKS}
each_link = pytest.mark.parametrize("link", LINKS, ids=[link.names for link in LINKS])
MODES = ["insert", "ignore", "upsert"]


@pytest.fixture(scope="module")
def desk(postgres: PostgresServer, template: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer on a database of this module's own."""
    with cloned_database(postgres.url, template) as url, open_desk(url, redis_client) as desk:
        yield desk


def named(desk: Desk, tenant: uuid.UUID, link: Any, *names: str) -> list[uuid.UUID]:
    """Targets of a link with these names; returns their ids."""
    ids = [uuid.uuid4() for _ in names]
    make = MAKE[link.target]
    desk.write(tenant, [make(**{link.column: own}, external_id=name) for own, name in zip(ids, names, strict=True)])
    return ids


def linked(desk: Desk, tenant: uuid.UUID, member: str) -> list[uuid.UUID]:
    """The targets of all the tenant's rows in a link table."""
    table, column = TABLES[member]
    return sorted(row[column] for row in desk.rows(table, tenant))


@each_link
@pytest.mark.parametrize("mode", MODES)
def test_names_and_ids_become_link_rows_together(desk: Desk, tenant: uuid.UUID, link: Any, mode: str) -> None:
    a, b, c = named(desk, tenant, link, "a", "b", "c")
    records = [
        activity(external_id="1", **{link.names: ["a", "b"]}),
        activity(external_id="2", **{link.names: ["c"], link.field: [a]}),
        activity(external_id="3", **{link.field: [b]}),
        activity(external_id="4"),
    ]
    assert desk.write(tenant, records, mode=mode).counts == {"created": 4}
    assert linked(desk, tenant, link.names) == sorted([a, b, c, a, b])


@each_link
@pytest.mark.parametrize("mode", MODES)
def test_one_target_named_in_any_way_counts_once(desk: Desk, tenant: uuid.UUID, link: Any, mode: str) -> None:
    (a,) = named(desk, tenant, link, "a")
    record = activity(external_id="1", **{link.names: ["a", "a"], link.field: [a, a]})
    assert desk.write(tenant, [record, activity(external_id="2")], mode=mode).counts == {"created": 2}
    assert linked(desk, tenant, link.names) == [a]


@each_link
@pytest.mark.parametrize("mode", MODES)
def test_an_unknown_name_rejects_its_record_with_a_pointer(desk: Desk, tenant: uuid.UUID, link: Any, mode: str) -> None:
    (a,) = named(desk, tenant, link, "a")
    stranger = uuid.uuid4()
    records = [
        activity(external_id="1", **{link.names: ["a"]}),
        activity(external_id="2", **{link.names: ["a", "a", "a", "b"], link.field: [a, stranger]}),
        activity(external_id="3", **{link.names: ["c"]}),
    ]
    written = desk.write(tenant, records, mode=mode)
    assert written.counts == {"created": 1, "rejected": 2}
    assert written.faults == {
        1: [("REFERENCE_UNKNOWN", f"/{link.field}/1"), ("EXTERNAL_ID_UNKNOWN", f"/{link.names}/3")],
        2: [("EXTERNAL_ID_UNKNOWN", f"/{link.names}/0")],
    }
    assert [reject.stage for reject in written.outcome.rejects] == ["reference"] * 2
    assert linked(desk, tenant, link.names) == [a]
    assert [json.loads(row["raw"]) for row in desk.rows("ingest.reject", tenant)] == [
        {"external_id": "2", "activity_name_vi": "Tính lương", "legal_basis": "contract",
         link.field: [str(a), str(stranger)], link.names: ["a", "a", "a", "b"]},
        {"external_id": "3", "activity_name_vi": "Tính lương", "legal_basis": "contract", link.names: ["c"]},
    ]  # fmt: skip


def test_another_tenants_names_are_unknown(desk: Desk, tenant: uuid.UUID) -> None:
    named(desk, uuid.uuid4(), LINKS[1], "a")
    assert desk.write(tenant, [activity(recipient_external_ids=["a"])]).counts == {"rejected": 1}


def test_a_list_that_comes_replaces_the_links_whichever_list_it_is(desk: Desk, tenant: uuid.UUID) -> None:
    link = LINKS[1]
    a, b = named(desk, tenant, link, "a", "b")

    def upsert(**values: Any) -> Written:
        return desk.write(tenant, [activity(external_id="1", **values)], mode="upsert")

    assert upsert(recipient_external_ids=["a", "b"]).counts == {"created": 1}
    assert upsert().counts == {"unchanged": 1}
    assert upsert(recipient_ids=[b, a]).counts == {"unchanged": 1}
    assert upsert(recipient_external_ids=["b"]).counts == {"updated": 1}
    assert linked(desk, tenant, link.names) == [b]
    assert upsert(recipient_ids=[a], recipient_external_ids=[]).counts == {"updated": 1}
    assert linked(desk, tenant, link.names) == [a]
    assert upsert(recipient_external_ids=[]).counts == {"updated": 1}
    assert linked(desk, tenant, link.names) == []


def test_an_aborted_batch_and_a_dry_run_leave_nothing(desk: Desk, tenant: uuid.UUID) -> None:
    named(desk, tenant, LINKS[1], "a")
    records = [activity(recipient_external_ids=["a"]), activity(recipient_external_ids=["b"])]
    assert desk.write(tenant, records, on_error="abort").counts == {"rejected": 1, "failed": 1}
    assert desk.write(tenant, records, dry_run=True).counts == {"created": 1, "rejected": 1}
    assert desk.rows("inventory.processing_activity", tenant) == []


def test_a_record_that_postgresql_refuses_costs_its_neighbours_no_names(desk: Desk, tenant: uuid.UUID) -> None:
    """They are found before the rows are written by halves, and again for rows that exist already."""
    (a,) = named(desk, tenant, LINKS[1], "a")
    own = uuid.uuid4()
    desk.write(tenant, [activity(activity_id=own)])
    records = [activity(activity_id=each, recipient_external_ids=["a"]) for each in (None, own, None)]
    assert desk.write(tenant, records).counts == {"created": 2, "rejected": 1}
    assert linked(desk, tenant, LINKS[1].names) == [a, a]


def test_a_chunk_that_failed_shows_its_records_as_they_came(desk: Desk, tenant: uuid.UUID) -> None:
    lease = desk.lease(tenant, [activity(recipient_external_ids=["b", "a"], recipient_ids=[])], mode="upsert")
    desk.writer.fail(lease, "permanent", "XX000")
    (row,) = desk.rows("ingest.reject", tenant)
    assert json.loads(row["raw"]) == {
        "activity_name_vi": "Tính lương", "legal_basis": "contract", "recipient_ids": [],
        "recipient_external_ids": ["b", "a"],
    }  # fmt: skip


def test_names_that_did_not_come_take_no_room(desk: Desk, tenant: uuid.UUID) -> None:
    packed = unpack_records(desk.lease(tenant, [activity()]).payload)
    assert packed.names == {}


def test_a_chunk_asks_once_for_each_target_table(
    desk: Desk, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As sets: not a statement a record, and each name once."""
    asked: list[list[str]] = []
    find = names_module.find_names

    def noted(connection: Any, link: Any, owner: uuid.UUID, names: list[str]) -> Any:
        asked.append(sorted(names))
        return find(connection, link, owner, names)

    monkeypatch.setattr("services.writer.inventory.references.find_names", noted)
    for link in LINKS:
        named(desk, tenant, link, "a", "b")
    records = [activity(**{link.names: ["a", "b"] for link in LINKS}) for _ in range(100)]
    assert desk.write(tenant, [replace(record) for record in records]).counts == {"created": 100}
    assert asked == [["a", "b"]] * len(LINKS)
