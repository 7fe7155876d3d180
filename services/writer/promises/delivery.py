"""What happens to a chunk from its message to its settlement. Never raises: a message is only a hint."""

import random
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import psycopg
import redis
import structlog

from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import WRITE
from libs.contracts.system.workers import Doing
from libs.jobs.reading import COUNTERS, Lease
from libs.jobs.store import JobStore
from libs.jobs.values import Settled
from libs.telemetry.metrics.known import known
from libs.telemetry.metrics.writing import (
    BUSY_THREADS,
    CHUNK_SECONDS,
    COMMIT_SECONDS,
    DELIVERIES,
    LEASES_LOST,
    RECORDS,
    RETRIES,
)
from libs.telemetry.process.crashpoints import crash_point
from libs.telemetry.traces.spans import Notes, Span, span, step
from libs.telemetry.traces.tracing import trace_id
from services.writer.chunks.chunk_writer import ChunkWriter
from services.writer.chunks.job_rows import OpeningLostError
from services.writer.chunks.ledger import Entry
from services.writer.chunks.quarantine import is_careful
from services.writer.chunks.retry_policy import MOST_CRASHES, ErrorKind, backoff_s, classify, code_of, may_retry
from services.writer.chunks.suspicion import Suspicion
from services.writer.promises.closing import JobCloser, ended

log = structlog.get_logger()

known(RETRIES, ErrorKind)


class LeaseLostError(Exception):
    """Another writer has the chunk now."""


