"""What may not be retried ends, whatever PostgreSQL says to its rejects; and one of them costs no neighbour."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from libs.contracts.chunks import ChunkRef, Fault, Reject
from libs.contracts.jobs import JobStatus, NewJob
from services.writer.chunks.retry_policy import MOST_CRASHES
from tests.integration.writer.works import Works, counted
from tests.writing import audit_entry, recipient

RAISED = [
    "0A000", "22021", "22P05", "23514", "25006", "40001", "40P01", "42501", "42P01", "53100", "53200", "54000",
    "55000", "55P03", "57014", "57P03", "58030", "P0001", "XX000",
]  # fmt: skip
"""One of each class that a trigger may raise; 53100 is a full disk."""
REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = {state}; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON ingest.reject FOR EACH ROW EXECUTE FUNCTION refuse();
"""


@contextmanager
def refused(works: Works, cause: str) -> Iterator[None]:
    """Inside the block PostgreSQL takes no reject: an error of this SQLSTATE, or a missing right."""
    with psycopg.connect(works.desk.database_url, autocommit=True) as connection:
        if cause == "no right":
            connection.execute("REVOKE INSERT ON ingest.reject FROM sluice_writer")
        else:
            connection.execute(sql.SQL(REFUSE).format(state=sql.Literal(cause)))
        try:
            yield
        finally:
            connection.execute("GRANT INSERT ON ingest.reject TO sluice_writer")
            connection.execute("DROP FUNCTION IF EXISTS refuse() CASCADE")


each_cause = pytest.mark.parametrize("cause", [*RAISED, "no right"])


def with_a_reject(works: Works, tenant: uuid.UUID) -> tuple[NewJob, ChunkRef]:
    """A job of two records and what ingest has refused."""
    reject = Reject(1, "validate", [Fault("REQUIRED", "/name_vi")], b"{}")
    job, (ref,) = works.open(tenant, [recipient(), recipient()], rejects=[reject])
    return job, ref


@each_cause
def test_a_chunk_that_may_not_be_retried_ends(works: Works, tenant: uuid.UUID, cause: str) -> None:
    job, ref = with_a_reject(works, tenant)
    works.desk.take(ref)
    works.desk.store.client.hset(works.view.chunk_key(ref), "crashes", MOST_CRASHES)
    with refused(works, cause):
        works.crash_and_take_over(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.FAILED, {"rejected": 1, "failed": 2})
    (row,) = works.desk.rows("ingest.chunk", tenant)
    assert (row["state"], row["failed"], row["rejected"], row["error"]) == ("failed", 2, 1, "WRITER_CRASHED")
    assert works.desk.rows("ingest.reject", tenant) == []
    retried = works.desk.store.retry(tenant, job.id, "all", audit_entry(job))
    works.handle(*retried.refs)
    assert counted(works.job(job)) == {"created": 2, "rejected": 1}
    assert len(works.desk.rows("ingest.reject", tenant)) == 1


@each_cause
def test_a_cancelled_chunk_ends_at_its_first_delivery(works: Works, tenant: uuid.UUID, cause: str) -> None:
    job, ref = with_a_reject(works, tenant)
    assert works.desk.store.cancel(tenant, job.id, audit_entry(job)).result == "cancelling"
    with refused(works, cause):
        works.handle(ref)
    ended = works.job(job)
    assert (ended.status, counted(ended), ended.attempts) == (JobStatus.CANCELLED, {"rejected": 1, "cancelled": 2}, 1)
    assert [row["state"] for row in works.desk.rows("ingest.chunk", tenant)] == ["cancelled"]


def test_what_is_cancelled_while_it_runs_does_not_wait_long_to_end(works: Works, tenant: uuid.UUID) -> None:
    """It fails after the job was cancelled, and the failure asks for half a minute."""
    job, ref = with_a_reject(works, tenant)
    lease = works.desk.take(ref)
    works.desk.store.cancel(tenant, job.id, audit_entry(job))
    works.desk.store.defer(lease, 30.0, "42P01")
    assert works.view.due()[ref] - works.view.now_ms() <= 1_000


def test_a_reject_that_cannot_be_stored_is_stored_without_its_content(works: Works, tenant: uuid.UUID) -> None:
    """Nothing that validation lets through is such; if something ever is, it costs no record and no other reject."""
    unfit = Reject(1, "validate", [Fault("UNKNOWN_MEMBER", "/\0")], b'{"\\u0000": 1}', None, "a\0b")
    others = [Reject(place, "validate", [Fault("REQUIRED", "/name_vi")], b"{}") for place in (0, 2, 4)]
    job, (ref,) = works.open(tenant, [recipient()], rejects=[others[0], unfit, *others[1:]])
    works.handle(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.COMPLETED, {"created": 1, "rejected": 4})
    rows = works.desk.rows("ingest.reject", tenant)
    assert [row["record_index"] for row in rows] == [0, 1, 2, 4]
    assert [row["raw"] for row in rows] == [b"{}", b"", b"{}", b"{}"]
    assert (rows[1]["faults"], rows[1]["external_id"]) == ([{"code": "UNKNOWN_MEMBER"}], None)


def test_rejects_that_are_all_refused_cost_no_record(works: Works, tenant: uuid.UUID) -> None:
    job, ref = with_a_reject(works, tenant)
    with refused(works, "23514"):
        works.handle(ref)
    assert (works.job(job).status, counted(works.job(job))) == (JobStatus.COMPLETED, {"created": 2, "rejected": 1})
