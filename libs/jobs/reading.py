"""Turns what Redis answers into typed values."""

import datetime
import time
import uuid
from typing import cast

import msgspec
from msgspec import Struct

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import ChunkCounts, Job, JobStatus, Lane, Mode, OnError, RecordCounts
from libs.contracts.queues import LANES

STRIKES = "strikes_"
COUNTERS = ("created", "updated", "unchanged", "rejected", "failed", "cancelled")


class Lease(Struct, frozen=True, kw_only=True):
    """A chunk that this writer may write now, with all that it needs to know."""

    ref: ChunkRef
    token: str
    job: Job
    taken_at: datetime.datetime
    """By the clock of Redis,"""
    taken: float
    """and by `time.monotonic` here."""
    traceparent: str
    generation: int
    attempts: int
    crashes: int
    strikes: dict[str, int] = {}
    """By kind of error: earlier attempts that ended in one."""
    lost: bool
    """Whether an earlier holder of the lease died."""
    records: int
    """Records of the chunk, rejected ones included."""
    payload: bytes
    rejects: bytes
    suspect: tuple[int, int] | None
    """The half-open range of positions that was being written when the last holder died."""
    quarantined: tuple[int, ...]
    """Positions that are not to be written any more."""


class LiveChunk(Struct, frozen=True):
    """What Redis still knows of a chunk's records."""

    settled: bool
    rejects: bytes
    outcome: bytes
    records: int = 0


class ChunkHead(Struct, frozen=True):
    """How many records a chunk has, rejected ones included, and whether it is settled."""

    settled: bool
    records: int


class ChunkState(Struct, frozen=True):
    """What a chunk does now: `available`, `running`, `deferred` or `settled`."""

    state: str
    records: int
    attempts: int


def as_text(flat: list[bytes]) -> dict[str, bytes]:
    """A flat list of names and values, as HGETALL gives inside a script, as a dictionary."""
    return {name.decode(): value for name, value in zip(flat[::2], flat[1::2], strict=True)}


def parse_ref(raw: bytes) -> ChunkRef:
    """A member of the due set. Raises ValueError where it is none."""
    tenant, job, number, lane = raw.decode().split("|")
    if lane not in LANES:
        raise ValueError("this is no lane")
    return ChunkRef(uuid.UUID(tenant), uuid.UUID(job), int(number), lane)


def readable_ref(raw: bytes) -> ChunkRef | None:
    """The same, or None: for whoever has others to look after."""
    try:
        return parse_ref(raw)
    except ValueError:
        return None


def _moment(raw: bytes | None) -> datetime.datetime | None:
    return _at(int(raw)) if raw else None


def _at(ms: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(ms / 1000, datetime.UTC)


def parse_job(fields: dict[str, bytes]) -> Job:
    """A job's hash."""
    number = {name: int(fields.get(name, 0)) for name in COUNTERS}
    total = int(fields["total"])
    chunks = {
        name: int(fields.get(f"chunks_{name}", 0)) for name in ("total", "running", "deferred", "settled", "failed")
    }
    created_at, updated_at = _moment(fields["created_at"]), _moment(fields["updated_at"])
    assert created_at is not None
    assert updated_at is not None
    text = {name: value.decode() for name, value in fields.items() if name != "last_error"}
    last_error = fields.get("last_error")
    return Job(
        id=uuid.UUID(text["job_id"]),
        tenant_id=uuid.UUID(text["tenant_id"]),
        entity=text["entity"],
        status=JobStatus(text["status"]),
        mode=cast(Mode, text["mode"]),
        on_error=cast(OnError, text["on_error"]),
        lane=cast(Lane, text["lane"]),
        dry_run=text["dry_run"] == "1",
        created_by=text["created_by"],
        request_id=text["request_id"],
        created_at=created_at,
        started_at=_moment(fields.get("started_at")),
        finished_at=_moment(fields.get("finished_at")),
        updated_at=updated_at,
        records=RecordCounts(total=total, pending=total - sum(number.values()), **number),
        chunks=ChunkCounts(
            available=chunks["total"] - chunks["running"] - chunks["deferred"] - chunks["settled"], **chunks
        ),
        attempts=int(fields.get("attempts", 0)),
        last_error=last_error.decode() if last_error else None,
        cancelling=text.get("cancel") == "1",
        generation=int(fields["generation"]),
        version=text["version"],
        epoch_ms=int(fields.get("epoch_ms", fields["created_at"])),
        opening=int(fields.get("opening", 0)),
        nonce=text.get("nonce", ""),
        parent_id=uuid.UUID(text["parent_id"]) if "parent_id" in text else None,
    )


def readable_job(fields: dict[bytes, bytes]) -> Job | None:
    """A job's hash as Redis gives it, or None where it cannot be read: for whoever has others to look after."""
    try:
        return parse_job({name.decode(): value for name, value in fields.items()})
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def unpack_job(packed: bytes) -> Job | None:
    """The same of a hash in one value: names and values in MessagePack."""
    try:
        flat = msgspec.msgpack.decode(packed, type=list[str])
        return parse_job({name: value.encode() for name, value in zip(flat[::2], flat[1::2], strict=True)})
    except (KeyError, ValueError, OverflowError, OSError, msgspec.DecodeError):
        return None


def parse_lease(ref: ChunkRef, token: str, lost: int, job: dict[str, bytes], chunk: dict[str, bytes]) -> Lease:
    """The answer of `start_chunk`."""
    low, _, high = chunk.get("suspect", b"").decode().partition(":")
    quarantined = chunk.get("quarantined", b"").decode()
    return Lease(
        ref=ref,
        token=token,
        job=parse_job(job),
        taken_at=_at(int(chunk["lease_until"]) - int(chunk["wait_ms"])),
        taken=time.monotonic(),
        traceparent=job["traceparent"].decode(),
        generation=int(chunk["generation"]),
        attempts=int(chunk["attempts"]),
        crashes=int(chunk["crashes"]),
        strikes={name.removeprefix(STRIKES): int(chunk[name]) for name in chunk if name.startswith(STRIKES)},
        lost=bool(lost),
        records=int(chunk["records"]),
        payload=chunk["payload"],
        rejects=chunk["rejects"],
        suspect=(int(low), int(high)) if high else None,
        quarantined=tuple(map(int, quarantined.split(","))) if quarantined else (),
    )
