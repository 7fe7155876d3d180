"""What ingest does with live jobs, and who steers them: one typed method per script, and the few plain reads."""

import secrets
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
import redis

from libs.contracts.jobs import AuditEntry, JobStatus, Lane, NewJob, RetryStrategy
from libs.contracts.queues import LANES
from libs.jobs.costs import chunk_bytes, job_bytes, places
from libs.jobs.group_commit import GroupCommit
from libs.jobs.live.live_jobs import LiveJobs
from libs.jobs.reading import parse_ref
from libs.jobs.scripts import Call
from libs.jobs.server.connection import still_primary
from libs.jobs.values import Changed, ChunkBlob, Idempotency, Load, Mismatch, Opened, Replay, Share, Timing

IDEMPOTENCY_TTL_S = 48 * 3600
"""Longer than the 24 hours that clients are promised."""
WAITAOF_TIMEOUT_MS = 3_000
TOGETHER_BYTES = 16 << 10
"""What a job stores at most to go to Redis with others: of more, the bytes take longer than the round trip."""


class NotDurableError(redis.RedisError):
    """The write is not confirmed to be on disk."""


class Accepting(LiveJobs):
    """Opens jobs, ends and reopens them for people, and says how much there is already."""

    timing: Timing
    _waitaof: bool
    _replicas: int
    _group: GroupCommit

    def open(
        self,
        job: NewJob,
        chunks: Sequence[ChunkBlob],
        idempotency: Idempotency | None,
        audit: AuditEntry | None,
        *,
        publish: bool = False,
        is_waited_for: bool = False,
    ) -> Opened | Replay | Mismatch:
        """Store a job and its chunks in one step and have it fsynced.

        `publish` has the same step publish what is handed out: a server that fsyncs before it answers anybody shows it
        to nobody earlier. Replicas do not know it by then: where some must, it stays the caller's to publish.
        Where somebody waits for the job's end, nobody lets more jobs come before it is fetched.

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
            int(publish) << int(is_waited_for), *_audit_args(audit), len(fields) // 2, *fields, *blobs,
            alone=sum(len(chunk.payload) + len(chunk.rejects) for chunk in chunks) > TOGETHER_BYTES,
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

    def _durably(self, name: str, *args: str | int | bytes, alone: bool = False) -> Any:
        return self._group.ask((name, *args), alone=alone)

    def _run_durably(self, calls: Sequence[Call]) -> list[Any]:
        if not self._waitaof:
            return self._scripts.run_each(*calls)
        answers, (local, replicas) = self._scripts.run_durably(
            *calls, replicas=self._replicas, timeout_ms=WAITAOF_TIMEOUT_MS
        )
        if local < 1 or replicas < self._replicas or not still_primary(self.client):
            raise NotDurableError("the write is not confirmed on disk")
        return answers


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
