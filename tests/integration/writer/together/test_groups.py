"""Small jobs that wait behind one another are one transaction, and each is answered for by itself."""

import datetime
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from prometheus_client import REGISTRY

from deploy.local.data_dir.ports import HOST, free_port
from libs.broker.publisher import message_of
from libs.contracts.chunks import ChunkRef, Fault, Reject
from libs.contracts.jobs import JobStatus, NewJob
from libs.jobs.payload import unpacked_bytes
from libs.jobs.reading import Lease
from services.writer.chunks.group_writer import GroupWriter
from services.writer.promises.audit import store_audit
from services.writer.promises.groups import Groups
from tests.integration.writer.surroundings import Surroundings, running_writer
from tests.integration.writer.works import Works, counted
from tests.waiting import wait_until
from tests.writing import activity, new_job, recipient, stage_together, writers_pool

TRANSACTIONS = """
SELECT j.xmin::text, c.xmin::text FROM ingest.job j JOIN ingest.chunk c USING (tenant_id, job_id) WHERE job_id = ANY(%s)
"""
HELD = """
INSERT INTO inventory.recipient (tenant_id, recipient_id, job_id, external_id, name_vi, recipient_type)
VALUES (%s, gen_random_uuid(), gen_random_uuid(), 'held', 'x', 'processor')
"""
STALE = "SELECT at FROM ingest.statistics_stale WHERE tenant_id = %s"


class Beside:
    """What waits beside the message that is handled; in place of what a process has fetched."""

    def __init__(self, refs: Sequence[ChunkRef]) -> None:
        self.items = [Item(ref) for ref in refs]
        self.given_back: list[ChunkRef] = []
        self.acknowledged: list[ChunkRef] = []
        self.together: bool | None = None
        self.rested = False

    def take(self, _: str) -> list[Any]:
        return list(self.items)

    def give_back(self, _: str, items: Sequence[Any]) -> None:
        self.given_back += [item.ref for item in items]

    def learn(self, _: str, records: Sequence[int]) -> None:
        self.together = bool(records)

    def rest(self, _: str) -> None:
        self.rested = True

    def done(self, _: str, items: Sequence[Any]) -> None:
        self.acknowledged += [item.ref for item in items]


class Item:
    def __init__(self, ref: ChunkRef) -> None:
        self.ref, self.message = ref, message_of(ref)


def handle(works: Works, *refs: ChunkRef, writer: GroupWriter | None = None) -> Beside:
    """Deliver the first of them, while the others wait beside it."""
    beside = Beside(refs[1:])
    desk = works.desk
    writer = writer or GroupWriter(desk.pool, "desk", desk.namespace)
    Groups(works.delivery, desk.store, works.publisher, writer, beside).handle(refs[0])  # type: ignore[arg-type]
    return beside


def transactions(works: Works, *jobs: NewJob) -> int:
    """How many transactions have written the rows of these jobs and of their chunks."""
    rows = works.desk.run(TRANSACTIONS, [job.id for job in jobs])
    assert len(rows) == len(jobs)
    return len({name for row in rows for name in row})


def named(works: Works, tenant: uuid.UUID, *names: str, **options: Any) -> tuple[NewJob, ChunkRef]:
    job, (ref,) = works.open(tenant, [recipient(external_id=name) for name in names], **options)
    return job, ref


