"""What writers do beside writing is done once, and as sets; and each job for itself where it has to be."""

import uuid
from collections import Counter
from typing import Any

import msgspec
import psycopg
import pytest
from msgspec.structs import replace

from libs.contracts.jobs import Job, JobStatus, NewJob
from libs.jobs.watching.turn import Turn
from services.writer.chunks.job_rows import JobRows
from services.writer.promises.audit import ROWS_AT_ONCE, store_audit, store_audit_by_turns
from tests.integration.writer.works import Works
from tests.writing import audit_entry, new_job, recipient

AT_OPENING = {"started_at", "updated_at"}
"""When PostgreSQL heard of a job, where Redis does not say when it began."""


def store(works: Works) -> int:
    return store_audit(works.desk.store, works.desk.pool, works.desk.jobs)


def opened(works: Works, tenant: uuid.UUID, count: int) -> list[NewJob]:
    return [works.open(tenant, [recipient()])[0] for _ in range(count)]


def rows(works: Works, tenant: uuid.UUID) -> dict[uuid.UUID, dict[str, Any]]:
    return {row["job_id"]: row for row in works.desk.rows("ingest.job", tenant)}


def another_writers(works: Works) -> JobRows:
    """The memory of a writer that has seen none of the jobs."""
    return JobRows(works.desk.namespace, works.desk.store.agree_opening)


def test_rows_of_new_jobs_come_as_sets_of_which_each_is_small(works: Works, tenant: uuid.UUID) -> None:
    count = 2 * ROWS_AT_ONCE + 30
    opened(works, tenant, count)
    assert store(works) == count
    transactions = works.desk.run("SELECT xmin::text FROM ingest.job WHERE tenant_id = %s", tenant)
    sizes = sorted(Counter(transactions).values())
    assert sum(sizes) == count
    assert sizes[-1] <= ROWS_AT_ONCE
    assert len(sizes) <= 5  # a scan of Redis may give them in more than one part


def _odd(job: Job, number: int) -> Job:
    """All that may differ from one job to the next."""
    parent = uuid.uuid4() if number % 2 else None
    started = job.created_at if number % 3 else None
    return replace(
        job, parent_id=parent, started_at=started, generation=number, opening=number, mode="upsert",
        created_by='Nguyễn "Văn"\n\\', request_id="",
    )  # fmt: skip


def test_a_row_of_a_set_is_what_it_is_alone(works: Works, tenant: uuid.UUID) -> None:
    live = [_odd(works.job(job), number) for number, job in enumerate(opened(works, tenant, 6))]
    with works.desk.pool.connection() as connection:
        assert another_writers(works).enter(connection, live) == []
        together = rows(works, tenant)
        works.desk.run("DELETE FROM ingest.job WHERE tenant_id = %s", tenant)
        for job in live:
            assert another_writers(works).ensure(connection, job) == job.opening
    alone = rows(works, tenant)
    assert len(alone) == 6
    for job in live:
        leave = AT_OPENING if job.started_at is None else AT_OPENING - {"started_at"}
        assert {name: value for name, value in together[job.id].items() if name not in leave} == {
            name: value for name, value in alone[job.id].items() if name not in leave
        }
        assert together[job.id]["started_at"] is not None


def test_what_is_known_of_a_set_is_asked_no_more(works: Works, tenant: uuid.UUID) -> None:
    live = [works.job(job) for job in opened(works, tenant, 3)]
    jobs = another_writers(works)
    with works.desk.pool.connection() as connection:
        another_writers(works).enter(connection, live[:2])
        assert jobs.enter(connection, live) == []  # of which two were there
        works.desk.run("DELETE FROM ingest.job WHERE tenant_id = %s", tenant)
        assert jobs.enter(connection, live) == []
        assert [jobs.ensure(connection, job) for job in live] == [0, 0, 0]
    assert rows(works, tenant) == {}


