"""The job store: one typed method per script, and the few plain reads.

Every method may be called twice with the same arguments without harm. All raise `redis.RedisError` where the server
does not answer; then nothing is known of the call, and calling again, or the sweeper, mends it.
"""

import datetime
import secrets
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
import redis

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import AuditEntry, Job, JobStatus, Lane, NewJob, RecordCounts, RetryStrategy
from libs.contracts.queues import LANES
from libs.jobs.costs import chunk_bytes, job_bytes, places
from libs.jobs.live_jobs import LiveJobs
from libs.jobs.reading import (
    COUNTERS,
    Lease,
    as_text,
    parse_lease,
    parse_ref,
    readable_ref,
)  # fmt: skip
from libs.jobs.scripts import Call
from libs.jobs.server.connection import still_primary
from libs.jobs.values import (
    Changed,
    ChunkBlob,
    Idempotency,
    JobEnd,
    Load,
    Mismatch,
    Opened,
    Replay,
    Settled,
    Share,
    Timing,
)  # fmt: skip
from libs.telemetry.metrics.stores import UNREADABLE

IDEMPOTENCY_TTL_S = 48 * 3600
"""Longer than the 24 hours that clients are promised."""
WAITAOF_TIMEOUT_MS = 3_000
ABORTED = "BATCH_ABORTED"


class NotDurableError(redis.RedisError):
    """The write is not confirmed to be on disk."""


