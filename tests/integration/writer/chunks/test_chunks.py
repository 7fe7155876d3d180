"""One chunk, one transaction: the ledger first, then the records, their links and the rejects."""

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
import redis
from msgspec.structs import replace

from deploy.local.servers.postgres import PostgresServer
from libs.contracts.chunks import Fault, IdMaker, Reject
from libs.contracts.jobs import JobStatus
from libs.jobs.reading import Lease
from libs.telemetry.metrics.writing import REPEATS
from services.writer.chunks.ledger import Entry
from services.writer.promises.closing import JobCloser
from tests.servers import cloned_database
from tests.waiting import wait_until
from tests.writing import (
    Desk,
    Written,
    activity,
    audit_entry,
    category,
    note_nothing,
    open_desk,
    recipient,
    transfer,
)

REFUSED = Reject(1, "validate", [Fault("REQUIRED", "/name_vi")], b'{"name_vi": ""}', None, "scan-1")
ALL_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
WHERE attname = 'tenant_id' AND relkind IN ('r', 'p') AND NOT relispartition
"""
OF_A_JOB = {"ingest.chunk": 1, "ingest.job": 1, "ingest.statistics_stale": 1}
"""The rows, by table, of a job of one chunk, which ends with it."""


@pytest.fixture(scope="module")
def desk(postgres: PostgresServer, template: str, redis_client: redis.Redis) -> Iterator[Desk]:
    """A writer on a database of this module's own."""
    with cloned_database(postgres.url, template) as url, open_desk(url, redis_client) as desk:
        yield desk


def tables_with_rows(desk: Desk, tenant: uuid.UUID) -> dict[str, int]:
    """How many rows the tenant has, by table; tables without any are left out."""
    count = "SELECT '{0}', count(*) FROM {0} WHERE tenant_id = '{1}'"
    counts = desk.run(" UNION ALL ".join(count.format(name, tenant) for (name,) in desk.run(ALL_TABLES)))
    return {name: number for name, number in counts if number}


def ledger_of(desk: Desk, tenant: uuid.UUID) -> dict[str, Any]:
    (row,) = desk.rows("ingest.chunk", tenant)
    return row


def in_ledger(entry: Entry) -> Entry:
    """An entry as another delivery reads it: that the job has ended with it is known to the one that has written it."""
    return replace(entry, end=None)


def rejects_of(desk: Desk, tenant: uuid.UUID) -> list[dict[str, Any]]:
    return desk.rows("ingest.reject", tenant, "record_index")


def retried(desk: Desk, written: Written) -> Lease:
    """Settle and end the job of a failed chunk, ask for its retry, and take the lease again."""
    desk.settle(written)
    job = written.lease.job
    JobCloser(desk.store, desk.pool).close(written.lease.ref)
    answer = desk.store.retry(job.tenant_id, job.id, "all", audit_entry(job, "job.retry"))
    assert answer.result == "retrying"
    return desk.take(answer.refs[0])


def test_a_chunk_is_written_with_its_ledger_row(desk: Desk, tenant: uuid.UUID) -> None:
    own = uuid.uuid4()
    written = desk.write(tenant, [recipient("Một"), recipient("Hai", recipient_id=own, external_id="scan-2")])
    assert written.counts == {"created": 2}
    assert written.faults == {}
    assert written.outcome.resolved == {}
    assert written.outcome.written
    job = written.lease.job
    announced = uuid.UUID(IdMaker(job.id, job.epoch_ms).text(0))
    rows = {row["recipient_id"]: row for row in desk.rows("inventory.recipient", tenant)}
    assert {key: (row["name_vi"], row["external_id"], row["job_id"]) for key, row in rows.items()} == {
        announced: ("Một", None, job.id),
        own: ("Hai", "scan-2", job.id),
    }
    entry = ledger_of(desk, tenant)
    assert (entry["job_id"], entry["chunk_no"], entry["state"], entry["records"]) == (job.id, 0, "written", 2)
    assert (entry["created"], entry["failure"], entry["writer"], entry["attempts"]) == (2, "", "desk", 1)
    assert entry["outcome"] == written.entry.outcome
    (stored,) = desk.rows("ingest.job", tenant)
    assert (stored["status"], stored["total"], stored["chunks_total"], stored["request_id"]) == (
        "completed", 2, 1, "request-1"
    )  # fmt: skip
    assert tables_with_rows(desk, tenant) == {"inventory.recipient": 2, **OF_A_JOB}