def test_a_row_that_speaks_of_something_else_is_looked_at_by_itself(works: Works, tenant: uuid.UUID) -> None:
    """Another opening, a retry that the row does not know, and a row that is further."""
    other, behind, ahead, new = (works.job(job) for job in opened(works, tenant, 4))
    with works.desk.pool.connection() as connection:
        another_writers(works).enter(
            connection, [replace(other, nonce="another"), behind, replace(ahead, generation=2)]
        )
        retried = replace(behind, generation=1)
        left = another_writers(works).enter(connection, [other, retried, ahead, new])
    assert {job.id for job in left} == {other.id, behind.id}
    assert rows(works, tenant)[new.id]["status"] == "processing"
    assert rows(works, tenant)[ahead.id]["generation"] == 2


def test_the_audit_brings_a_row_on_to_a_later_opening(works: Works, tenant: uuid.UUID) -> None:
    again, retried, *_ = opened(works, tenant, 4)
    store(works)
    client, keys = works.desk.store.client, works.desk.store.keys
    client.hset(keys.job(tenant, again.id), "nonce", "the next")
    client.hset(keys.job(tenant, retried.id), "generation", 1)
    works.desk.run("UPDATE ingest.job SET status = 'failed' WHERE tenant_id = %s", tenant)
    entries = [audit_entry(again), audit_entry(retried, "job.retry")]
    client.hset(keys.audit, mapping={str(each.id): msgspec.json.encode(each) for each in entries})
    opened(works, tenant, 2)

    assert store(works) == 4

    found = rows(works, tenant)
    assert (found[again.id]["status"], found[again.id]["nonce"], found[again.id]["opening"]) == (
        "processing", "the next", 1,
    )  # fmt: skip
    assert (found[retried.id]["status"], found[retried.id]["generation"]) == ("processing", 1)
    assert works.job(again).opening == 1
    assert Counter(row["status"] for row in found.values()) == {"processing": 4, "failed": 2}


def test_a_pass_goes_on_past_what_cannot_be_stored_now(
    works: Works, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another session is adding to a tenant's chain, whose entries fill many bites."""
    monkeypatch.setattr("services.writer.promises.audit.AUDIT_LIMIT", 20)
    monkeypatch.setattr("services.writer.promises.audit.AUDIT_BITES", 1_000)
    entries = [audit_entry(new_job(tenant, "recipients", 1)) for _ in range(600)]
    others = [audit_entry(new_job(uuid.uuid4(), "recipients", 1)) for _ in range(20)]
    raw = {str(each.id): msgspec.json.encode(each) for each in (*entries, *others)}
    works.desk.store.client.hset(works.desk.store.keys.audit, mapping=raw)
    with psycopg.connect(works.desk.database_url) as busy, busy.transaction():
        busy.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s::text, 7236492))", [tenant])
        assert store(works) == 20
    assert store(works) == 600


def test_a_pass_is_one_writers_at_a_time_and_then_anothers(works: Works, tenant: uuid.UUID) -> None:
    opened(works, tenant, 3)
    desk = works.desk
    one, other = (Turn(desk.store.client, desk.namespace, "audit", 60.0) for _ in range(2))

    def store_by(turn: Turn) -> int:
        return store_audit_by_turns(turn, desk.store, desk.pool, desk.jobs)

    with one.taken():
        assert store_by(other) == 0
    assert len(next(desk.store.audit_bites(100), {})) == 3
    desk.run("REVOKE INSERT ON ingest.audit FROM sluice_writer")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        store_by(one)
    desk.run("GRANT INSERT ON ingest.audit TO sluice_writer")
    assert store_by(other) == 3
    opened(works, tenant, 1)
    assert store_by(one) == 1


def test_a_job_is_known_by_its_pass_whoever_writes_it(works: Works, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient()])
    store_audit(works.desk.store, works.desk.pool, another_writers(works))
    assert rows(works, tenant)[job.id]["status"] == "processing"
    works.handle(ref)
    assert (works.job(job).status, rows(works, tenant)[job.id]["status"]) == (JobStatus.COMPLETED, "completed")
