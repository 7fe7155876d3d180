"""A desk for tests of the writer: a database of its own, jobs opened in the store, chunks written by the real parts.

Nothing is delivered by itself: a test takes a lease and has it written, or calls `Delivery` and the sweeper.
"""

import datetime
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import redis
from msgspec import Struct
from msgspec.structs import replace
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool

from libs.contracts.chunks import ChunkRef, IdMaker, Outcome, Reject
from libs.contracts.inventory.records import (
    ENTITIES,
    DataCategory,
    DataTransfer,
    Entity,
    ProcessingActivity,
    Recipient,
    Record,
)
from libs.contracts.jobs import AuditEntry, Job, NewJob
from libs.database.nodes.catalogue import read
from libs.database.nodes.staging import made, staging_tables
from libs.database.server.pool import open_pool
from libs.database.server.session import session
from libs.intake.chunking import chunk_content
from libs.intake.validation.id_lists import packed_lists
from libs.jobs.payload import pack_records, pack_rejects, unpack_outcome
from libs.jobs.reading import COUNTERS, Lease
from libs.jobs.store import JobStore
from libs.jobs.values import ChunkBlob, Opened, Timing
from services.writer.chunks.chunk_writer import ChunkWriter
from services.writer.chunks.job_rows import JobRows
from services.writer.chunks.ledger import Entry

ENTITY_OF: dict[type[Record], str] = {entity.record: entity.name for entity in ENTITIES.values()}
LANE = "normal"
STAGING = ["own", "together"]
"""Where a writer may stage rows."""
FAIL_AT_FIRST = """
CREATE FUNCTION judge() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text := split_part(NEW.contact, ' ', 2);
BEGIN
    IF NEW.contact LIKE 'first %' THEN
        IF nextval('tries') = 1 THEN RAISE EXCEPTION 'no: %', NEW USING ERRCODE = state; END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE SEQUENCE tries;
CREATE TRIGGER judge BEFORE INSERT ON inventory.recipient FOR EACH ROW EXECUTE FUNCTION judge();
GRANT ALL ON SEQUENCE tries TO sluice_writer;
"""
"""Lets a recipient whose contact is `first <SQLSTATE> …` raise that error, with the row in its text, one time only."""


def activity(name: str = "Tính lương", **values: Any) -> ProcessingActivity:
    """A valid processing activity."""
    return ProcessingActivity(activity_name_vi=name, **{"legal_basis": "contract", **values})


def recipient(name: str = "Ngân hàng", **values: Any) -> Recipient:
    """A valid recipient."""
    return Recipient(name_vi=name, **{"recipient_type": "processor", **values})


def category(name: str = "Họ tên", **values: Any) -> DataCategory:
    """A valid data category."""
    return DataCategory(name_vi=name, **{"category_type": "basic", **values})


def transfer(name: str = "Máy chủ nước ngoài", **values: Any) -> DataTransfer:
    """A valid data transfer."""
    return DataTransfer(name_vi=name, **{"destination_country": "SG", **values})


def packed(entity: Entity, record: Any) -> Any:
    """A record as a validated batch holds it: with its lists of ids as they travel."""
    lists = {link.field: getattr(record, link.field) for link in entity.links}
    return replace(record, **{name: packed_lists([ids])[0] for name, ids in lists.items() if isinstance(ids, list)})


def note_nothing(*_: object) -> None:
    """In place of the note in Redis, where a test does not look at it."""


class Written(Struct, frozen=True):
    """A lease, and what the ledger has of its chunk."""

    lease: Lease
    entry: Entry

    @property
    def counts(self) -> dict[str, int]:
        """The counters that are not zero."""
        return {name: value for name in COUNTERS if (value := getattr(self.entry.counts, name))}

    @property
    def outcome(self) -> Outcome:
        """The outcome beyond the counters."""
        return unpack_outcome(self.entry.outcome)

    @property
    def faults(self) -> dict[int, list[tuple[str, str]]]:
        """By the record's index: the code and the pointer of each of its faults."""
        return {
            reject.index: [(fault.code, fault.pointer) for fault in reject.faults] for reject in self.outcome.rejects
        }


