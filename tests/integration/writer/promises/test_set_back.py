"""PostgreSQL is set back to an earlier state: jobs that it has forgotten end all the same, and it is said."""

import uuid
from typing import Any

import pytest
from msgspec.structs import replace

from libs.boot.installation import Installation, InstallationError
from libs.contracts.jobs import Job, JobStatus, NewJob
from libs.jobs.reading import as_text
from libs.jobs.server.installation import InstallationKey
from services.writer.chunks.ledger import not_ended
from services.writer.promises.lost_jobs import SetBackWatch
from tests.integration.writer.works import Works, counted
from tests.writing import Desk, recipient

TABLES = ("ingest.job", "ingest.chunk", "inventory.recipient")
RECORDS = [recipient(f"Người nhận {number}") for number in range(6)]


def set_back(desk: Desk, tenant: uuid.UUID, *, tables: tuple[str, ...] = TABLES, before_chunk: int = 0) -> None:
    """Take from the database what came after some moment: the job's row, and the chunks from this one on."""
    for table in tables:
        rest = f" AND chunk_no >= {before_chunk}" if table == "ingest.chunk" else ""
        desk.run(f"DELETE FROM {table} WHERE tenant_id = %s{rest}", tenant)


def watch_at(works: Works) -> SetBackWatch:
    desk = works.desk
    return SetBackWatch(desk.store, desk.pool, works.delivery._closer, Installation(desk.store.client, desk.namespace))


def look(works: Works) -> int:
    """One round of the watch, beginning at the first job."""
    return watch_at(works).look()


def told(works: Works, job: NewJob) -> tuple[Job, dict[str, object]]:
    (row,) = works.desk.rows("ingest.job", job.tenant_id)
    return works.job(job), row


