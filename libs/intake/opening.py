"""From a body to a durable job: the steps that decide what a 202 promises."""

import hashlib
import time
import uuid
from operator import attrgetter

from msgspec import Struct
from msgspec.structs import replace

from libs.broker.publisher import Publisher
from libs.contracts.chunks import IdMaker
from libs.contracts.ids import uuid7
from libs.contracts.jobs import AuditEntry, NewJob
from libs.contracts.refusals import Refusal
from libs.intake.audit import audit_entry
from libs.intake.body import Body
from libs.intake.chunking import chunk_size, pack, spans
from libs.intake.options import BatchOptions, Origin, is_refused
from libs.intake.validation.batch import LARGE_BODY, Verdict, decoding_slot, validate, verdict_on
from libs.intake.validation.judging import Batch
from libs.intake.validation.rows import Rows, validate_rows
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Idempotency, Mismatch, Opened, Replay
from libs.telemetry.process import heap
from libs.telemetry.process.crashpoints import crash_point
from libs.telemetry.traces.spans import Notes, span


class Ticket(Struct, frozen=True):
    """An accepted batch: its job, its chunks, and whether the job was there before."""

    job_id: uuid.UUID
    epoch_ms: int
    unsure: frozenset[int]
    """Indexes of records of whose ids only the write will tell."""
    replayed: bool


class Prepared(Struct, frozen=True):
    """A batch as it is to be stored."""

    job: NewJob
    unsure: frozenset[int]
    blobs: list[ChunkBlob]
    idempotency: Idempotency | None
    audit: AuditEntry | None
    is_waited_for: bool


def job_id_of(tenant_id: uuid.UUID, idempotency: Idempotency, chunk_records: int) -> uuid.UUID:
    """The job of a request with an Idempotency-Key: a UUIDv8 (RFC 9562) made from all that the request is.

    Because the same request always is the same job with the same chunks, its repeat meets the ledger even after Redis
    has lost everything.
    """
    name = f"{tenant_id} {idempotency.route} {idempotency.key} {idempotency.fingerprint} {chunk_records}"
    digest = int.from_bytes(hashlib.sha256(name.encode()).digest()[:16], "big")
    return uuid.UUID(int=digest & ~(0xF << 76) & ~(0x3 << 62) | 0x8 << 76 | 0b10 << 62)


def epoch_of(job_id: uuid.UUID) -> int:
    """What the ids of a job's records begin with: the first 48 bits of its own id, which are the time of its creation.

    Of a job that is named by its request they are no time, but always the same: a repeat announces the same ids.
    """
    return job_id.int >> 80


def unsure_of(options: BatchOptions, batch: Batch) -> frozenset[int]:
    """The indexes of records that an `external_id` may turn out to name a stored row, with an id of its own."""
    if options.mode == "insert":
        return frozenset()
    own_counts = options.mode == "upsert"
    names = attrgetter("external_id", options.entity.id_field)
    return frozenset(
        index
        for index, (external, own) in zip(batch.indexes, map(names, batch.records), strict=True)
        if isinstance(external, str) and not (own_counts and own is not None)
    )