def test_a_list_that_repeats_an_id_links_once(desk: Desk, tenant: uuid.UUID) -> None:
    one, two = uuid.uuid4(), uuid.uuid4()
    desk.write(tenant, [recipient(recipient_id=one), recipient(recipient_id=two)])
    written = desk.write(tenant, [activity(recipient_ids=[two, one, two, one, two])])
    assert written.counts == {"created": 1}
    assert {row["recipient_id"] for row in desk.rows("inventory.activity_recipient", tenant)} == {one, two}


def test_unknown_references_reject_their_records_alone(desk: Desk, tenant: uuid.UUID) -> None:
    ids = {"recipient_ids": [uuid.uuid4()], "data_category_ids": [uuid.uuid4()], "transfer_ids": [uuid.uuid4()]}
    desk.write(tenant, [recipient(recipient_id=ids["recipient_ids"][0])])
    desk.write(tenant, [category(data_category_id=ids["data_category_ids"][0])])
    desk.write(tenant, [transfer(transfer_id=ids["transfer_ids"][0])])
    stranger = uuid.uuid4()
    desk.write(uuid.uuid4(), [recipient(recipient_id=stranger)])

    bad = activity(
        "Lạ",
        external_id="scan-bad",
        recipient_ids=[stranger, ids["recipient_ids"][0], stranger],
        transfer_ids=[uuid.uuid4()],
    )
    written = desk.write(tenant, [activity("Một", **ids), bad, activity("Hai")])
    assert written.counts == {"created": 2, "rejected": 1}
    unknown = "REFERENCE_UNKNOWN"
    pointers = ["/recipient_ids/0", "/recipient_ids/2", "/transfer_ids/0"]
    assert written.faults == {1: [(unknown, pointer) for pointer in pointers]}
    assert [row["activity_name_vi"] for row in desk.rows("inventory.processing_activity", tenant)] == ["Một", "Hai"]
    (reject,) = rejects_of(desk, tenant)
    assert (reject["record_index"], reject["stage"], reject["external_id"], reject["failed"]) == (
        1, "reference", "scan-bad", False
    )  # fmt: skip
    assert [(fault["pointer"], fault["params"]) for fault in reject["faults"]] == [
        ("/recipient_ids/0", {"target": "recipient"}),
        ("/recipient_ids/2", {"target": "recipient"}),
        ("/transfer_ids/0", {"target": "data_transfer"}),
    ]
    raw = json.loads(reject["raw"])
    assert raw["recipient_ids"] == [str(own) for own in bad.recipient_ids]
    assert raw == {
        "external_id": "scan-bad", "activity_name_vi": "Lạ", "legal_basis": "contract",
        "recipient_ids": raw["recipient_ids"], "transfer_ids": [str(bad.transfer_ids[0])],
    }  # fmt: skip


def test_what_ingest_refused_is_stored_with_the_chunk(desk: Desk, tenant: uuid.UUID) -> None:
    written = desk.write(tenant, [recipient("Một"), recipient("Hai")], rejects=[REFUSED])
    assert written.counts == {"created": 2, "rejected": 1}
    assert written.faults == {}
    (reject,) = rejects_of(desk, tenant)
    assert (reject["record_index"], reject["stage"], reject["external_id"], bytes(reject["raw"])) == (
        1, "validate", "scan-1", REFUSED.raw
    )  # fmt: skip
    assert reject["faults"] == [{"code": "REQUIRED", "pointer": "/name_vi"}]


def test_a_second_delivery_writes_nothing_and_has_the_ledgers_word(desk: Desk, tenant: uuid.UUID) -> None:
    first = desk.write(tenant, [activity(), activity(recipient_ids=[uuid.uuid4()])])
    before = tables_with_rows(desk, tenant)
    repeats = REPEATS._value.get()
    second = desk.deliver(first.lease)
    assert second.entry == in_ledger(first.entry)
    assert second.counts == {"created": 1, "rejected": 1}
    assert tables_with_rows(desk, tenant) == before
    assert REPEATS._value.get() == repeats + 1
    assert desk.writer.fail(first.lease, "permanent", "XX000") == in_ledger(first.entry)
    assert tables_with_rows(desk, tenant) == before


