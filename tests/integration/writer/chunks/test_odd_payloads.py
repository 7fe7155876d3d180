"""Payloads that this version would not make: of another version, or with rows that are none. Their jobs end."""

import uuid

import pytest
from msgspec.structs import replace

from libs.contracts import binary
from libs.contracts.chunks import ChunkRecords, ChunkRef, IdMaker
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Job, JobStatus
from libs.intake.chunking import chunk_content
from libs.jobs.payload import pack_records
from libs.jobs.values import ChunkBlob, Opened
from services.writer.chunks.retry_policy import MENDING_ATTEMPTS
from tests.integration.writer.works import Works, counted
from tests.writing import new_job, recipient

RECIPIENTS = ENTITIES["recipients"]
MODES = pytest.mark.parametrize("mode", ["insert", "ignore", "upsert"])
NAMES = [f"scan-{place}" for place in range(4)]


def content() -> ChunkRecords:
    """Four recipients as ingest packs them."""
    records = [recipient(external_id=name) for name in NAMES]
    return chunk_content(RECIPIENTS, IdMaker(uuid.uuid4(), 1), range(len(records)), records)


def handled(works: Works, tenant: uuid.UUID, records: ChunkRecords, mode: str) -> Job:
    """The job of such a payload, after all the attempts that an error of its kind is granted."""
    job = new_job(tenant, RECIPIENTS.name, len(NAMES), mode=mode)
    opened = works.desk.store.open(job, [ChunkBlob(len(NAMES), 0, pack_records(records), b"")], None, None)
    assert isinstance(opened, Opened)
    ref: ChunkRef = opened.refs[0]
    works.handle(ref)
    for _ in range(MENDING_ATTEMPTS - 1):
        if works.job(job).chunks.deferred:
            works.retry_now(ref)
    return works.job(job)


@MODES
def test_a_row_that_is_no_text_costs_no_neighbour(works: Works, tenant: uuid.UUID, mode: str) -> None:
    good = content()
    rows = [row.replace(binary.text("Ngân hàng"), binary.text("Ngân")[:-1] + b"\xff") for row in good.rows[:1]]
    job = handled(works, tenant, replace(good, rows=rows + good.rows[1:]), mode)
    assert (job.status, counted(job)) == (JobStatus.COMPLETED, {"created": 3, "rejected": 1})
    (reject,) = works.desk.rows("ingest.reject", tenant)
    assert (reject["record_index"], reject["external_id"], reject["raw"]) == (0, NAMES[0], b"")


@MODES
def test_a_column_that_is_not_there_any_more_fails_the_chunk(works: Works, tenant: uuid.UUID, mode: str) -> None:
    old = content()
    job = handled(works, tenant, replace(old, columns=(*old.columns[:-1], "no_such_column")), mode)
    assert (job.status, counted(job), job.last_error) == (JobStatus.FAILED, {"failed": 4}, "42703")


@MODES
def test_a_column_that_is_new_gets_its_default(works: Works, tenant: uuid.UUID, mode: str) -> None:
    """As if `contact` had been added since, with a default, and may not be NULL."""
    works.desk.run(
        "ALTER TABLE inventory.recipient ALTER contact SET DEFAULT 'none',"
        " ADD CONSTRAINT is_new CHECK (contact IS NOT NULL) NOT VALID"
    )
    try:
        before = content()
        assert "contact" not in before.columns  # no record has one
        job = handled(works, tenant, before, mode)
        assert (job.status, counted(job)) == (JobStatus.COMPLETED, {"created": 4})
        assert {row["contact"] for row in works.desk.rows("inventory.recipient", tenant)} == {"none"}
        again = handled(works, tenant, before, "upsert")
        assert counted(again) == {"unchanged": 4}
    finally:
        works.desk.run("ALTER TABLE inventory.recipient ALTER contact DROP DEFAULT, DROP CONSTRAINT is_new")


def test_parts_that_do_not_fit_together_are_no_chunk(works: Works, tenant: uuid.UUID) -> None:
    job = handled(works, tenant, replace(content(), own_ids=[False]), "insert")
    assert (job.status, counted(job)) == (JobStatus.FAILED, {"failed": 4})
    assert works.desk.rows("inventory.recipient", tenant) == []
