"""A record that comes again as it was is known by its fingerprint, and by nothing that is not true any more."""

import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import redis

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.inventory.records import ProcessingActivity
from libs.telemetry.metrics.writing import COPY_ROWS
from tests.servers import cloned_database
from tests.writing import STAGING, Desk, activity, desk_that_stages, recipient

ACTIVITIES = "inventory.processing_activity"


@pytest.fixture(scope="module", params=STAGING)
def desk(
    request: pytest.FixtureRequest, postgres: PostgresServer, template: str, redis_client: redis.Redis
) -> Iterator[Desk]:
    """A writer on a database of this module's own, that stages in a table of its own or in one of all writers."""
    with (
        cloned_database(postgres.url, template) as url,
        desk_that_stages(request.param, url, redis_client) as desk,
    ):
        yield desk


@pytest.fixture
def targets(desk: Desk, tenant: uuid.UUID) -> list[uuid.UUID]:
    """Recipients to refer to: `r-0` and `r-1`."""
    ids = [uuid.uuid4() for _ in range(2)]
    desk.write(tenant, [recipient(recipient_id=own, external_id=f"r-{at}") for at, own in enumerate(ids)])
    return ids


def nightly(targets: list[uuid.UUID], **values: Any) -> list[ProcessingActivity]:
    return [activity(external_id=name, recipient_ids=targets, purpose_vi="Trả lương", **values) for name in "abc"]


def stored(desk: Desk, tenant: uuid.UUID) -> list[dict[str, Any]]:
    """The tenant's activities, all that is stored of them, as versions of rows."""
    query = (
        f"SELECT to_jsonb(x) - 'fingerprint', x.xmin::text, fingerprint FROM {ACTIVITIES} x "
        "WHERE tenant_id = %s ORDER BY external_id"
    )
    return [{"row": row, "version": version, "mark": mark} for row, version, mark in desk.run(query, tenant)]


def linked(desk: Desk, tenant: uuid.UUID) -> set[tuple[str, uuid.UUID]]:
    query = (
        f"SELECT external_id, recipient_id FROM inventory.activity_recipient JOIN {ACTIVITIES} "
        "USING (tenant_id, activity_id) WHERE tenant_id = %s"
    )
    return {(name, target) for name, target in desk.run(query, tenant)}


def staged() -> float:
    """How many activities have gone through the staging table."""
    return float(COPY_ROWS.labels("staging_processing_activity")._value.get())


@pytest.mark.parametrize("mode", ["upsert", "ignore"])
def test_what_comes_again_as_it_was_is_not_even_compared(
    desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID], mode: str
) -> None:
    assert desk.write(tenant, nightly(targets), mode=mode).counts == {"created": 3}
    before, through = stored(desk, tenant), staged()
    again = desk.write(tenant, nightly(targets), mode=mode)
    assert again.counts == {"unchanged": 3}
    ids = [uuid.UUID(each["row"]["activity_id"]).bytes for each in before]
    assert again.outcome.resolved == dict(enumerate(ids))
    assert (stored(desk, tenant), staged()) == (before, through)


@pytest.mark.parametrize("mode", ["upsert", "ignore"])
@pytest.mark.parametrize("names", ["a", "c", "e", "bd", "ace"])
def test_what_is_stored_is_found_wherever_it_stands_among_the_names(
    desk: Desk, tenant: uuid.UUID, names: str, mode: str
) -> None:
    desk.write(tenant, [activity(external_id=name) for name in names], mode="upsert")
    through = staged()
    found = desk.write(tenant, [activity(external_id=name) for name in "ebdca"], mode=mode).counts
    assert (found, staged()) == ({"unchanged": len(names), "created": 5 - len(names)}, through)


