"""A job of one chunk ends in the transaction that writes it, and in Redis with the chunk's settlement."""

import uuid

import pytest

from libs.contracts.jobs import JobStatus
from tests.integration.writer.works import Works, counted
from tests.writing import recipient

SAME_TRANSACTION = """
SELECT j.xmin = c.xmin FROM ingest.job j JOIN ingest.chunk c USING (tenant_id, job_id) WHERE job_id = %s
"""
COUNTERS = ("created", "updated", "unchanged", "rejected", "failed", "cancelled")


@pytest.mark.parametrize(
    ("names", "on_error", "status", "counts"),
    [
        (["a", "b"], "continue", JobStatus.COMPLETED, {"created": 2}),
        (["a", "stored"], "continue", JobStatus.COMPLETED, {"created": 1, "rejected": 1}),
        (["a", "stored"], "abort", JobStatus.FAILED, {"failed": 1, "rejected": 1}),
    ],
)
def test_both_stores_have_its_end_with_the_chunk(
    works: Works, tenant: uuid.UUID, names: list[str], on_error: str, status: JobStatus, counts: dict[str, int]
) -> None:
    works.handle(*works.open(tenant, [recipient(external_id="stored")])[1])
    job, (ref,) = works.open(tenant, [recipient(external_id=name) for name in names], on_error=on_error)
    works.handle(ref)
    ended = works.job(job)
    assert (ended.status, counted(ended), works.view.due()) == (status, counts, {})
    assert works.desk.run(SAME_TRANSACTION, job.id) == [(True,)]
    (row,) = (each for each in works.desk.rows("ingest.job", tenant) if each["job_id"] == job.id)
    assert {name: row[name] for name in COUNTERS if row[name]} == counts
    assert (row["status"], row["attempts"], row["chunks_failed"]) == (status, 1, ended.chunks.failed)
    assert ended.started_at
    assert ended.finished_at
    assert ended.started_at <= ended.finished_at
    assert abs((row["finished_at"] - ended.finished_at).total_seconds()) < 0.001


def test_one_of_several_chunks_ends_behind_its_last(works: Works, tenant: uuid.UUID) -> None:
    job, refs = works.open(tenant, [recipient() for _ in range(2)], chunk=1)
    works.handle(refs[0])
    assert works.desk.rows("ingest.job", tenant)[0]["status"] == "processing"
    works.handle(refs[1])
    assert (works.job(job).status, works.desk.rows("ingest.job", tenant)[0]["status"]) == ("completed", "completed")
    assert works.desk.run(SAME_TRANSACTION, job.id) == [(False,), (False,)]


def test_who_dies_behind_the_commit_leaves_an_end_that_the_next_one_finds(works: Works, tenant: uuid.UUID) -> None:
    job, (ref,) = works.open(tenant, [recipient() for _ in range(3)])
    works.desk.deliver(works.desk.take(ref))
    (before,) = works.desk.rows("ingest.job", tenant)
    assert (before["status"], works.job(job).status) == ("completed", JobStatus.PROCESSING)
    works.crash_and_take_over(ref)
    assert (works.job(job).status, counted(works.job(job)), works.view.due()) == ("completed", {"created": 3}, {})
    (after,) = works.desk.rows("ingest.job", tenant)
    assert (after["status"], after["created"]) == ("completed", 3)
    assert len(works.desk.rows("inventory.recipient", tenant)) == 3