@pytest.mark.parametrize("kept", [0, 2])
def test_a_job_that_was_set_back_before_its_end_ends_and_says_so(works: Works, tenant: uuid.UUID, kept: int) -> None:
    job, refs = works.open(tenant, RECORDS, chunk=2)
    works.handle(*refs[:2])
    set_back(works.desk, tenant, tables=("ingest.job", "ingest.chunk"), before_chunk=kept // 2)
    works.handle(refs[2])

    live, row = told(works, job)

    assert (live.status, live.last_error) == (JobStatus.FAILED, "DATABASE_SET_BACK")
    assert (row["status"], row["last_error"]) == ("failed", "DATABASE_SET_BACK")
    assert counted(live) == {"created": 2 + kept, "failed": 4 - kept}
    assert (row["created"], row["failed"], row["total"]) == (2 + kept, 4 - kept, 6)
    assert len(works.desk.rows("ingest.chunk", tenant)) == 3


def test_a_job_that_was_set_back_after_its_end_ends_again(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, RECORDS, chunk=2)
    works.handle(*refs)
    before = works.job(job)
    assert (look(works), works.job(job)) == (0, before)
    set_back(works.desk, tenant)

    assert [look(works), look(works)] == [1, 0]

    live, row = told(works, job)
    assert (live.status, live.last_error, counted(live)) == (JobStatus.FAILED, "DATABASE_SET_BACK", {"failed": 6})
    assert (row["status"], row["failed"], row["finished_at"]) == ("failed", 6, before.finished_at)


def test_what_another_installations_database_does_not_know_is_not_ended(works: Works, tenant: uuid.UUID) -> None:
    """A writer that was given a wrong address must not end the jobs of others."""
    job, refs = works.open(tenant, RECORDS, chunk=2)
    works.handle(*refs)
    ended, watch = works.job(job), watch_at(works)
    watch.look()
    set_back(works.desk, tenant)
    InstallationKey(works.desk.store.client, works.desk.namespace).replace(uuid.uuid4())

    with pytest.raises(InstallationError):
        watch.look()

    assert (works.job(job), works.desk.rows("ingest.job", tenant)) == (ended, [])


def test_a_job_whose_end_alone_was_set_back_is_what_the_ledger_says(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, RECORDS, chunk=2)
    works.handle(*refs)
    before = works.job(job)
    works.desk.run("UPDATE ingest.job SET status = 'processing', finished_at = NULL WHERE tenant_id = %s", tenant)

    assert look(works) == 1

    live, row = told(works, job)
    assert (live, row["status"], row["created"]) == (before, "completed", 6)


def test_the_same_request_then_writes_what_is_missing(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, RECORDS, chunk=2)
    works.handle(*refs)
    set_back(works.desk, tenant, tables=("ingest.job", "ingest.chunk"), before_chunk=1)
    works.desk.run("DELETE FROM inventory.recipient WHERE tenant_id = %s AND name_vi >= 'Người nhận 2'", tenant)
    assert look(works) == 1

    _, again = works.open(tenant, RECORDS, chunk=2, job=job)
    works.handle(*again)

    live, row = told(works, job)
    assert (live.status, counted(live)) == (JobStatus.COMPLETED, {"created": 6})
    assert (row["status"], row["created"]) == ("completed", 6)
    assert len(works.desk.rows("inventory.recipient", tenant)) == 6


def test_a_writer_that_knows_the_row_from_before_does_not_need_it(works: Works, tenant: uuid.UUID) -> None:
    """It remembers that the job has a row, and asks no more."""
    job, refs = works.open(tenant, RECORDS, chunk=2)
    works.handle(refs[0])
    set_back(works.desk, tenant, tables=("ingest.job",))
    works.handle(*refs[1:])

    live, row = told(works, job)
    assert (live.status, row["status"], row["created"]) == (JobStatus.COMPLETED, "completed", 6)
    assert row["nonce"] == as_text(_fields(works, job))["nonce"].decode()


def test_an_end_that_a_retry_has_overtaken_is_left_alone(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, RECORDS, chunk=2)
    works.handle(*refs)
    ended = works.job(job)
    set_back(works.desk, tenant)
    works.desk.store.client.hset(works.desk.store.keys.job(tenant, job.id), "generation", 1)

    works.delivery._closer.end(replace(ended, generation=0))

    assert works.job(job).status is JobStatus.COMPLETED


def test_the_watch_goes_round_all_jobs(works: Works, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.writer.promises.lost_jobs.LOST_LIMIT", 2)
    jobs = [works.open(tenant, RECORDS[:1]) for _ in range(5)]
    for _, refs in jobs:
        works.handle(*refs)
    watch = watch_at(works)
    set_back(works.desk, tenant)

    assert [watch.look() for _ in range(4)] == [2, 2, 1, 0]
    assert {works.job(job).last_error for job, _ in jobs} == {"DATABASE_SET_BACK"}


def test_no_job_is_read_whole_that_has_ended_in_both(works: Works, tenant: uuid.UUID) -> None:
    jobs = [works.open(tenant, RECORDS[:1]) for _ in range(5)]
    for _, refs in jobs:
        works.handle(*refs)

    def read() -> int:
        used = works.desk.store.client.info("commandstats")
        return int(used.get("cmdstat_hgetall", {"calls": 0})["calls"])

    before = read()
    assert look(works) == 0
    assert read() == before


def test_a_job_that_is_opened_again_while_it_is_looked_at_is_left_alone(
    works: Works, tenant: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, refs = works.open(tenant, RECORDS, chunk=2)
    works.handle(*refs)

    def open_meanwhile(*asked: Any) -> set[uuid.UUID]:
        works.desk.run("UPDATE ingest.job SET status = 'processing', finished_at = NULL WHERE tenant_id = %s", tenant)
        works.desk.store.client.hset(works.desk.store.keys.job(tenant, job.id), "status", "processing")
        return not_ended(*asked)

    monkeypatch.setattr("services.writer.promises.lost_jobs.not_ended", open_meanwhile)
    assert look(works) == 0
    assert (works.job(job).status, told(works, job)[1]["status"]) == (JobStatus.PROCESSING, "processing")


def test_a_job_that_cannot_be_read_keeps_no_other_from_its_end(works: Works, tenant: uuid.UUID) -> None:
    jobs = [works.open(tenant, RECORDS[:1]) for _ in range(3)]
    for _, refs in jobs:
        works.handle(*refs)
    set_back(works.desk, tenant)
    works.desk.store.client.hdel(works.desk.store.keys.job(tenant, jobs[0][0].id), "total")
    assert [look(works), look(works)] == [2, 0]


def _fields(works: Works, job: NewJob) -> list[bytes]:
    fields = works.desk.store.client.hgetall(works.desk.store.keys.job(job.tenant_id, job.id))
    return [part for item in fields.items() for part in item]