class Intake:
    """Opens jobs."""

    def __init__(self, store: JobStore, publisher: Publisher, chunk_records: int) -> None:
        self._store = store
        self._publisher = publisher
        self._chunk_records = chunk_records

    def take(self, origin: Origin, options: BatchOptions, body: Body) -> tuple[Verdict, Ticket]:
        """Validate a body and make a durable job of it; the body is let go once it is decoded, its records once packed.

        Raises Refusal, redis.RedisError; then there is no job.
        """
        fingerprint = options.fingerprint_of(body) if options.key else ""
        notes: Notes = {"sluice.entity": options.entity.name, "sluice.bytes": body.size}
        with span("validate batch", origin.traceparent, notes=notes), decoding_slot():
            batch = validate(options.entity, options.kind, body.take())
            verdict, prepared = verdict_on(batch), self.prepare(origin, options, batch, fingerprint)
            del batch
            if body.size > LARGE_BODY:
                heap.give_back()
        return verdict, self.accept(prepared)

    def prepare_rows(self, origin: Origin, options: BatchOptions, rows: Rows, *, chunk_records: int) -> Prepared:
        """Make a job of rows, of which the same job is made again whenever the same rows come again.

        They do so only with the same `chunk_records`, the most that its chunks have.
        """
        fingerprint = options.fingerprint_of(rows.content())
        with decoding_slot():
            batch = validate_rows(options.entity, rows)
            return self._prepare(origin, options, batch, fingerprint, chunk_records, always=True)

    def prepare(self, origin: Origin, options: BatchOptions, batch: Batch, fingerprint: str) -> Prepared:
        """Make a job of a batch, whose content has this fingerprint.

        A batch that is refused is kept too, for its errors, but burns no Idempotency-Key.
        """
        return self._prepare(origin, options, batch, fingerprint, self._chunk_records, always=False)

    def _prepare(
        self, origin: Origin, options: BatchOptions, batch: Batch, fingerprint: str, most: int, *, always: bool
    ) -> Prepared:
        """The same; `always` has its key stand for it whatever it comes to, also of a dry run."""
        refused = is_refused(options, len(batch.records), len(batch.rejects))
        binding = bool(options.key) and (always or not (refused or options.dry_run))
        idempotency = Idempotency(origin.route, options.key or "", fingerprint) if binding else None
        whole = options.on_error == "abort"
        size = most if whole else chunk_size(batch, most)
        chunks = spans(batch.total, chunk_records=size, whole=whole)
        job = self._new_job(origin, options, batch, idempotency, size)
        ids, patch = IdMaker(job.id, job.epoch_ms), options.mode == "upsert"
        blobs = pack(batch, chunks, ids, accept=not refused, patch=patch)
        audit = None if options.dry_run else _audit(origin, job, batch)
        return Prepared(job, unsure_of(options, batch), blobs, idempotency, audit, origin.waits)

    def accept(self, prepared: Prepared) -> Ticket:
        """Make the job durable and wake the writers; when this returns, the batch may be acknowledged.

        Raises Refusal, redis.RedisError.
        """
        job = prepared.job
        notes: Notes = {"sluice.job_id": str(job.id), "sluice.entity": job.entity, "sluice.records": job.total}
        with span("open batch", job.traceparent, "producer", notes) as opening:
            if opening.traceparent != job.traceparent:
                job = replace(job, traceparent=opening.traceparent)
            return self._open(prepared, job)

    def _open(self, prepared: Prepared, job: NewJob) -> Ticket:
        unsure = prepared.unsure
        crash_point("ingest.before_open")
        answer = self._store.open(
            job, prepared.blobs, prepared.idempotency, prepared.audit, publish=True,
            is_waited_for=prepared.is_waited_for,
        )  # fmt: skip
        crash_point("ingest.after_open")
        match answer:
            case Mismatch():
                raise Refusal("IDEMPOTENCY_MISMATCH")
            case Replay(job_id=job_id):
                return Ticket(job_id, job.epoch_ms, unsure, replayed=True)
            case Opened(refs=refs, published=published):
                if not published:
                    self._publisher.publish(refs, is_waited_for=prepared.is_waited_for)
                crash_point("ingest.after_publish")
                return Ticket(job.id, job.epoch_ms, unsure, replayed=False)

    def reopen(self, origin: Origin, job_id: uuid.UUID) -> None:
        """Try the failed chunks of a job again whose request has come again. Raises redis.RedisError.

        A batch that was aborted because of its own records stays as it is: they are the same again.
        """
        tenant_id = origin.caller.tenant_id
        job = self._store.job(tenant_id, job_id)
        if job and job.chunks.failed and job.status.ended and not job.aborted:
            entry = audit_entry(origin, "job.retry", job.id, job.entity, {"chunks": job.chunks.failed})
            self._publisher.publish(self._store.retry(tenant_id, job.id, "all", entry).refs)

    def forget(self, origin: Origin, options: BatchOptions) -> None:
        """Forget an Idempotency-Key whose job no store knows any more. Raises redis.RedisError."""
        self._store.forget_key(origin.caller.tenant_id, origin.route, options.key or "")

    def _new_job(
        self, origin: Origin, options: BatchOptions, batch: Batch, idempotency: Idempotency | None, size: int
    ) -> NewJob:
        now_ms = time.time_ns() // 1_000_000
        tenant_id = origin.caller.tenant_id
        job_id = job_id_of(tenant_id, idempotency, size) if idempotency else uuid7(now_ms)
        return NewJob(
            id=job_id, tenant_id=tenant_id, entity=options.entity.name, mode=options.mode, on_error=options.on_error,
            lane=options.lane, dry_run=options.dry_run, created_by=origin.caller.subject,
            request_id=origin.request_id, traceparent=origin.traceparent, epoch_ms=epoch_of(job_id), total=batch.total,
            parent_id=origin.parent_id,
        )  # fmt: skip


def _audit(origin: Origin, job: NewJob, batch: Batch) -> AuditEntry:
    counts = {"submitted": batch.total, "accepted": len(batch.records), "rejected": len(batch.rejects)}
    return audit_entry(origin, "batch.accept", job.id, job.entity, counts)
