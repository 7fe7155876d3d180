"""What writers do with live jobs: one typed method per script, and the few plain reads."""

import datetime
import secrets
from collections.abc import Iterator, Sequence
from typing import Any

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import Job, JobStatus, RecordCounts
from libs.jobs.live.live_jobs import LiveJobs
from libs.jobs.reading import COUNTERS, Lease, as_text, parse_lease, parse_ref, readable_ref
from libs.jobs.scripts import Call
from libs.jobs.values import JobEnd, Settled, Timing
from libs.telemetry.metrics.stores import UNREADABLE

ABORTED = "BATCH_ABORTED"


class Delivering(LiveJobs):
    """Leases chunks, settles them and ends their jobs, and finds what is overdue."""

    timing: Timing

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
        with it.
        """
        failure = "aborted" if error == ABORTED else failure
        settling = self._settling(ref, generation, counts, outcome, failure, error, nonce, end)
        return _settled(self._scripts.run(*settling))

    def settle_all(self, ended: Sequence[tuple[Lease, bytes, JobEnd]]) -> list[Settled | Exception]:
        """Count chunks that were all of their jobs, by their outcomes and ends, and end these, in one round trip.

        The answer of each is what `settle` says, or its error.
        """
        settling = [
            self._settling(lease.ref, lease.generation, end.counts, outcome, "", "", lease.job.nonce, end)
            for lease, outcome, end in ended
        ]
        answers = self._scripts.run_each(*settling)
        return [each if isinstance(each, Exception) else _settled(each) for each in answers]

    def _settling(
        self, ref: ChunkRef, generation: int, counts: RecordCounts, outcome: bytes, failure: str, error: str,
        nonce: str, end: JobEnd | None,
    ) -> Call:  # fmt: skip
        ends = self._end(end.status, end.counts, end.finished_at, "") if end else ()
        return (
            "settle_chunk", *_ref_args(ref), self.timing.window_chunks, self.timing.grace_ms, generation, failure,
            *_sums(counts), outcome, error, nonce, *ends,
        )  # fmt: skip

    def _end(
        self, status: JobStatus, counts: RecordCounts, finished_at: datetime.datetime | None, error: str
    ) -> tuple[str | int, ...]:
        """The arguments that `end_job` of the scripts takes."""
        finished_ms = round(finished_at.timestamp() * 1000) if finished_at else ""
        return status, self.timing.ended_ttl_s, self.timing.failed_ttl_s, *_sums(counts), finished_ms, error

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
        tenant, job, _, lane = _ref_args(ref)
        end = self._end(status, counts, finished_at, error)
        return str(self._scripts.run("close_job", tenant, job, lane, generation, *end, nonce).decode())

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

    def forget_gone(self, limit: int) -> int:
        """Count those of the oldest `limit` jobs for open no longer that somebody has deleted; returns how many."""
        return int(self._scripts.run("forget_gone", limit))

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


def _sums(counts: RecordCounts) -> tuple[int, ...]:
    return tuple(getattr(counts, name) for name in COUNTERS)


def _settled(answer: list[Any]) -> Settled:
    what, left, *refs = answer
    return Settled(what == b"settled", left == b"finished", [parse_ref(raw) for raw in refs], left == b"ended")