class Desk:
    """One database, one namespace in Redis, one writer."""

    def __init__(self, database_url: str, client: redis.Redis, pool: ConnectionPool, timing: Timing) -> None:
        self.database_url = database_url
        self.pool = pool
        self.namespace = f"desk-{uuid.uuid4().hex[:12]}"
        self.store = JobStore(client, self.namespace, timing)
        self.jobs = JobRows(self.namespace, self.store.agree_opening)
        self.writer = ChunkWriter(pool, self.jobs, "desk")

    def open(
        self,
        tenant: uuid.UUID,
        records: Sequence[Record],
        *,
        chunk: int = 1_000_000,
        rejects: Sequence[Reject] = (),
        accept: bool = True,
        job: NewJob | None = None,
        **options: Any,
    ) -> tuple[NewJob, list[ChunkRef]]:
        """Open a job of chunks of `chunk` records; `rejects` are what ingest has refused, and go into the first one.

        Without `accept` the payload holds no record, as ingest packs a batch that it aborts. `job` is one to
        open again.
        """
        taken = {reject.index for reject in rejects}
        total = len(records) + len(rejects)
        places = [place for place in range(total) if place not in taken]
        job = job or new_job(tenant, ENTITY_OF[type(records[0])], total, **options)
        ids = IdMaker(job.id, job.epoch_ms)
        blobs = []
        for low in range(0, len(records), chunk):
            part, refused = records[low : low + chunk], rejects if low == 0 else ()
            kept = slice(low, low + chunk) if accept else slice(0, 0)
            patch = job.mode == "upsert"
            entity = ENTITIES[job.entity]
            held = [packed(entity, record) for record in records[kept]]
            content = pack_records(chunk_content(entity, ids, places[kept], held, patch=patch))
            blobs.append(ChunkBlob(len(part) + len(refused), len(refused), content, pack_rejects(refused)))
        opened = self.store.open(job, blobs, None, audit_entry(job))
        assert isinstance(opened, Opened)
        return job, opened.refs

    def lease(self, tenant: uuid.UUID, records: Sequence[Record], **options: Any) -> Lease:
        """Open a job of one chunk and take its lease."""
        _, (ref,) = self.open(tenant, records, **options)
        return self.take(ref)

    def take(self, ref: ChunkRef) -> Lease:
        """Take the lease of a chunk."""
        lease = self.store.start(ref)
        assert isinstance(lease, Lease), lease
        return lease

    def write(self, tenant: uuid.UUID, records: Sequence[Record], **options: Any) -> Written:
        """Open a job of one chunk and write it; it is not settled."""
        return self.deliver(self.lease(tenant, records, **options))

    def deliver(self, lease: Lease) -> Written:
        """Write the chunk of a lease."""
        return Written(lease, self.writer.write(lease, note_nothing))

    def settle(self, written: Written) -> None:
        """Tell the store what the ledger has."""
        entry, lease = written.entry, written.lease
        self.store.settle(
            lease.ref, lease.generation, entry.counts, entry.outcome, failure=entry.failure, error=entry.error
        )

    def rows(self, table: str, tenant: uuid.UUID, order: str = "1, 2, 3") -> list[dict[str, Any]]:
        """All rows that the tenant has in a table, named with its schema."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return connection.execute(
                f"SELECT * FROM {table} WHERE tenant_id = %s ORDER BY {order}", [tenant]
            ).fetchall()

    def run(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """One statement of the superuser, in a transaction of its own."""
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)
            return cursor.fetchall() if cursor.description else []

    def ended(self, job: NewJob) -> Job | None:
        """The job once it has ended."""
        found = self.store.job(job.tenant_id, job.id)
        return found if found and found.status.ended else None


def writers_pool(database_url: str, timeout_s: float = 5.0) -> ConnectionPool:
    """Connections as a writer has them; `timeout_s` is how long it waits for one."""
    return open_pool(database_url, "sluice_writer", name="desk", size=4, statement_timeout_s=60, timeout_s=timeout_s)


def address_of(pool: ConnectionPool) -> str:
    """Where a pool connects to now."""
    told = pool.conninfo
    return told() if callable(told) else told


@contextmanager
def open_desk(
    database_url: str, client: redis.Redis, *, timing: Timing | None = None, timeout_s: float = 5.0
) -> Iterator[Desk]:
    """A desk on a migrated database; `timeout_s` is how long the writer waits for a connection."""
    with writers_pool(database_url, timeout_s) as pool:
        yield Desk(database_url, client, pool, timing or Timing(window_chunks=10_000, grace_ms=50, lease_ms=60_000))


@contextmanager
def desk_that_stages(how: str, database_url: str, client: redis.Redis) -> Iterator[Desk]:
    """A desk that stages in a table of its own, or where all writers do; nothing may be left there."""
    tables = stage_together(database_url) if how == "together" else []
    with open_desk(database_url, client) as desk:
        yield desk
        assert [name for name in tables if desk.run(f"SELECT 1 FROM {name} LIMIT 1")] == []


def stage_together(database_url: str) -> list[str]:
    """Have the tables in which all writers stage, as a database of several nodes has them; returns their names."""
    with session(database_url, "test") as connection:
        tables = staging_tables(read(connection).tables)
        for table in tables:
            for statement in made(table, replaces=False):
                connection.execute(statement.encode())
    return [table.name for table in tables]


def new_job(tenant: uuid.UUID, entity: str, total: int, **options: Any) -> NewJob:
    """A job as ingest would open it."""
    return NewJob(
        id=uuid.uuid4(), tenant_id=tenant, entity=entity, mode=options.get("mode", "insert"),
        on_error=options.get("on_error", "continue"), lane=LANE, dry_run=options.get("dry_run", False),
        created_by="tester", request_id="request-1", traceparent="00-" + "a" * 32 + "-" + "b" * 16 + "-01",
        epoch_ms=time.time_ns() // 1_000_000, total=total,
    )  # fmt: skip


def audit_entry(job: NewJob | Job, action: str = "batch.accept") -> AuditEntry:
    """An entry of the audit trail."""
    return AuditEntry(
        id=uuid.uuid4(), tenant_id=job.tenant_id, at=datetime.datetime.now(datetime.UTC), actor="tester", action=action,
        job_id=job.id, entity=job.entity, request_id=job.request_id, counts={},
    )  # fmt: skip