def metric(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def test_a_group_is_one_transaction_and_each_job_is_whole(works: Works, tenant: uuid.UUID) -> None:
    other, own = uuid.uuid4(), uuid.uuid4()
    before = metric("sluice_jobs_ended_total", status="completed"), metric("sluice_deliveries_total", answer="run")
    reject = Reject(1, "validate", [Fault("REQUIRED", "/name_vi")], b"{}", external_id="bad")
    jobs, refs = zip(
        named(works, tenant, "a", "b"), named(works, other, "a"), named(works, tenant, "c", rejects=[reject]),
        strict=True,
    )  # fmt: skip
    job, (ref,) = works.open(tenant, [recipient(recipient_id=own, external_id="own")])
    beside = handle(works, *refs, ref)

    assert transactions(works, *jobs, job) == 1
    assert [counted(works.job(each)) for each in jobs] == [
        {"created": 2},
        {"created": 1},
        {"created": 1, "rejected": 1},
    ]
    assert {works.job(each).status for each in (*jobs, job)} == {JobStatus.COMPLETED}
    assert (beside.acknowledged, beside.given_back, beside.together) == ([*refs[1:], ref], [], True)
    assert works.view.due() == {}
    rows = {row["external_id"]: row for row in works.desk.rows("inventory.recipient", tenant)}
    assert {name: row["job_id"] for name, row in rows.items()} == {
        "a": jobs[0].id, "b": jobs[0].id, "c": jobs[2].id, "own": job.id,
    }  # fmt: skip
    assert rows["own"]["recipient_id"] == own
    assert [row["job_id"] for row in works.desk.rows("ingest.reject", tenant)] == [jobs[2].id]
    (ledger,) = (row for row in works.desk.rows("ingest.chunk", tenant) if row["job_id"] == job.id)
    assert ledger["own_ids"]
    after = metric("sluice_jobs_ended_total", status="completed"), metric("sluice_deliveries_total", answer="run")
    assert (after[0] - before[0], after[1] - before[1]) == (4, 4)


def test_its_rows_say_what_those_of_a_job_alone_say(works: Works, tenant: uuid.UUID) -> None:
    alone, of_alone = named(works, tenant, "a")
    works.handle(of_alone)
    together, of_together = named(works, tenant, "b")
    handle(works, of_together, named(works, tenant, "c")[1])
    told = {row["job_id"]: row for row in works.desk.rows("ingest.job", tenant)}
    own = {"job_id", "epoch_ms", "nonce", "created_at", "started_at", "finished_at", "updated_at"}
    one, other = ({name: value for name, value in told[job.id].items() if name not in own} for job in (alone, together))
    assert one == other
    row, job = told[together.id], works.job(together)
    assert (row["created_at"], row["started_at"], row["nonce"]) == (job.created_at, job.started_at, job.nonce)
    assert abs(row["finished_at"] - job.finished_at) < datetime.timedelta(milliseconds=1)
    entries = {row["job_id"]: row for row in works.desk.rows("ingest.chunk", tenant)}
    own = {"job_id", "epoch_ms", "outcome", "written_at", "entry", "seconds"}
    one, other = (
        {name: value for name, value in entries[job.id].items() if name not in own} for job in (alone, together)
    )
    assert one == other
    assert all(0 <= row["seconds"] < 60 for row in entries.values())


@pytest.mark.parametrize("mode", ["insert", "ignore", "upsert"])
def test_each_mode_and_its_links(works: Works, tenant: uuid.UUID, mode: str) -> None:
    works.handle(named(works, tenant, "target")[1])
    refs = []
    for name in ("a", "b", "a"):
        records = [activity(name, external_id=f"{mode}-{name}", recipient_external_ids=["target"])]
        refs.append(works.open(tenant, records, mode=mode)[1][0])
    lost = works.open(tenant, [activity("x", recipient_external_ids=["nobody"])], mode=mode)
    handle(works, *refs, *lost[1])
    rows = works.desk.rows("inventory.processing_activity", tenant)
    assert sorted(row["external_id"] for row in rows) == [f"{mode}-a", f"{mode}-b"]
    assert len(works.desk.rows("inventory.activity_recipient", tenant)) == 2
    assert counted(works.job(lost[0])) == {"rejected": 1}
    assert works.job(lost[0]).status == JobStatus.FAILED
    assert works.view.due() == {}


def test_of_several_that_change_one_row_the_last_one_counts(works: Works, tenant: uuid.UUID) -> None:
    refs = []
    for number in range(4):
        job = replace(new_job(tenant, "recipients", 1, mode="upsert"), id=uuid.UUID(int=9 - number, version=4))
        refs += works.open(tenant, [recipient(f"Tên {number}", external_id="r")], job=job)[1]
    assert handle(works, *refs).together
    (row,) = works.desk.rows("inventory.recipient", tenant)
    assert row["name_vi"] == "Tên 3"


def test_one_that_is_refused_costs_no_other(works: Works, tenant: uuid.UUID) -> None:
    stored = named(works, tenant, "stored")
    works.handle(stored[1])
    good = [named(works, uuid.uuid4() if place % 2 else tenant, f"good-{place}") for place in range(7)]
    bad = named(works, tenant, "new", "stored")
    refs = [ref for _, ref in good]
    beside = handle(works, *refs[:3], bad[1], *refs[3:])

    assert (works.job(bad[0]).status, counted(works.job(bad[0]))) == ("completed", {"created": 1, "rejected": 1})
    assert [counted(works.job(job)) for job, _ in good] == [{"created": 1}] * 7
    assert transactions(works, *(job for job, _ in good)) < 7
    assert (works.view.due(), beside.together, len(beside.acknowledged)) == ({}, False, 7)
    assert {works.job(job).attempts for job, _ in (*good, bad)} == {1}


def test_one_that_waits_for_others_costs_no_other(works: Works, tenant: uuid.UUID) -> None:
    good = [named(works, uuid.uuid4(), f"good-{place}") for place in range(5)]
    bad = named(works, tenant, "held")
    with psycopg.connect(works.desk.database_url) as connection:
        connection.execute(
            "INSERT INTO inventory.recipient (tenant_id, recipient_id, job_id, external_id, name_vi, recipient_type) "
            "VALUES (%s, gen_random_uuid(), gen_random_uuid(), 'held', 'x', 'processor')", [tenant],
        )  # fmt: skip
        handle(works, bad[1], *(ref for _, ref in good))
        assert [counted(works.job(job)) for job, _ in good] == [{"created": 1}] * 5
        assert (works.job(bad[0]).chunks.deferred, works.job(bad[0]).last_error) == (1, "55P03")
        connection.rollback()
    works.retry_now(bad[1])
    assert counted(works.job(bad[0])) == {"created": 1}


def test_a_repeat_among_them_meets_the_ledger(works: Works, tenant: uuid.UUID) -> None:
    """Also where its rows are gone since: what was written once is not written again."""
    job, ref = named(works, tenant, "once")
    works.handle(ref)
    works.desk.run("DELETE FROM inventory.recipient WHERE tenant_id = %s", tenant)
    store = works.desk.store
    store.client.delete(*store.client.keys(f"{store.keys.job(tenant, job.id)}*"))
    again = works.open(tenant, [recipient(external_id="once")], job=job)[1][0]
    others = [named(works, tenant, f"other-{place}") for place in range(3)]
    handle(works, others[0][1], again, *(ref for _, ref in others[1:]))

    assert {row["external_id"] for row in works.desk.rows("inventory.recipient", tenant)} == {
        "other-0", "other-1", "other-2",
    }  # fmt: skip
    assert (works.job(job).status, counted(works.job(job))) == ("completed", {"created": 1})
    assert {works.job(other).status for other, _ in others} == {JobStatus.COMPLETED}


def test_jobs_that_the_audit_trail_has_made_known_end_like_new_ones(works: Works, tenant: uuid.UUID) -> None:
    (job, ref), (other, of_other) = (named(works, tenant, name) for name in "ab")
    assert store_audit(works.desk.store, works.desk.pool, works.desk.jobs) == 2
    handle(works, ref, of_other)
    assert transactions(works, job, other) == 1
    assert {row["status"] for row in works.desk.rows("ingest.job", tenant)} == {"completed"}
    assert {works.job(each).status for each in (job, other)} == {JobStatus.COMPLETED}


def test_those_of_another_kind_go_back_to_where_they_were(works: Works, tenant: uuid.UUID) -> None:
    small = [named(works, tenant, f"small-{place}") for place in range(3)]
    several, (first, _) = works.open(tenant, [recipient(), recipient()], chunk=1)
    kinds = [
        named(works, tenant, "abort", on_error="abort"),
        named(works, tenant, "dry", dry_run=True),
        (several, first),
        named(works, tenant, *map(str, range(1_001))),
    ]
    apart = [ref for _, ref in kinds]
    beside = handle(works, small[0][1], apart[0], small[1][1], *apart[1:], small[2][1])
    assert (beside.given_back, beside.acknowledged) == (apart, [small[1][1], small[2][1]])
    assert {works.job(job).attempts for job, _ in kinds} == {0}
    assert transactions(works, *(job for job, _ in small)) == 1
    # Where the first is one of them, it is done all the same, and the others before it.
    more = [named(works, tenant, f"more-{place}") for place in range(2)]
    assert not beside.rested
    assert handle(works, apart[0], *(ref for _, ref in more)).rested
    assert transactions(works, *(job for job, _ in more)) == 1
    assert works.job(kinds[0][0]).status == JobStatus.COMPLETED


def test_what_unpacks_to_much_goes_by_itself(works: Works, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient("x" * 200, contact="y" * 500) for _ in range(100)])
    small = [named(works, tenant, f"small-{place}") for place in range(2)]
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("services.writer.chunks.group_writer.SMALL_BYTES", 10_000)
        handle(works, ref, *(ref for _, ref in small))
    assert counted(works.job(job)) == {"created": 100}
    assert transactions(works, *(job for job, _ in small)) == 1
    assert transactions(works, job, small[0][0]) > 1


