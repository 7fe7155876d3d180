"""Jobs to put into the store, and the steps that tests of it share."""

import datetime
import secrets
import time
import uuid
from collections.abc import Sequence

from libs.contracts.chunks import END_OF_JOB, ChunkRef
from libs.contracts.jobs import AuditEntry, JobStatus, Lane, NewJob, RecordCounts
from libs.jobs.costs import job_bytes
from libs.jobs.reading import Lease
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Idempotency, Opened, Settled

PAYLOAD_BYTES = 300
"""Payload of a sample chunk; with its rejects, `CHUNK_BYTES`."""
CHUNK_BYTES = 320


def new_job(
    tenant: uuid.UUID, *, lane: Lane = "normal", total: int = 10, dry_run: bool = False, epoch_ms: int | None = None
) -> NewJob:
    return NewJob(
        id=uuid.uuid4(), tenant_id=tenant, entity="recipients", mode="insert", on_error="continue", lane=lane,
        dry_run=dry_run, created_by="scanner-7", request_id="request-1", traceparent="00-ab-cd-01",
        epoch_ms=epoch_ms or time.time_ns() // 1_000_000, total=total,
    )  # fmt: skip


def blobs(count: int, *, records: int = 10, rejected: int = 1) -> list[ChunkBlob]:
    return [
        ChunkBlob(records, rejected, bytes([number % 256]) * PAYLOAD_BYTES, b"r" * (CHUNK_BYTES - PAYLOAD_BYTES))
        for number in range(count)
    ]


def audit(job: NewJob, action: str = "batch.accept") -> AuditEntry:
    return AuditEntry(
        id=uuid.uuid4(), tenant_id=job.tenant_id, at=datetime.datetime.now(datetime.UTC), actor="scanner-7",
        action=action, job_id=job.id, entity=job.entity, request_id="request-1", counts={"submitted": job.total},
    )  # fmt: skip


def idempotency(route: str = "recipients", key: str | None = None, fingerprint: str = "f1") -> Idempotency:
    return Idempotency(route, key or secrets.token_hex(4), fingerprint)


def waiting(*jobs: tuple[int, int]) -> int:
    """What open jobs count for: each one's chunks, and how many of them are open."""
    return sum(job_bytes(chunks) + CHUNK_BYTES * left for chunks, left in jobs)


def open_job(
    store: JobStore, tenant: uuid.UUID, chunks: int = 1, *, lane: Lane = "normal", dry_run: bool = False
) -> tuple[NewJob, list[ChunkRef]]:
    """A job of chunks of 10 records; returns it and what was handed out."""
    job = new_job(tenant, lane=lane, total=10 * chunks, dry_run=dry_run)
    answer = store.open(job, blobs(chunks), None, None)
    assert isinstance(answer, Opened)
    return job, answer.refs


def ref_of(job: NewJob, number: int) -> ChunkRef:
    return ChunkRef(job.tenant_id, job.id, number, job.lane)


def end_of(job: NewJob) -> ChunkRef:
    return ref_of(job, END_OF_JOB)


def take(store: JobStore, ref: ChunkRef) -> Lease:
    lease = store.start(ref)
    assert isinstance(lease, Lease), lease
    return lease


CREATED = RecordCounts(total=10, created=9, rejected=1)
FAILED = RecordCounts(total=10, rejected=1, failed=9)
CANCELLED = RecordCounts(total=10, rejected=1, cancelled=9)


def settle(store: JobStore, lease: Lease, counts: RecordCounts = CREATED, failure: str = "") -> Settled:
    return store.settle(lease.ref, lease.generation, counts, b"outcome", failure=failure)


def write(store: JobStore, ref: ChunkRef, counts: RecordCounts = CREATED, failure: str = "") -> Settled:
    """Start and settle a chunk."""
    return settle(store, take(store, ref), counts, failure)


def write_all(store: JobStore, refs: Sequence[ChunkRef]) -> None:
    """Write these chunks and all that are handed out because of it."""
    waiting = list(refs)
    while waiting:
        waiting += write(store, waiting.pop(0)).refs


def end(store: JobStore, job: NewJob, status: JobStatus, counts: RecordCounts, generation: int = 0) -> str:
    """Close a job with these sums."""
    return store.close(end_of(job), generation, status, counts)


def failed_job(store: JobStore, tenant: uuid.UUID, failures: Sequence[str]) -> NewJob:
    """An ended job, one chunk for each of `failures`: "transient", "permanent", or "" for a written one."""
    job, refs = open_job(store, tenant, len(failures))
    for ref, failure in zip(refs, failures, strict=True):
        write(store, ref, FAILED if failure else CREATED, failure)
    bad = sum(map(bool, failures))
    good = len(failures) - bad
    sums = RecordCounts(total=job.total, created=9 * good, rejected=len(failures), failed=9 * bad)
    assert end(store, job, JobStatus.FAILED if bad else JobStatus.COMPLETED, sums) == "closed"
    return job


def audited(store: JobStore) -> set[str]:
    """The ids of the audit entries that the store holds."""
    return {name.decode() for name in store.client.hkeys(store.keys.audit)}