class JobStore(LiveJobs):
    """Live jobs in Redis: what ingest and writers do with them, beside what everyone reads."""

    def __init__(
        self, client: redis.Redis, namespace: str, timing: Timing, *, waitaof: bool = True, replicas: int = 0
    ) -> None:
        super().__init__(client, namespace)
        self.timing = timing
        self._waitaof = waitaof
        self._replicas = replicas

    # What ingest calls.

    def open(
        self,
        job: NewJob,
        chunks: Sequence[ChunkBlob],
        idempotency: Idempotency | None,
        audit: AuditEntry | None,
        *,
        publish: bool = False,
    ) -> Opened | Replay | Mismatch:
        """Store a job and its chunks in one step and have it fsynced.

        `publish` has the same step publish what is handed out: a server that fsyncs before it answers anybody shows it
        to nobody earlier. Replicas do not know it by then: where some must, it stays the caller's to publish.

        Raises NotDurableError where the server does not confirm the fsync.
        """
        key = self.keys.idempotency(job.tenant_id, idempotency.route, idempotency.key) if idempotency else ""
        fields = [*_job_fields(job), "held", job_bytes(len(chunks))]
        blobs: list[int | bytes] = []
        for chunk in chunks:
            blobs += (
                chunk.records, chunk.rejected, chunk_bytes(chunk), places(chunk), chunk.payload, chunk.rejects,
            )  # fmt: skip
        publish = publish and not self._replicas
        answer = self._durably(
            "open_job",
            str(job.tenant_id), str(job.id), job.lane, self.timing.window_chunks, self.timing.grace_ms,
            key, idempotency.fingerprint if idempotency else "", IDEMPOTENCY_TTL_S, secrets.token_hex(8),
            int(publish), *_audit_args(audit), len(fields) // 2, *fields, *blobs,
        )  # fmt: skip
        match answer[0]:
            case b"mismatch":
                return Mismatch()
            case b"replay":
                return Replay(uuid.UUID(answer[1].decode()))
            case _:
                return Opened([parse_ref(raw) for raw in answer[1:]], publish)

    def known(self, tenant_id: uuid.UUID, idempotency: Idempotency) -> Replay | Mismatch | None:
        """What an Idempotency-Key already stands for, without opening anything."""
        raw = self.client.get(self.keys.idempotency(tenant_id, idempotency.route, idempotency.key))
        if raw is None:
            return None
        job_id, fingerprint = raw.decode().split(" ")
        return Replay(uuid.UUID(job_id)) if fingerprint == idempotency.fingerprint else Mismatch()

    def forget_key(self, tenant_id: uuid.UUID, route: str, key: str) -> None:
        """Have an Idempotency-Key stand for nothing."""
        self.client.delete(self.keys.idempotency(tenant_id, route, key))

    def cancel(self, tenant_id: uuid.UUID, job_id: uuid.UUID, audit: AuditEntry) -> Changed:
        """Ask for a job's end. `result`: cancelling, ended or gone."""
        return _changed(self._durably("cancel_job", str(tenant_id), str(job_id), *_audit_args(audit)))

    def retry(self, tenant_id: uuid.UUID, job_id: uuid.UUID, strategy: RetryStrategy, audit: AuditEntry) -> Changed:
        """Open failed chunks again. `result`: retrying, open (has not ended), nothing (to retry) or gone."""
        timing = self.timing
        return _changed(
            self._durably(
                "retry_job", str(tenant_id), str(job_id), strategy, timing.window_chunks, timing.grace_ms,
                *_audit_args(audit),
            )
        )  # fmt: skip

    def pause(self, lane: Lane, audit: AuditEntry) -> bool:
        """Have a lane's chunks and tasks stand still, for the audit entry's reason; whether that is a change."""
        return self._set_paused(lane, audit, "1")

    def resume(self, lane: Lane, audit: AuditEntry) -> bool:
        """Have them go on; whether that is a change."""
        return self._set_paused(lane, audit, "0")

    def _set_paused(self, lane: Lane, audit: AuditEntry, pause: str) -> bool:
        return bool(self._durably("pause_lane", lane, pause, audit.actor, audit.reason, *_audit_args(audit)))

    def load(self) -> Load:
        """How much is waiting in all, what stands still, and how full the server is."""
        pipe = self.client.pipeline(transaction=False)
        pipe.hget(self.keys.backlog, "total").hget(self.keys.drain, "rate").info("memory").hkeys(self.keys.paused)
        waiting, rate, memory, paused = pipe.execute()
        lanes = tuple(lane for lane in LANES if lane.encode() in paused)
        return Load(int(waiting or 0), int(rate or 0), memory["used_memory"], memory["maxmemory"], lanes)

    def share(self, tenant_id: uuid.UUID) -> Share:
        """What the store holds of a tenant."""
        pipe = self.client.pipeline(transaction=False)
        pipe.time().hget(self.keys.backlog, str(tenant_id)).hgetall(self.keys.retained(tenant_id))
        (seconds, microseconds), waiting, retained = pipe.execute()
        now = seconds + microseconds / 1e6
        left = sorted((int(goes) / 1000 - now, int(size)) for goes, size in retained.items())
        return Share(int(waiting or 0), {after_s: size for after_s, size in left if after_s > 0})

    # What writers call.

    def start(self, ref: ChunkRef) -> Lease | str:
        """Take the lease of a chunk, or say why not: gone, settled, busy, early or paused."""
        token = secrets.token_hex(8)
        return _started(ref, token, self._scripts.run("start_chunk", *_ref_args(ref), token, self.timing.lease_ms))

    def start_small(self, refs: Sequence[ChunkRef], most_records: int) -> list[Lease | str | Exception]:
        """Take the leases of those chunks that are all of a small new job, in one round trip.

        The answer of each is what `start` says, its error, or `apart` where it is another kind of chunk, or larger.
        """
        tokens = [secrets.token_hex(8) for _ in refs]
        starting: list[Call] = [
            ("start_chunk", *_ref_args(ref), token, self.timing.lease_ms, most_records)
            for ref, token in zip(refs, tokens, strict=True)
        ]
        answers = self._scripts.run_each(*starting)
        return [_started_or_error(*each) for each in zip(refs, tokens, answers, strict=True)]

    def extend(self, leases: Sequence[Lease]) -> int:
        """Keep the leases of chunks that are being written; returns how many are still held."""
        args: list[str | int] = []
        for lease in leases:
            args += *_ref_args(lease.ref), lease.token
        return int(self._scripts.run("extend_leases", self.timing.lease_ms, *args))

    def defer(self, lease: Lease, delay_s: float, error: str, *, strike: str = "") -> bool:
        """Give a chunk back, to be tried again after `delay_s`; False where the lease was lost meanwhile.

        `strike` names the kind of error, which is counted.
        """
        delay_ms = int(delay_s * 1000)
        return bool(self._scripts.run("defer_chunk", *_ref_args(lease.ref), lease.token, delay_ms, error, strike))

    def note_suspect(self, lease: Lease, low: int, high: int, quarantined: Sequence[int]) -> bool:
        """Write down which positions are about to be written; False where the lease was lost meanwhile."""
        tenant, job, number, _ = _ref_args(lease.ref)
        text = ",".join(map(str, quarantined))
        return bool(self._scripts.run("note_suspect", tenant, job, number, lease.token, f"{low}:{high}", text))

    def settle(
        self,
        ref: ChunkRef,
        generation: int,
        counts: RecordCounts,
        outcome: bytes,
        *,
        failure: str = "",
        error: str = "",
        nonce: str = "",
        end: JobEnd | None = None,
    ) -> Settled:
        """Count a chunk as the ledger has it. `failure` is empty, `transient` or `permanent`.

        With a `nonce`, only if the job is still of that opening. Of a batch that was aborted nothing is kept for a
        retry: its client has been told what to mend. Where the ledger has the `end` of the job, too, the job is ended
        behind it, in the same round trip.
        """
        failure = "aborted" if error == ABORTED else failure
        settling = self._settling(ref, generation, counts, outcome, failure, error, nonce)
        if end is None:
            return _settled(self._scripts.run(*settling), b"")
        closing = self._closing(ref, generation, end.status, end.counts, end.finished_at, "", nonce)
        return _settled(*self._scripts.run_all(settling, closing))

    def settle_all(self, ended: Sequence[tuple[Lease, bytes, JobEnd]]) -> list[Settled | Exception]:
        """Count chunks that were all of their jobs, by their outcomes and ends, and end these, in one round trip.

        The answer of each is what `settle` says, or its error.
        """
        calls: list[Call] = []
        for lease, outcome, end in ended:
            ref, generation, nonce = lease.ref, lease.generation, lease.job.nonce
            calls.append(self._settling(ref, generation, end.counts, outcome, "", "", nonce))
            calls.append(self._closing(ref, generation, end.status, end.counts, end.finished_at, "", nonce))
        answers = self._scripts.run_each(*calls)
        return [
            next((each for each in pair if isinstance(each, Exception)), None) or _settled(*pair)
            for pair in zip(answers[::2], answers[1::2], strict=True)
        ]

    def _settling(
        self, ref: ChunkRef, generation: int, counts: RecordCounts, outcome: bytes, failure: str, error: str, nonce: str
    ) -> Call:
        return (
            "settle_chunk", *_ref_args(ref), self.timing.window_chunks, self.timing.grace_ms, generation, failure,
            *(getattr(counts, name) for name in COUNTERS), outcome, error, nonce,
        )  # fmt: skip

    def agree_opening(self, job: Job, proposed: int) -> int | None:
        """The number of this opening: the highest proposed; None where Redis has another opening by now."""
        answer = int(self._scripts.run("agree_opening", str(job.tenant_id), str(job.id), job.nonce, proposed))
        return None if answer < 0 else answer

    def close(
        self,
        ref: ChunkRef,
        generation: int,
        status: JobStatus,
        counts: RecordCounts,
        *,
        finished_at: datetime.datetime | None = None,
        error: str = "",
        nonce: str = "",
    ) -> str:
        """End a job with the ledger's sums, now if no time is given; returns closed, gone or open.

        `error` becomes its last error; an ended job that has another one is ended anew. With a `nonce`,
        only if the job is still of that opening.
        """
        answer = self._scripts.run(*self._closing(ref, generation, status, counts, finished_at, error, nonce))
        return str(answer.decode())

    def _closing(
        self, ref: ChunkRef, generation: int, status: JobStatus, counts: RecordCounts,
        finished_at: datetime.datetime | None, error: str, nonce: str,
    ) -> Call:  # fmt: skip
        tenant, job, _, lane = _ref_args(ref)
        return (
            "close_job", tenant, job, lane, generation, status, self.timing.ended_ttl_s, self.timing.failed_ttl_s,
            *(getattr(counts, name) for name in COUNTERS),
            round(finished_at.timestamp() * 1000) if finished_at else "", error, nonce,
        )  # fmt: skip

    def claim_due(self, limit: int) -> list[ChunkRef]:
        """Take overdue chunks, to publish them again."""
        timing = self.timing
        answer = self._scripts.run(
            "claim_due", limit, timing.grace_ms, timing.longest_grace_ms, timing.lease_ms, timing.window_chunks
        )
        refs = [(raw, readable_ref(raw)) for raw in answer]
        if unreadable := [raw for raw, ref in refs if ref is None]:
            self.client.zrem(self.keys.due, *unreadable)
            UNREADABLE.labels("due").inc(len(unreadable))
        return [ref for _, ref in refs if ref is not None]

    def forget_due(self, ref: ChunkRef) -> None:
        """Drop the due time of the end of a job that is no more."""
        self.client.zrem(self.keys.due, "|".join(map(str, _ref_args(ref))))

    def pending_audit(self, limit: int) -> dict[bytes, bytes]:
        """Some `limit` audit entries not yet in PostgreSQL, as JSON by name; none only where there are none."""
        return next(self.audit_bites(limit), {})

    def audit_bites(self, limit: int) -> Iterator[dict[bytes, bytes]]:
        """All audit entries not yet in PostgreSQL, some `limit` at a time, as JSON by name.

        What is stored may be dropped on the way, and what is not stays behind and keeps no other from its turn.
        """
        cursor = None
        while cursor != 0:
            cursor, entries = self.client.hscan(self.keys.audit, cursor or 0, count=limit)
            if entries:  # a hash of which much was deleted is scanned over empty stretches
                yield dict(entries)

    def audit_stored(self, names: Sequence[bytes]) -> None:
        """Drop audit entries that PostgreSQL holds."""
        if names:
            self.client.hdel(self.keys.audit, *names)

    def _durably(self, name: str, *args: str | int | bytes) -> Any:
        if not self._waitaof:
            return self._scripts.run(name, *args)
        answer, (local, replicas) = self._scripts.run_durably(
            name, *args, replicas=self._replicas, timeout_ms=WAITAOF_TIMEOUT_MS
        )
        if local < 1 or replicas < self._replicas or not still_primary(self.client):
            raise NotDurableError("the write is not confirmed on disk")
        return answer