def test_what_is_much_altogether_is_several_groups(
    works: Works, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = [works.open(tenant, [recipient(f"{place}-{each}") for each in range(10)]) for place in range(5)]
    store = works.desk.store
    heads = [store.keys.chunk(tenant, job.id, 0) for job, _ in several]
    sizes = [unpacked_bytes(store.client.hget(head, "payload")) for head in heads]
    monkeypatch.setattr("services.writer.chunks.group_writer.GROUP_BYTES", 2 * max(sizes))
    handle(works, *(ref for _, (ref,) in several))
    assert {counted(works.job(job))["created"] for job, _ in several} == {10}
    jobs = [job for job, _ in several]
    assert [transactions(works, *jobs[at : at + 2]) for at in (0, 2)] == [1, 1]
    assert transactions(works, *jobs[:4]) == 2


def test_without_postgresql_all_are_put_off_after_one_wait(works: Works, tenant: uuid.UUID) -> None:
    jobs, refs = zip(*(named(works, tenant, f"{place}") for place in range(8)), strict=True)
    with writers_pool(f"postgresql://nobody@{HOST}:{free_port()}/nowhere", timeout_s=0.3) as pool:
        started = time.monotonic()
        handle(works, *refs, writer=GroupWriter(pool, "desk", works.desk.namespace))
        assert time.monotonic() - started < 2.0
    assert {(works.job(job).chunks.deferred, works.job(job).last_error) for job in jobs} == {(1, "PoolTimeout")}
    for ref in refs:
        works.retry_now(ref)
    assert {works.job(job).status for job in jobs} == {JobStatus.COMPLETED}


def test_where_postgresql_is_several_nodes_each_goes_by_itself(works: Works, tenant: uuid.UUID) -> None:
    names = stage_together(works.desk.database_url)
    try:
        writer = GroupWriter(works.desk.pool, "desk", works.desk.namespace)
        jobs, refs = zip(*(named(works, tenant, f"{place}") for place in range(3)), strict=True)
        handle(works, *refs, writer=writer)
        assert {works.job(job).status for job in jobs} == {JobStatus.COMPLETED}
        assert writer.alone
        job, ref = named(works, tenant, "more")
        beside = handle(works, ref, ref, writer=writer)
        assert (works.job(job).status, beside.together) == (JobStatus.COMPLETED, None)
    finally:
        for name in names:
            works.desk.run(f"DROP TABLE {name}")


def test_the_settlement_of_one_is_no_other_ones(works: Works, tenant: uuid.UUID) -> None:
    jobs, refs = zip(*(named(works, tenant, f"{place}") for place in range(3)), strict=True)
    store = works.desk.store
    key = store.keys.chunk(tenant, jobs[1].id, 0)

    class Breaking(GroupWriter):
        def write(self, leases: Sequence[Lease]) -> Any:
            entries = super().write(leases)
            store.client.rename(key, "aside")
            store.client.set(key, "no hash")
            return entries

    handle(works, *refs, writer=Breaking(works.desk.pool, "desk", works.desk.namespace))
    assert [works.job(job).status for job in jobs] == ["completed", "processing", "completed"]
    store.client.rename("aside", key)
    works.crash_and_take_over(refs[1])
    assert (works.job(jobs[1]).status, works.view.due()) == ("completed", {})
    assert len(works.desk.rows("inventory.recipient", tenant)) == 3


def test_an_end_in_another_minute_is_counted(works: Works, tenant: uuid.UUID) -> None:
    leases = [works.desk.take(named(works, tenant, f"{place}")[1]) for place in range(2)]
    writer = GroupWriter(works.desk.pool, "desk", works.desk.namespace)
    writer.write([replace(leases[0], taken_at=leases[0].taken_at + datetime.timedelta(minutes=5))])
    assert len(works.desk.run(STALE, tenant)) == 1
    minute = works.desk.run("SELECT date_trunc('minute', finished_at) FROM ingest.job WHERE tenant_id = %s", tenant)
    assert works.desk.run(STALE, tenant) == minute


def test_their_leases_are_kept_while_they_are_written(works: Works, tenant: uuid.UUID) -> None:
    refs = [named(works, tenant, f"{place}")[1] for place in range(4)]
    seen: list[Any] = []

    class Looking(GroupWriter):
        def write(self, leases: Sequence[Lease]) -> Any:
            for ref in refs:
                works.view.expire_lease(ref)
            works.delivery.extend_leases()
            seen.extend(works.desk.store.start(ref) for ref in refs)
            seen.append(len(works.delivery.doing()))
            return super().write(leases)

    handle(works, *refs, writer=Looking(works.desk.pool, "desk", works.desk.namespace))
    assert seen == ["busy"] * 4 + [4]
    assert works.delivery.doing() == []


@contextmanager
def backlog(around: Surroundings, count: int) -> Iterator[list[NewJob]]:
    """Jobs of several tenants that wait for a writer."""
    tenants = [uuid.uuid4() for _ in range(3)]
    yield [
        around.publish(tenants[place % 3], [recipient(external_id=f"{place}-{n}") for n in range(3)])[0]
        for place in range(count)
    ]


def test_a_writer_does_a_backlog_in_groups(tmp_path: Path, around: Surroundings) -> None:
    with backlog(around, 48) as jobs, running_writer(tmp_path, **around.settings) as writer:
        for job in jobs:
            wait_until(lambda job=job: around.desk.ended(job), 20, "its end")  # type: ignore[misc]
        wait_until(lambda: not queued(around), 5, "all messages are acknowledged")
        assert "delivery" not in writer.log
    rows = around.desk.run("SELECT count(*), count(DISTINCT xmin::text), sum(created) FROM ingest.job")
    assert rows[0][0] == 48
    assert rows[0][1] < 40
    assert rows[0][2] == 3 * 48


def queued(around: Surroundings) -> int:
    client, namespace = around.desk.store.client, around.desk.namespace
    return int(client.hlen(f"{{{namespace}}}:dramatiq:normal.msgs"))


def test_of_a_group_that_is_taken_apart_the_last_one_counts(works: Works, tenant: uuid.UUID) -> None:
    held, *named = (f"Tên {number}" for number in range(4))
    refs = [works.open(tenant, [recipient(held, external_id="held")], mode="upsert")[1][0]]
    refs += [works.open(tenant, [recipient(name, external_id="r")], mode="upsert")[1][0] for name in named]
    with psycopg.connect(works.desk.database_url) as connection:
        connection.execute(HELD, [tenant])
        handle(works, *refs)
        connection.rollback()
    (row,) = [row for row in works.desk.rows("inventory.recipient", tenant) if row["external_id"] == "r"]
    assert row["name_vi"] == named[-1]


def test_what_is_not_small_keeps_its_place(works: Works, tenant: uuid.UUID) -> None:
    batches = [[recipient(name, external_id="r")] for name in ("first", "second", "third")]
    batches[1] += [recipient("ồ" * 450, external_id=f"x{number}") for number in range(999)]
    refs = [works.open(tenant, records, mode="upsert")[1][0] for records in batches]
    handle(works, *refs)
    (row,) = [row for row in works.desk.rows("inventory.recipient", tenant) if row["external_id"] == "r"]
    assert row["name_vi"] == "third"


def test_an_insert_goes_before_the_upsert_that_came_later(works: Works, tenant: uuid.UUID) -> None:
    first, (ref,) = works.open(tenant, [recipient("A", external_id="r", contact="c")], mode="insert")
    _, (later,) = works.open(tenant, [recipient("A", external_id="r", country_code="VN")], mode="upsert")
    handle(works, ref, later, works.open(uuid.uuid4(), [recipient("x")], mode="insert")[1][0])
    assert counted(works.job(first)) == {"created": 1}
    (row,) = works.desk.rows("inventory.recipient", tenant)
    assert (row["contact"], row["country_code"]) == ("c", "VN")


def test_a_payload_that_is_none_costs_its_neighbours_nothing(works: Works, tenant: uuid.UUID) -> None:
    bad, ref = named(works, tenant, "bad")
    good = [named(works, uuid.uuid4(), f"good {number}") for number in range(3)]
    store = works.desk.store
    store.client.hset(f"{store.keys.job(tenant, bad.id)}:chunk:0", "payload", b"nonsense")
    handle(works, ref, *(ref for _, ref in good))
    assert [counted(works.job(job)) for job, _ in good] == [{"created": 1}] * 3
