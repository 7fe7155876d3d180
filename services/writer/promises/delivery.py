"""What happens to a chunk from its message to its settlement. Never raises: a message is only a hint."""

import random
import threading
import time

import psycopg
import redis
import structlog

from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import WRITE
from libs.contracts.system.workers import Doing
from libs.jobs.reading import COUNTERS, Lease
from libs.jobs.store import JobStore
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
from libs.telemetry.traces.spans import Notes, span, step
from libs.telemetry.traces.tracing import trace_id
from services.writer.chunks.chunk_writer import ChunkWriter
from services.writer.chunks.job_rows import OpeningLostError
from services.writer.chunks.ledger import Entry
from services.writer.chunks.retry_policy import MOST_CRASHES, ErrorKind, backoff_s, classify, may_retry
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
        except (redis.RedisError, psycopg.Error) as error:
            # The due time stands, so the sweeper brings it back.
            log.warning("delivery_interrupted", job_id=str(ref.job_id), chunk_no=ref.chunk_no, exc_info=error)
        except Exception:  # the same holds; Dramatiq would move the message to its dead letters
            log.exception("delivery_failed", job_id=str(ref.job_id), chunk_no=ref.chunk_no)

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
        lease = self._store.start(ref)
        if isinstance(lease, str):
            DELIVERIES.labels(lease).inc()
            return
        DELIVERIES.labels("run").inc()
        LEASES_LOST.inc(int(lease.lost))
        crash_point("writer.after_lease")
        started = time.perf_counter()
        with self._lock:
            self._held[lease.token] = lease, started
        BUSY_THREADS.inc()
        try:
            result = self._told(lease)
        finally:
            BUSY_THREADS.dec()
            with self._lock:
                del self._held[lease.token]
        CHUNK_SECONDS.labels(lease.job.entity, result).observe(time.perf_counter() - started)

    def _told(self, lease: Lease) -> str:
        """The same, in a span below the one that has opened the job."""
        ref, job = lease.ref, lease.job
        notes: Notes = {
            "sluice.job_id": str(job.id), "sluice.chunk_no": ref.chunk_no, "sluice.entity": job.entity,
            "sluice.lane": ref.lane, "sluice.attempts": lease.attempts,
        }  # fmt: skip
        with span("chunk", lease.traceparent, "consumer", notes) as told:
            result = self._write_and_settle(lease)
            if result != "settled":
                told.fail(result)
            return result

    def _write_and_settle(self, lease: Lease) -> str:
        with structlog.contextvars.bound_contextvars(
            job_id=str(lease.job.id), chunk_no=lease.ref.chunk_no, request_id=lease.job.request_id,
            trace_id=trace_id(lease.traceparent),
        ):  # fmt: skip
            try:
                entry = self._write(lease)
            except (LeaseLostError, OpeningLostError):
                return "lease_lost"
            except redis.RedisError:
                raise  # nothing is wrong with the chunk
            except Exception as error:  # noqa: BLE001 -- whatever it is, the chunk is put off and the thread lives on
                return self._put_off(lease, error)
            self._settle(lease, entry)
            log.info("chunk_settled", failure=entry.failure, **{name: getattr(entry.counts, name) for name in COUNTERS})
            return entry.failure or "settled"

    def _write(self, lease: Lease) -> Entry:
        if lease.crashes >= MOST_CRASHES:
            return self._writer.fail(lease, "permanent", "WRITER_CRASHED")

        def note(low: int, high: int, aside: object) -> None:
            if not self._store.note_suspect(lease, low, high, aside):  # type: ignore[arg-type]
                raise LeaseLostError

        return self._writer.write(lease, note)

    def _put_off(self, lease: Lease, error: Exception) -> str:
        kind = classify(error)
        code = getattr(error, "sqlstate", None) or type(error).__name__
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
        seconds = time.time() - lease.job.created_at.timestamp()
        with step("settle chunk", "client"):
            settled = self._store.settle(
                lease.ref, lease.generation, entry.counts, entry.outcome,
                failure=entry.failure, error=entry.error, nonce=lease.job.nonce, end=entry.end,
            )  # fmt: skip
        crash_point("writer.after_settle")
        self._publisher.publish(settled.refs)
        crash_point("writer.after_handout")
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
