"""insert, ignore and upsert against rows that exist, also against rows that appear or go meanwhile."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import redis
from psycopg import errors

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.chunks import IdMaker
from libs.contracts.jobs import NewJob
from services.writer.chunks.chunk_writer import ChunkWriter
from services.writer.chunks.job_rows import JobRows
from tests.integration.writer.works import AT_THE_TABLE
from tests.servers import cloned_database
from tests.waiting import wait_until
from tests.writing import STAGING, Desk, Written, activity, desk_that_stages, new_job, recipient


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
def two_recipients(desk: Desk, tenant: uuid.UUID) -> list[uuid.UUID]:
    """Recipients to refer to."""
    ids = sorted(uuid.uuid4() for _ in range(2))
    desk.write(tenant, [recipient(recipient_id=own) for own in ids])
    return ids


def activities(desk: Desk, tenant: uuid.UUID) -> dict[str, dict[str, Any]]:
    """The tenant's activities by external_id."""
    return {row["external_id"]: row for row in desk.rows("inventory.processing_activity", tenant)}


def links(desk: Desk, tenant: uuid.UUID) -> set[tuple[uuid.UUID, uuid.UUID]]:
    return {(row["activity_id"], row["recipient_id"]) for row in desk.rows("inventory.activity_recipient", tenant)}


# insert: what exists is refused


def test_insert_refuses_each_record_that_exists_and_writes_its_neighbours(
    desk: Desk, tenant: uuid.UUID, two_recipients: list[uuid.UUID]
) -> None:
    own, other = uuid.uuid4(), uuid.uuid4()
    desk.write(tenant, [activity(activity_id=own, external_id="a"), activity(activity_id=other, external_id="b")])
    records = [
        activity(external_id="c", recipient_ids=two_recipients),
        activity(activity_id=own, external_id="d", recipient_ids=two_recipients),
        activity(external_id="b"),
        activity(activity_id=own, external_id="a"),
        activity(activity_id=own, external_id="b"),
        activity(external_id="e"),
    ]
    written = desk.write(tenant, records)
    exists, taken = ("ID_EXISTS", ""), ("EXTERNAL_ID_EXISTS", "/external_id")
    assert written.counts == {"created": 2, "rejected": 4}
    assert written.faults == {1: [exists], 2: [taken], 3: [exists, taken], 4: [exists, taken]}
    assert {reject.stage for reject in written.outcome.rejects} == {"write"}
    assert sorted(activities(desk, tenant)) == ["a", "b", "c", "e"]
    assert links(desk, tenant) == {(activities(desk, tenant)["c"]["activity_id"], target) for target in two_recipients}


def test_insert_knows_nothing_of_other_tenants(desk: Desk, tenant: uuid.UUID) -> None:
    record = activity(activity_id=uuid.uuid4(), external_id="a")
    assert desk.write(uuid.uuid4(), [record]).counts == {"created": 1}
    assert desk.write(tenant, [record]).counts == {"created": 1}


# ignore: what exists is left as it is


def test_ignore_leaves_what_exists_and_tells_its_id(
    desk: Desk, tenant: uuid.UUID, two_recipients: list[uuid.UUID]
) -> None:
    own, other = uuid.uuid4(), uuid.uuid4()
    desk.write(
        tenant, [activity("Cũ", activity_id=own, external_id="a"), activity("Cũ", activity_id=other, external_id="b")]
    )
    before = activities(desk, tenant)
    records = [
        activity("Mới", activity_id=own, external_id="z", recipient_ids=two_recipients),
        activity("Mới", external_id="b", recipient_ids=two_recipients),
        activity("Mới", activity_id=uuid.uuid4(), external_id="b"),
        activity("Mới", external_id="c", recipient_ids=two_recipients),
    ]
    written = desk.write(tenant, records, mode="ignore")
    assert written.counts == {"created": 1, "unchanged": 3}
    assert written.faults == {}
    assert written.outcome.resolved == {1: other.bytes, 2: other.bytes}
    after = activities(desk, tenant)
    created = after.pop("c")
    assert after == before
    assert links(desk, tenant) == {(created["activity_id"], target) for target in two_recipients}


# upsert: what exists is brought up to date