def test_only_what_differs_is_compared(desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID]) -> None:
    desk.write(tenant, nightly(targets), mode="upsert")
    before, through = stored(desk, tenant), staged()
    first, second, third = nightly(targets)
    second.purpose_vi = "Việc khác"
    written = desk.write(tenant, [first, second, third, activity(external_id="d")], mode="upsert")
    assert written.counts == {"created": 1, "updated": 1, "unchanged": 2}
    assert staged() == through + 1  # though the new one has not brought what the others have
    assert [stored(desk, tenant)[at] for at in (0, 2)] == [before[0], before[2]]


SOMEBODY = {
    "a member": f"UPDATE {ACTIVITIES} SET purpose_vi = 'Khác' WHERE tenant_id = %(tenant)s AND external_id = 'b'",
    "a link less": (
        "DELETE FROM inventory.activity_recipient WHERE tenant_id = %(tenant)s AND recipient_id = %(target)s"
    ),
    "a link more": (
        "INSERT INTO inventory.activity_recipient SELECT tenant_id, activity_id, %(other)s "
        f"FROM {ACTIVITIES} WHERE tenant_id = %(tenant)s AND external_id = 'b'"
    ),
    "another link": (
        "UPDATE inventory.activity_recipient SET recipient_id = %(other)s "
        "WHERE tenant_id = %(tenant)s AND recipient_id = %(target)s"
    ),
    "a link of another record": (
        f"UPDATE inventory.activity_recipient l SET activity_id = x.activity_id FROM {ACTIVITIES} x "
        "WHERE l.tenant_id = %(tenant)s AND x.tenant_id = l.tenant_id AND x.external_id = 'empty' "
        "AND l.recipient_id = %(target)s AND l.activity_id = "
        f"(SELECT activity_id FROM {ACTIVITIES} WHERE tenant_id = %(tenant)s AND external_id = 'b')"
    ),
}  # fmt: skip


@pytest.mark.parametrize("statement", SOMEBODY.values(), ids=[name.replace(" ", "-") for name in SOMEBODY])
def test_what_somebody_has_changed_meanwhile_is_put_right(
    desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID], statement: str
) -> None:
    other = uuid.uuid4()
    desk.write(tenant, [recipient(recipient_id=other)])
    records = [*nightly(targets), activity(external_id="empty", recipient_ids=[], purpose_vi="Trống")]
    desk.write(tenant, records, mode="upsert")
    before = linked(desk, tenant)
    with psycopg.connect(desk.database_url) as somebody:
        somebody.execute(statement, {"tenant": tenant, "target": targets[0], "other": other})
    assert "updated" in desk.write(tenant, records, mode="upsert").counts
    assert [each["row"]["purpose_vi"] for each in stored(desk, tenant)] == [*3 * ["Trả lương"], "Trống"]
    assert linked(desk, tenant) == before
    assert desk.write(tenant, records, mode="upsert").counts == {"unchanged": 4}


def test_what_another_batch_has_changed_meanwhile_is_put_right(
    desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID]
) -> None:
    desk.write(tenant, nightly(targets), mode="upsert")
    desk.write(tenant, [activity(external_id="b", recipient_ids=[targets[1]])], mode="upsert")
    assert desk.write(tenant, nightly(targets), mode="upsert").counts == {"updated": 1, "unchanged": 2}
    assert linked(desk, tenant) == {(name, target) for name in "abc" for target in targets}


def test_a_name_may_stand_for_another_record_by_now(desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID]) -> None:
    records = [activity(external_id="a", recipient_external_ids=["r-0"])]
    desk.write(tenant, records, mode="upsert")
    desk.run("UPDATE inventory.recipient SET external_id = 'r-9' WHERE tenant_id = %s AND external_id = 'r-0'", tenant)
    desk.run("UPDATE inventory.recipient SET external_id = 'r-0' WHERE tenant_id = %s AND external_id = 'r-1'", tenant)
    assert desk.write(tenant, records, mode="upsert").counts == {"updated": 1}
    assert linked(desk, tenant) == {("a", targets[1])}