def test_two_deliveries_at_once_write_once(desk: Desk, tenant: uuid.UUID) -> None:
    lease = desk.lease(tenant, [recipient() for _ in range(20)])
    with psycopg.connect(desk.database_url) as holder, ThreadPoolExecutor(2) as threads:
        holder.execute("LOCK TABLE inventory.recipient IN SHARE MODE")
        writes = [threads.submit(desk.writer.write, lease, note_nothing) for _ in range(2)]
        waiting = "SELECT locktype FROM pg_locks WHERE NOT granted ORDER BY 1"
        one_at_the_table_one_at_the_ledger = [("relation",), ("transactionid",)]
        wait_until(lambda: desk.run(waiting) == one_at_the_table_one_at_the_ledger, 10, "both to wait")
        holder.rollback()
        entries: list[Entry] = [write.result(timeout=10) for write in writes]
    assert in_ledger(entries[0]) == in_ledger(entries[1])
    assert [entry.end is None for entry in entries].count(True) == 1
    assert tables_with_rows(desk, tenant) == {"inventory.recipient": 20, **OF_A_JOB}


# Jobs that want all of their records written, or none.


@pytest.mark.parametrize("stage", ["validate", "reference", "write"])
def test_abort_writes_nothing_if_a_record_is_bad_at_any_stage(desk: Desk, tenant: uuid.UUID, stage: str) -> None:
    desk.write(tenant, [activity(external_id="scan-0")])
    match stage:
        case "validate":
            written = desk.write(tenant, [activity()], rejects=[REFUSED], accept=False, on_error="abort")
        case "reference":
            records = [activity(), activity(recipient_ids=[uuid.uuid4()])]
            written = desk.write(tenant, records, on_error="abort")
        case _:
            written = desk.write(tenant, [activity(), activity(external_id="scan-0")], on_error="abort")
    assert written.counts == {"rejected": 1, "failed": 1}
    assert (written.entry.failure, written.entry.error) == ("permanent", "BATCH_ABORTED")
    assert not written.outcome.written
    assert [row["external_id"] for row in desk.rows("inventory.processing_activity", tenant)] == ["scan-0"]
    assert [(row["record_index"], row["stage"]) for row in rejects_of(desk, tenant)] == [(1, stage)]
    assert [row["state"] for row in desk.rows("ingest.chunk", tenant, "written_at")] == ["written", "failed"]


def test_abort_writes_all_if_no_record_is_bad(desk: Desk, tenant: uuid.UUID) -> None:
    assert desk.write(tenant, [activity(), activity()], on_error="abort").counts == {"created": 2}


@pytest.mark.parametrize("at_once", [True, False])
def test_an_aborted_batch_leaves_its_rejects_in_postgresql_and_nothing_big_in_redis(
    desk: Desk, tenant: uuid.UUID, at_once: bool
) -> None:
    """Whether validation found the bad record or the writer did: its client has been told, and may send it again."""
    big = activity("".join(chr(0x4E00 + number * 37 % 20_000) for number in range(400)))
    if at_once:
        aborted = desk.write(tenant, [big], rejects=[REFUSED], accept=False, on_error="abort")
    else:
        aborted = desk.write(tenant, [big, activity(recipient_ids=[uuid.uuid4()])], on_error="abort")
    desk.settle(aborted)
    job = aborted.lease.job
    JobCloser(desk.store, desk.pool).close(aborted.lease.ref)

    assert len(rejects_of(desk, tenant)) == 1
    keys = desk.store.keys
    chunk = desk.store.client.hgetall(keys.chunk(tenant, job.id, 0))
    assert chunk.keys().isdisjoint({b"payload", b"rejects"})
    assert desk.store.client.ttl(keys.job(tenant, job.id)) <= desk.store.timing.ended_ttl_s
    assert desk.store.share(tenant).retained < 3_000
    assert desk.store.retry(tenant, job.id, "all", audit_entry(job, "job.retry")).result == "nothing"
    assert (ended := desk.store.job(tenant, job.id)) is not None
    assert (ended.status, ended.chunks.failed) == (JobStatus.FAILED, 1)


# Dry runs, cancelled jobs, failed chunks.


@pytest.mark.parametrize("mode", ["insert", "ignore", "upsert"])
def test_a_dry_run_reports_and_leaves_nothing(desk: Desk, tenant: uuid.UUID, mode: str) -> None:
    records = [activity(), activity(recipient_ids=[uuid.uuid4()])]
    written = desk.write(tenant, records, rejects=[REFUSED], mode=mode, dry_run=True)
    assert written.counts == {"created": 1, "rejected": 2}
    assert list(written.faults) == [2]
    assert tables_with_rows(desk, tenant) == {}
    assert desk.deliver(written.lease).counts == written.counts
    assert desk.writer.fail(written.lease, "permanent", "XX000").counts.failed == 2
    assert tables_with_rows(desk, tenant) == {}