def test_upsert_creates_updates_and_counts_what_does_not_differ(
    desk: Desk, tenant: uuid.UUID, two_recipients: list[uuid.UUID]
) -> None:
    one, two = two_recipients
    first = [activity("Cũ", external_id=name, recipient_ids=[one, two], purpose_en="x") for name in "abcd"]
    assert desk.write(tenant, first, mode="upsert").counts == {"created": 4}
    before = activities(desk, tenant)
    second = [
        activity("Cũ", external_id="a", recipient_ids=[two, one, two], purpose_en="x"),
        activity("Mới", external_id="b", recipient_ids=[one, two], purpose_en="x"),
        activity("Cũ", external_id="c", recipient_ids=[two], purpose_en="x"),
        activity("Cũ", activity_id=before["d"]["activity_id"], recipient_ids=[], requires_dpia=True),
        activity("Mới", external_id="e", recipient_ids=[one]),
    ]
    written = desk.write(tenant, second, mode="upsert")
    assert written.counts == {"created": 1, "updated": 3, "unchanged": 1}
    after = activities(desk, tenant)
    assert written.outcome.resolved == {
        place: before[name]["activity_id"].bytes for place, name in enumerate("abc")
    }  # fmt: skip
    assert after["a"] == before["a"]
    for name in "bc":
        assert after[name]["activity_id"] == before[name]["activity_id"]
        assert after[name]["job_id"] == written.lease.job.id
        assert after[name]["updated_at"] > before[name]["updated_at"]
        assert after[name]["created_at"] == before[name]["created_at"]
    assert after["b"]["activity_name_vi"] == "Mới"
    assert after["d"] == {
        **before["d"], "requires_dpia": True, "job_id": written.lease.job.id,
        "updated_at": after["d"]["updated_at"], "fingerprint": after["d"]["fingerprint"],
    }  # fmt: skip
    assert links(desk, tenant) == {
        *((before[name]["activity_id"], target) for name in "ab" for target in (one, two)),
        (before["c"]["activity_id"], two),
        (after["e"]["activity_id"], one),
    }


def test_upsert_of_a_scalar_leaves_the_link_rows_alone(
    desk: Desk, tenant: uuid.UUID, two_recipients: list[uuid.UUID]
) -> None:
    places = "SELECT ctid FROM inventory.activity_recipient WHERE tenant_id = %s ORDER BY 1"
    desk.write(tenant, [activity("Cũ", external_id="a", recipient_ids=two_recipients)])
    before = desk.run(places, tenant)
    written = desk.write(tenant, [activity("Mới", external_id="a", recipient_ids=two_recipients)], mode="upsert")
    assert written.counts == {"updated": 1}
    assert desk.run(places, tenant) == before


def test_upsert_moves_an_external_id_only_where_it_is_free(desk: Desk, tenant: uuid.UUID) -> None:
    one, two, new = (uuid.uuid4() for _ in range(3))
    desk.write(tenant, [activity(activity_id=one, external_id="a"), activity(activity_id=two, external_id="b")])
    records = [
        activity("Mới", activity_id=one, external_id="b"),
        activity("Mới", activity_id=new, external_id="b"),
        activity("Mới", activity_id=two, external_id="c"),
    ]
    written = desk.write(tenant, records, mode="upsert")
    assert written.counts == {"updated": 1, "rejected": 2}
    assert written.faults == {place: [("EXTERNAL_ID_TAKEN", "/external_id")] for place in (0, 1)}
    stored = {name: (row["activity_id"], row["activity_name_vi"]) for name, row in activities(desk, tenant).items()}
    assert stored == {"a": (one, "Tính lương"), "c": (two, "Mới")}


@pytest.mark.parametrize("cut", [2, 1], ids=["one chunk", "two chunks"])
def test_two_records_that_stand_for_one_row_are_applied_one_after_the_other(
    desk: Desk, tenant: uuid.UUID, two_recipients: list[uuid.UUID], cut: int
) -> None:
    """One names the row by its external_id, the other by its id; it does not matter where the batch is cut."""
    own = uuid.uuid4()
    desk.write(tenant, [activity(activity_id=own, external_id="a", recipient_ids=two_recipients)])
    records = [
        activity("Bằng external_id", external_id="a", purpose_en="một", purpose_vi="Một", recipient_ids=[]),
        activity("Bằng id", activity_id=own, purpose_en="hai", recipient_ids=two_recipients[:1]),
    ]
    _, refs = desk.open(tenant, records, chunk=cut, mode="upsert")
    written = [desk.deliver(desk.take(ref)) for ref in refs]
    assert sum(each.entry.counts.updated for each in written) == 2
    assert [each.faults for each in written] == [{}] * len(refs)
    (row,) = desk.rows("inventory.processing_activity", tenant)
    assert (row["activity_id"], row["external_id"], row["activity_name_vi"]) == (own, "a", "Bằng id")
    assert (row["purpose_vi"], row["purpose_en"]) == ("Một", "hai")
    assert links(desk, tenant) == {(own, two_recipients[0])}


# Two writers at once


def run_together(desk: Desk, tenant: uuid.UUID, jobs: list[list[Any]], mode: str) -> list[Written]:
    """Write chunks at the same time: all of them have looked at the table before any may insert."""
    leases = [desk.lease(tenant, records, mode=mode) for records in jobs]

    def write(place: int) -> Written:
        try:
            return desk.deliver(leases[place])
        except errors.DeadlockDetected:  # the sweeper would bring the chunk back
            return desk.deliver(leases[place])

    with psycopg.connect(desk.database_url) as holder, ThreadPoolExecutor(len(jobs)) as threads:
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        running = [threads.submit(write, place) for place in range(len(jobs))]
        wait_until(lambda: desk.run(AT_THE_TABLE) == [(len(jobs),)], 10, "all writers at the table")
        holder.rollback()
        return [future.result(timeout=20) for future in running]