@pytest.mark.parametrize("by_id", [False, True], ids=["by-name", "by-id"])
def test_the_last_of_several_records_for_one_row_stays(desk: Desk, tenant: uuid.UUID, by_id: bool) -> None:
    """Though it is what is stored already: the one between would have changed it."""
    own = uuid.uuid4()
    stays = activity(activity_id=own, external_id="a")
    desk.write(tenant, [stays], mode="upsert")
    between = activity("Khác", activity_id=own) if by_id else activity("Khác", external_id="a")
    assert desk.write(tenant, [stays, between, stays], mode="upsert").counts == {"updated": 2, "unchanged": 1}
    assert [each["row"]["activity_name_vi"] for each in stored(desk, tenant)] == ["Tính lương"]
    assert desk.write(tenant, [between, stays], mode="upsert").counts == {"updated": 2}
    assert [each["row"]["activity_name_vi"] for each in stored(desk, tenant)] == ["Tính lương"]


def test_an_external_id_that_another_record_has_is_refused_though_the_row_is_the_same(
    desk: Desk, tenant: uuid.UUID
) -> None:
    own = uuid.uuid4()
    desk.write(tenant, [activity(activity_id=own, external_id="a")], mode="upsert")
    desk.run(f"UPDATE {ACTIVITIES} SET external_id = 'b' WHERE tenant_id = %s", tenant)
    desk.write(tenant, [activity(external_id="a")], mode="upsert")
    refused = desk.write(tenant, [activity(activity_id=own, external_id="a")], mode="upsert")
    assert refused.faults == {0: [("EXTERNAL_ID_TAKEN", "/external_id")]}


def test_what_was_stored_without_a_fingerprint_gets_one_and_changes_in_nothing_else(
    desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID]
) -> None:
    desk.write(tenant, nightly(targets))
    before, through = stored(desk, tenant), staged()
    assert [each["mark"] for each in before] == [None] * 3
    assert desk.write(tenant, nightly(targets), mode="upsert").counts == {"unchanged": 3}
    after = stored(desk, tenant)
    assert [each["row"] for each in after] == [each["row"] for each in before]
    assert None not in [each["mark"] for each in after]
    assert desk.write(tenant, nightly(targets), mode="upsert").counts == {"unchanged": 3}
    assert (stored(desk, tenant), staged()) == (after, through + 3)


def test_a_row_whose_links_are_being_changed_gets_no_fingerprint(
    desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID]
) -> None:
    desk.write(tenant, nightly(targets))
    with psycopg.connect(desk.database_url) as somebody:
        query = "DELETE FROM inventory.activity_recipient WHERE tenant_id = %s AND recipient_id = %s"
        somebody.execute(query, (tenant, targets[0]))
        assert desk.write(tenant, nightly(targets), mode="upsert").counts == {"unchanged": 3}
        assert [each["mark"] for each in stored(desk, tenant)] == [None] * 3
    assert desk.write(tenant, nightly(targets), mode="upsert").counts == {"updated": 3}
    assert linked(desk, tenant) == {(name, target) for name in "abc" for target in targets}


def test_a_new_record_that_names_one_twice_is_linked_once(
    desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID]
) -> None:
    records = [activity(external_id="a", recipient_ids=[targets[0], targets[0]]), activity(external_id="b")]
    assert desk.write(tenant, records, mode="upsert").counts == {"created": 2}
    assert linked(desk, tenant) == {("a", targets[0])}
    assert desk.write(tenant, records, mode="upsert").counts == {"unchanged": 2}


def test_an_activity_goes_with_its_links(desk: Desk, tenant: uuid.UUID, targets: list[uuid.UUID]) -> None:
    desk.write(tenant, nightly(targets), mode="upsert")
    desk.run(f"DELETE FROM {ACTIVITIES} WHERE tenant_id = %s AND external_id <> 'a'", tenant)
    assert desk.rows("inventory.activity_recipient", tenant) != []
    assert linked(desk, tenant) == {("a", target) for target in targets}
    assert len(desk.rows("inventory.activity_recipient", tenant)) == 2