def test_a_dry_run_of_an_upsert_changes_nothing(desk: Desk, tenant: uuid.UUID) -> None:
    desk.write(tenant, [recipient("Cũ", external_id="scan-1")])
    written = desk.write(tenant, [recipient("Mới", external_id="scan-1")], mode="upsert", dry_run=True)
    assert written.counts == {"updated": 1}
    assert [row["name_vi"] for row in desk.rows("inventory.recipient", tenant)] == ["Cũ"]


def test_a_cancelled_job_writes_no_more(desk: Desk, tenant: uuid.UUID) -> None:
    job, (ref,) = desk.open(tenant, [recipient(), recipient()], rejects=[REFUSED])
    desk.store.cancel(tenant, job.id, audit_entry(job, "job.cancel"))
    written = desk.deliver(desk.take(ref))
    assert written.counts == {"rejected": 1, "cancelled": 2}
    assert not written.outcome.written
    assert ledger_of(desk, tenant)["state"] == "cancelled"
    assert desk.rows("inventory.recipient", tenant) == []
    assert [row["record_index"] for row in rejects_of(desk, tenant)] == [1]


def test_a_failed_chunk_keeps_its_records_with_the_rejects(desk: Desk, tenant: uuid.UUID) -> None:
    lease = desk.lease(tenant, [recipient("Một", external_id="scan-0"), recipient("Hai")], rejects=[REFUSED])
    entry = desk.writer.fail(lease, "transient", "40P01")
    written = Written(lease, entry)
    assert written.counts == {"rejected": 1, "failed": 2}
    assert (entry.failure, entry.error) == ("transient", "40P01")
    assert written.faults == {0: [("WRITE_FAILED", "")], 2: [("WRITE_FAILED", "")]}
    rejects = rejects_of(desk, tenant)
    assert [(row["record_index"], row["stage"], row["failed"]) for row in rejects] == [
        (0, "write", True), (1, "validate", False), (2, "write", True)
    ]  # fmt: skip
    assert json.loads(rejects[0]["raw"]) == {"name_vi": "Một", "external_id": "scan-0", "recipient_type": "processor"}
    assert rejects[0]["faults"] == [{"code": "WRITE_FAILED", "params": {"sqlstate": "40P01"}}]
    assert desk.rows("inventory.recipient", tenant) == []
    assert (ledger_of(desk, tenant)["state"], ledger_of(desk, tenant)["error"]) == ("failed", "40P01")


def test_a_retry_writes_what_had_failed_and_a_late_delivery_does_not(desk: Desk, tenant: uuid.UUID) -> None:
    records = [activity("Một"), activity("Hai", recipient_ids=[uuid.uuid4()])]
    old = desk.lease(tenant, records, rejects=[REFUSED])
    failed = Written(old, desk.writer.fail(old, "transient", "40P01"))
    assert desk.deliver(old).entry == failed.entry
    assert desk.rows("inventory.processing_activity", tenant) == []

    new = retried(desk, failed)
    assert (old.generation, new.generation) == (0, 1)
    assert desk.deliver(old).entry == failed.entry
    written = desk.deliver(new)
    assert written.counts == {"created": 1, "rejected": 2}
    assert [(row["record_index"], row["stage"], row["failed"]) for row in rejects_of(desk, tenant)] == [
        (1, "validate", False), (2, "reference", False)
    ]  # fmt: skip
    entry = ledger_of(desk, tenant)
    assert (entry["state"], entry["failure"], entry["error"], entry["generation"]) == ("written", "", "", 1)
    assert (entry["failed"], entry["created"], entry["rejected"], entry["attempts"]) == (0, 1, 2, 2)

    assert desk.deliver(old).entry == written.entry
    assert desk.deliver(new).entry == written.entry
    assert desk.writer.fail(old, "transient", "40P01") == written.entry
    assert len(desk.rows("inventory.processing_activity", tenant)) == 1
    desk.settle(written)
    JobCloser(desk.store, desk.pool).close(new.ref)
    (job,) = desk.rows("ingest.job", tenant)
    assert (job["status"], job["generation"], job["created"], job["rejected"]) == (JobStatus.COMPLETED, 1, 1, 2)


def test_a_chunk_of_rejects_alone_has_nothing_to_write(desk: Desk, tenant: uuid.UUID) -> None:
    records = [activity(recipient_ids=[uuid.uuid4()]) for _ in range(3)]
    written = desk.write(tenant, records)
    assert written.counts == {"rejected": 3}
    assert desk.rows("inventory.processing_activity", tenant) == []
    assert len(rejects_of(desk, tenant)) == 3