def test_two_upserts_of_the_same_new_names_store_each_once(desk: Desk, tenant: uuid.UUID) -> None:
    names = [f"scan-{number}" for number in range(40)]
    jobs = [[recipient(who, external_id=name) for name in names] for who in "AB"]
    later, first = sorted(run_together(desk, tenant, jobs, "upsert"), key=lambda written: "created" in written.counts)
    rows = desk.rows("inventory.recipient", tenant)
    assert sorted(row["external_id"] for row in rows) == sorted(names)
    assert (first.counts, later.counts) == ({"created": 40}, {"updated": 40})
    stored = {row["external_id"]: row["recipient_id"].bytes for row in rows}
    assert first.outcome.resolved == {}
    assert later.outcome.resolved == {place: stored[name] for place, name in enumerate(names)}
    assert {row["job_id"] for row in rows} == {later.lease.job.id}


def test_two_upserts_in_opposite_order_end_alike(desk: Desk, tenant: uuid.UUID) -> None:
    """Where they block each other, PostgreSQL ends one of them, and its next attempt finds the rows."""
    names = [f"scan-{number}" for number in range(40)]
    jobs = [[recipient("Tên", external_id=name) for name in order] for order in (names, names[::-1])]
    counts = [written.counts for written in run_together(desk, tenant, jobs, "upsert")]
    assert sorted(counts, key=str) == [{"created": 40}, {"unchanged": 40}]
    assert len(desk.rows("inventory.recipient", tenant)) == 40


def test_two_inserts_of_the_same_new_names_refuse_each_once(desk: Desk, tenant: uuid.UUID) -> None:
    names = [f"scan-{number}" for number in range(40)]
    jobs = [[recipient(who, external_id=name) for name in names] + [recipient(who)] for who in "AB"]
    counts = [written.counts for written in run_together(desk, tenant, jobs, "insert")]
    assert sorted(counts, key=len) == [{"created": 41}, {"created": 1, "rejected": 40}]
    assert len(desk.rows("inventory.recipient", tenant)) == 42


def forget(desk: Desk, job: NewJob) -> None:
    """Nobody knows of the job any more; what it has written stays."""
    for table in ("ingest.chunk", "ingest.job"):
        desk.run(f"DELETE FROM {table} WHERE tenant_id = %s AND job_id = %s", job.tenant_id, job.id)
    desk.store.client.delete(*desk.store.client.scan_iter(f"*{desk.namespace}*{job.id}*"))
    desk.jobs = JobRows(desk.namespace, desk.store.agree_opening)
    desk.writer = ChunkWriter(desk.pool, desk.jobs, "desk")


# an id that was made for a record, and told before it was written


@pytest.mark.parametrize(
    ("mode", "counts"),
    [
        ("insert", {"created": 4, "rejected": 1}),
        ("ignore", {"created": 4, "unchanged": 1}),
        ("upsert", {"created": 4, "updated": 1}),
    ],
)
def test_a_made_id_that_somebody_has_used_first_costs_no_neighbour(
    desk: Desk, tenant: uuid.UUID, mode: str, counts: dict[str, int]
) -> None:
    job = new_job(tenant, "recipients", 5, mode=mode)
    told = uuid.UUID(bytes=IdMaker(job.id, job.epoch_ms).all_bytes([2])[0])
    desk.write(tenant, [recipient("used", recipient_id=told, contact="c")], mode="upsert")
    written = desk.write(tenant, [recipient(f"N{number}", external_id=f"n{number}") for number in range(5)], job=job)
    assert written.counts == counts
    assert [[fault.code for fault in reject.faults] for reject in written.outcome.rejects] == (
        [["ID_EXISTS"]] if mode == "insert" else []
    )
    (row,) = [row for row in desk.rows("inventory.recipient", tenant) if row["recipient_id"] == told]
    assert (row["name_vi"], row["contact"]) == ("N2" if mode == "upsert" else "used", "c")


@pytest.mark.parametrize(
    ("mode", "counts"), [("insert", {"rejected": 2}), ("ignore", {"unchanged": 2}), ("upsert", {"unchanged": 2})]
)
def test_records_without_any_name_are_found_by_their_made_ids(
    desk: Desk, tenant: uuid.UUID, mode: str, counts: dict[str, int]
) -> None:
    job = new_job(tenant, "recipients", 2, mode=mode)
    records = [recipient("A"), recipient("B")]
    desk.write(tenant, records, job=job)
    forget(desk, job)
    assert desk.write(tenant, records, job=job).counts == counts
