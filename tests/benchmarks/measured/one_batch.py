"""The way of one batch through ingest and a writer in this process, its stages timed.

Our own time is that of the thread; a server's is that of its process (for PostgreSQL: of the one backend that serves
us), from /proc.
"""

import socket
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import falcon
import msgspec
import psycopg
from falcon.testing import create_req
from gunicorn.http.body import Body, LengthReader
from gunicorn.http.unreader import SocketUnreader

from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef, IdMaker, Outcome
from libs.contracts.ids import uuid7
from libs.contracts.jobs import JobStatus, NewJob, RecordCounts
from libs.intake.chunking import pack, spans
from libs.intake.opening import Ticket
from libs.intake.validation.batch import decoding_slot, validate, verdict_on
from libs.intake.validation.bodies import JSON
from libs.jobs.payload import pack_outcome
from libs.jobs.reading import Lease
from libs.jobs.store import JobStore
from libs.jobs.values import Opened
from services.ingest.batches.answers import accepted
from services.ingest.http.body import BodyReader
from services.writer.chunks import ledger
from services.writer.chunks.job_rows import JobRows
from services.writer.inventory.copy import copy_records, insert_links
from services.writer.inventory.references import settle_references
from services.writer.inventory.rows import read_content
from tests.benchmarks.batches import Batch
from tests.benchmarks.inventory import ACTIVITIES
from tests.benchmarks.running.processes import process_cpu_s
from tests.benchmarks.sizes import CHUNK


@dataclass
class Clock:
    """Adds up CPU seconds by stage: ours, and a server's."""

    ours: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    server: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    elapsed: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def stage(self, name: str, server_pid: int = 0) -> Iterator[None]:
        """Measure what happens inside."""
        theirs = process_cpu_s(server_pid) if server_pid else 0.0
        mine, began = time.thread_time(), time.perf_counter()
        yield
        self.ours[name] += time.thread_time() - mine
        self.elapsed[name] += time.perf_counter() - began
        self.server[name] += process_cpu_s(server_pid) - theirs if server_pid else 0.0


@dataclass(frozen=True)
class Bench:
    """The real parts, wired in this process."""

    clock: Clock
    store: JobStore
    publisher: Publisher
    bodies: BodyReader
    jobs: JobRows
    connection: "psycopg.Connection[tuple[object, ...]]"
    valkey_pid: int

    def ingest(self, batch: Batch) -> list[ChunkRef]:
        """From the bytes of a body to the answer."""
        clock = self.clock
        with _request(batch.body) as request, clock.stage("read"), self.bodies.reading(request) as body:
            pass
        with clock.stage("decode and validate"), decoding_slot():
            valid = validate(ACTIVITIES, JSON, body.take())
        chunks = spans(valid.total, chunk_records=CHUNK, whole=False)
        job = _new_job(batch)
        with clock.stage("pack"):
            blobs = pack(valid, chunks, IdMaker(job.id, job.epoch_ms), accept=True)
        with clock.stage("Redis: open the job", self.valkey_pid):
            opened = self.store.open(job, blobs, None, None)
        assert isinstance(opened, Opened)
        with clock.stage("Redis: publish", self.valkey_pid):
            self.publisher.publish(opened.refs)
        with clock.stage("answer"):
            ticket = Ticket(job.id, job.epoch_ms, frozenset(), replayed=False)
            msgspec.json.encode(accepted(verdict_on(valid), ticket, JobStatus.PENDING, job.epoch_ms))
        return opened.refs

    def write(self, ref: ChunkRef) -> list[ChunkRef]:
        """From a message to the settled chunk; returns what comes next."""
        clock = self.clock
        with clock.stage("Redis: lease", self.valkey_pid):
            lease = self.store.start(ref)
        assert isinstance(lease, Lease)
        counts = self._write_rows(lease)
        outcome = pack_outcome(Outcome(lease.job.epoch_ms))
        with clock.stage("Redis: settle", self.valkey_pid):
            return self.store.settle(ref, lease.generation, counts, outcome).refs

    def _write_rows(self, lease: Lease) -> RecordCounts:
        clock, connection, pid = self.clock, self.connection, self.connection.info.backend_pid
        tenant = lease.ref.tenant_id
        with clock.stage("PostgreSQL: job and ledger", pid):
            opening = self.jobs.ensure(connection, lease.job)
            connection.execute("BEGIN")
            assert ledger.claim(connection, lease, opening, "stages")
        with clock.stage("unpack"):
            content = read_content(lease)
        with clock.stage("PostgreSQL: check references", pid):
            assert not settle_references(connection, content, tenant)
        with connection.cursor() as cursor:
            with clock.stage("COPY of records", pid):
                copy_records(cursor, content.shape, (tenant, lease.job.id, content.rows))
            with clock.stage("insert of links", pid):
                insert_links(cursor, content.shape, tenant, content.rows)
        counts = RecordCounts(total=lease.records, created=len(content.rows))
        entry = ledger.Entry(counts, pack_outcome(Outcome(lease.job.epoch_ms)))
        with clock.stage("PostgreSQL: job and ledger", pid):
            ledger.record(connection, lease.ref, entry, "written")
        with clock.stage("commit", pid):
            connection.execute("COMMIT")
        return counts


@contextmanager
def _request(body: bytes) -> Iterator[falcon.Request]:
    """A request whose body comes out of a socket through gunicorn's own reader."""
    near, far = socket.socketpair()
    sender = threading.Thread(target=far.sendall, args=(body,))
    request = create_req(method="POST", headers={"Content-Length": str(len(body)), "Content-Type": "application/json"})
    request.env["wsgi.input"] = Body(LengthReader(SocketUnreader(near), len(body)))
    request.stream = request.env["wsgi.input"]
    sender.start()
    try:
        yield request
    finally:
        sender.join()
        near.close()
        far.close()


def _new_job(batch: Batch) -> NewJob:
    epoch_ms = time.time_ns() // 1_000_000
    return NewJob(
        id=uuid7(epoch_ms), tenant_id=batch.tenant, entity=ACTIVITIES.name, mode="insert", on_error="continue",
        lane="normal", dry_run=False, created_by="bench", request_id=uuid.uuid4().hex, traceparent="",
        epoch_ms=epoch_ms, total=batch.records,
    )  # fmt: skip