def _ref_args(ref: ChunkRef) -> tuple[str, str, int, str]:
    return str(ref.tenant_id), str(ref.job_id), ref.chunk_no, ref.lane


def _started(ref: ChunkRef, token: str, answer: list[Any]) -> Lease | str:
    if answer[0] != b"run":
        return str(answer[0].decode())
    return parse_lease(ref, token, answer[1], as_text(answer[2]), as_text(answer[3]))


def _started_or_error(ref: ChunkRef, token: str, answer: list[Any] | Exception) -> Lease | str | Exception:
    if isinstance(answer, Exception):
        return answer
    try:
        return _started(ref, token, answer)
    except (KeyError, ValueError, OverflowError, OSError) as error:
        return error


def _settled(answer: list[Any], ended: bytes) -> Settled:
    closed = ended == b"closed"
    refs = [parse_ref(raw) for raw in answer[2:]]
    return Settled(answer[0] == b"settled", bool(answer[1]) and not closed, refs, closed)


def _audit_args(audit: AuditEntry | None) -> tuple[str, bytes]:
    return (str(audit.id), msgspec.json.encode(audit)) if audit else ("", b"")


def _job_fields(job: NewJob) -> list[str | int]:
    values: dict[str, str | int] = {
        "job_id": str(job.id), "tenant_id": str(job.tenant_id), "entity": job.entity, "mode": job.mode,
        "on_error": job.on_error, "lane": job.lane, "dry_run": int(job.dry_run), "created_by": job.created_by,
        "request_id": job.request_id, "traceparent": job.traceparent, "epoch_ms": job.epoch_ms, "total": job.total,
        "status": JobStatus.PENDING, **({"parent_id": str(job.parent_id)} if job.parent_id else {}),
    }  # fmt: skip
    return [part for item in values.items() for part in item]


def _changed(answer: list[bytes]) -> Changed:
    result = answer[0].decode()
    if result in ("cancelling", "retrying", "gone"):
        return Changed(result, None, [parse_ref(raw) for raw in answer[1:]])
    return Changed(result, JobStatus(answer[1].decode()), [])