class Delivery:
    """Handles chunk messages; used by all threads of a writer."""

    def __init__(self, store: JobStore, publisher: Publisher, writer: ChunkWriter, closer: JobCloser) -> None:
        self._store = store
        self._publisher = publisher
        self._writer = writer
        self._closer = closer
        self.suspicion = Suspicion()
        """Of all chunks that are handled in this process, also elsewhere."""
        self._held: dict[str, tuple[Lease, float]] = {}
        """By token, what is being written, and since when."""
        self._lock = threading.Lock()

    def handle(self, ref: ChunkRef) -> None:
        """Do what the message hints at, if it is still to be done."""
        try:
            if ref.is_end:
                self._closer.close(ref)
            else:
                self._handle_chunk(ref)
        except Exception as error:  # noqa: BLE001 -- Dramatiq would move the message to its dead letters
            interrupted(ref, error)

    def extend_leases(self) -> None:
        """Keep the leases of the chunks that are being written now."""
        with self._lock:
            leases = [lease for lease, _ in self._held.values()]
        if leases:
            self._store.extend(leases)

    def doing(self) -> list[Doing]:
        """What is being written now, without anything of its tenants."""
        now = time.perf_counter()
        with self._lock:
            held = list(self._held.values())
        return [
            Doing(type=WRITE, entity=lease.job.entity, lane=lease.ref.lane, seconds=now - began)
            for lease, began in held
        ]

    def _handle_chunk(self, ref: ChunkRef) -> None:
        with self.suspicion.unsuspected():  # before the lease: a writer that dies is held against what it has leased
            lease = self._started(ref)
            if lease is None:
                return
            if not is_careful(lease):
                with self.busy([lease]):
                    self.run(lease)
                return
        with self.busy([lease]), self.suspicion.suspected():
            self.run(lease)

    def _started(self, ref: ChunkRef) -> Lease | None:
        lease = self._store.start(ref)
        if isinstance(lease, str):
            DELIVERIES.labels(lease).inc()
            return None
        DELIVERIES.labels("run").inc()
        LEASES_LOST.inc(int(lease.lost))
        crash_point("writer.after_lease")
        return lease

    @contextmanager
    def busy(self, leases: Sequence[Lease]) -> Iterator[None]:
        """Have a thread at work on chunks: their leases are kept, and they are what is being done."""
        began = time.perf_counter()
        with self._lock:
            self._held.update({lease.token: (lease, began) for lease in leases})
        BUSY_THREADS.inc()
        try:
            yield
        finally:
            BUSY_THREADS.dec()
            with self._lock:
                for lease in leases:
                    del self._held[lease.token]

    def run(self, lease: Lease) -> None:
        """Write a chunk by itself, settle it, or put it off. Raises psycopg.Error, redis.RedisError and others."""
        started = time.perf_counter()
        result = self._told(lease)
        CHUNK_SECONDS.labels(lease.job.entity, result).observe(time.perf_counter() - started)

    def _told(self, lease: Lease) -> str:
        """The same, in a span below the one that has opened the job."""
        with span_of(lease) as told:
            result = self._write_and_settle(lease)
            if result != "settled":
                told.fail(result)
            return result

    def _write_and_settle(self, lease: Lease) -> str:
        with naming(lease):
            try:
                entry = self._write(lease)
            except (LeaseLostError, OpeningLostError):
                return "lease_lost"
            except redis.RedisError:
                raise  # nothing is wrong with the chunk
            except Exception as error:  # noqa: BLE001 -- whatever it is, the chunk is put off and the thread lives on
                return self.put_off(lease, error)
            self._settle(lease, entry)
            return entry.failure or "settled"

    def _write(self, lease: Lease) -> Entry:
        if lease.crashes >= MOST_CRASHES:
            return self._writer.fail(lease, "permanent", "WRITER_CRASHED")

        def note(low: int, high: int, aside: object) -> None:
            if not self._store.note_suspect(lease, low, high, aside):  # type: ignore[arg-type]
                raise LeaseLostError

        return self._writer.write(lease, note)

    def put_off(self, lease: Lease, error: Exception) -> str:
        """Leave a chunk to a later attempt, or enter it as failed, by what the error is. Raises redis.RedisError."""
        kind = classify(error)
        code = code_of(error)
        log.warning("chunk_put_off", kind=kind.value, attempts=lease.attempts, exc_info=error)
        failures = 1 + lease.strikes.get(kind, 0)
        if not may_retry(kind, failures):
            failure = "transient" if kind is kind.INTERRUPTED else "permanent"
            try:
                entry = self._writer.fail(lease, failure, code)
            except Exception as second:
                log.warning("chunk_not_failed", exc_info=second)
            else:
                self._settle(lease, entry)
                return "failed"
        RETRIES.labels(kind.value).inc()
        delay_s = backoff_s(kind, failures, random.random())  # noqa: S311 -- no secret
        self._store.defer(lease, delay_s, code, strike=kind)
        return "deferred"

    def _settle(self, lease: Lease, entry: Entry) -> None:
        crash_point("writer.before_settle")
        with step("settle chunk", "client"):
            settled = self._store.settle(
                lease.ref, lease.generation, entry.counts, entry.outcome,
                failure=entry.failure, error=entry.error, nonce=lease.job.nonce, end=entry.end,
            )  # fmt: skip
        crash_point("writer.after_settle")
        self._publisher.publish(settled.refs)
        crash_point("writer.after_handout")
        self.count(lease, entry, settled)

    def count(self, lease: Lease, entry: Entry, settled: Settled) -> None:
        """Tell of a chunk that is settled, and end its job where that is still to be done.

        Raises psycopg.Error, redis.RedisError.
        """
        seconds = time.time() - lease.job.created_at.timestamp()
        if settled.first and not lease.generation:
            COMMIT_SECONDS.labels(lease.ref.lane).observe(max(seconds, 0.0))
        if settled.first:
            for name in COUNTERS:
                if value := getattr(entry.counts, name):
                    RECORDS.labels(lease.job.entity, name).inc(value)
        if settled.closed and entry.end:
            ended(lease.job, entry.end.status, entry.end.counts)
        if settled.finished:
            self._closer.close(lease.ref)
        log.info("chunk_settled", failure=entry.failure, **{name: getattr(entry.counts, name) for name in COUNTERS})


def naming(lease: Lease) -> AbstractContextManager[object]:
    """Have all that is logged say of which chunk it speaks."""
    return structlog.contextvars.bound_contextvars(
        job_id=str(lease.job.id), chunk_no=lease.ref.chunk_no, request_id=lease.job.request_id,
        trace_id=trace_id(lease.traceparent),
    )  # fmt: skip


def span_of(lease: Lease) -> Span:
    """A span of what is done with a chunk."""
    ref, job = lease.ref, lease.job
    notes: Notes = {
        "sluice.job_id": str(job.id), "sluice.chunk_no": ref.chunk_no, "sluice.entity": job.entity,
        "sluice.lane": ref.lane, "sluice.attempts": lease.attempts,
    }  # fmt: skip
    return span("chunk", lease.traceparent, "consumer", notes)


def interrupted(ref: ChunkRef, error: Exception) -> None:
    """Log that a delivery came to no end. The due time stands, so the sweeper brings the chunk back."""
    if isinstance(error, (redis.RedisError, psycopg.Error)):
        log.warning("delivery_interrupted", job_id=str(ref.job_id), chunk_no=ref.chunk_no, exc_info=error)
    else:
        log.error("delivery_failed", job_id=str(ref.job_id), chunk_no=ref.chunk_no, exc_info=error)
