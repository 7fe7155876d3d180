"""Writes small jobs of one chunk in one transaction: each as `ChunkWriter` would, or none of them.

Nothing is looked for where one of them is in the way. The transaction is taken back, and each goes by itself.
"""

import base64
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from psycopg_pool import ConnectionPool

from libs.contracts import binary
from libs.contracts.chunks import Reject
from libs.contracts.jobs import end_status
from libs.database.queries import QUERIES
from libs.jobs.payload import unpack_rejects, unpacked_bytes, unpacked_rejects_bytes
from libs.jobs.reading import Lease
from libs.jobs.values import JobEnd
from libs.telemetry.process.crashpoints import CRASH_RECORD, crash_now, crash_point
from services.writer.chunks import results
from services.writer.chunks.alone import now_of
from services.writer.chunks.job_rows import values_of
from services.writer.chunks.ledger import Connection, Entry
from services.writer.chunks.results import Result
from services.writer.inventory.copy import copy_records, insert_links, store_rejects
from services.writer.inventory.modes import apply
from services.writer.inventory.references import settle_references
from services.writer.inventory.rows import Content, Row, Shape, read_content
from services.writer.inventory.target import Applied, Target

SMALL_RECORDS = 1_000
"""The most records of a chunk that goes with others,"""
SMALL_BYTES = 1024 * 1024
"""and the most bytes, unpacked: a client's records shrink to what it likes."""
GROUP_BYTES = 4 * SMALL_BYTES
"""The most of a transaction."""


class NotTogetherError(Exception):
    """One of the jobs is not new to PostgreSQL, or there is no writing them together; nothing is written."""


class _Chunk(Struct):
    """A chunk on its way."""

    lease: Lease
    content: Content
    rows: list[Row]
    earlier: list[Reject]
    rejects: list[Reject]
    applied: Applied

    @property
    def result(self) -> Result:
        return results.written(self.lease, self.earlier, self.rejects, self.applied, self.content.own_ids())


def _unpacked_bytes(lease: Lease) -> int:
    return unpacked_bytes(lease.payload) + unpacked_rejects_bytes(lease.rejects)


def groups_of(leases: Sequence[Lease]) -> list[list[Lease]]:
    """Chunks, in the order in which they came, in groups of `GROUP_BYTES` at most; one that is not small is alone."""
    groups: list[list[Lease]] = []
    left = 0
    for lease in leases:
        size = max(_unpacked_bytes(lease), 1)
        if size > left or size > SMALL_BYTES:
            groups.append([])
            left = GROUP_BYTES
        groups[-1].append(lease)
        left = left - size if size <= SMALL_BYTES else 0
    return groups


class GroupWriter:
    """Writes groups of chunks with connections of a writer's pool."""

    def __init__(self, pool: ConnectionPool, name: str, namespace: str) -> None:
        self._pool = pool
        self._names = {"writer": name, "namespace": namespace}
        self._alone: bool | None = None

    @property
    def alone(self) -> bool:
        """Whether chunks go by themselves here: where PostgreSQL is several nodes, tenants are on several of them."""
        return bool(self._alone)

    def write(self, leases: Sequence[Lease]) -> list[Entry]:
        """Write chunks that are all of a job each, and the ends of these; returns their entries in the ledger.

        Whatever it raises, nothing is written, or COMMIT's answer was lost: `ChunkWriter` knows what to do then.
        """
        # In the order in which they came: of two that change one row, the later one counts. It is one order for all, so
        # that two who meet in the ledger wait for one another and not both in vain.
        chunks = [_opened(lease) for lease in sorted(leases, key=lambda lease: lease.job.created_at)]
        with self._pool.connection() as connection:
            self._require_one_node(connection)
            with connection.transaction():
                connection.execute(QUERIES["hurry"])
                _write(connection, chunks)
                crash_point("group.before_ledger")
                entries = self._end(connection, chunks)
                crash_point("group.before_commit")
        crash_point("group.after_commit")
        return [entries[lease.token] for lease in leases]

    def _require_one_node(self, connection: Connection) -> None:
        """The database is asked once a process."""
        if self._alone is None:
            self._alone = connection.execute(QUERIES["has_staging"]).fetchone() == (True,)
        if self._alone:
            raise NotTogetherError

    def _end(self, connection: Connection, chunks: Sequence[_Chunk]) -> dict[str, Entry]:
        """Enter what became of the chunks, and of their jobs; where the ledger has one already, none is entered."""
        entries, rows = {}, []
        for chunk in chunks:
            result = chunk.result
            store_rejects(connection, chunk.lease.ref, result.rejects)
            counts = result.entry.counts
            end = JobEnd(end_status(counts, chunks_failed=0), counts, now_of(chunk.lease))
            entries[chunk.lease.token] = entry = replace(result.entry, end=end)
            rows.append(_row(chunk.lease, entry, end))
        values = {**self._names, "jobs": msgspec.json.encode(rows).decode()}
        if connection.execute(QUERIES["end_small_jobs"], values).fetchone() != (len(chunks), len(chunks)):
            raise NotTogetherError
        return entries


def _opened(lease: Lease) -> _Chunk:
    content = read_content(lease)
    if CRASH_RECORD and any(binary.text(CRASH_RECORD) in row.data for row in content.rows):
        crash_now()
    return _Chunk(lease, content, content.rows, unpack_rejects(lease.rejects), [], Applied())


def _write(connection: Connection, chunks: Sequence[_Chunk]) -> None:
    """Write their records. What is inserted goes in together, as far as it is of one shape."""
    inserted: dict[Shape, list[_Chunk]] = defaultdict(list)
    for chunk in chunks:
        content, job = chunk.content, chunk.lease.job
        if missing := settle_references(connection, content, job.tenant_id):
            chunk.rows = [row for row in content.rows if row.position not in missing]
            chunk.rejects = content.rejects(missing, "reference")
        if job.mode == "insert":
            inserted[content.shape].append(chunk)
        else:
            chunk.applied = apply(connection, Target(content.shape, job.tenant_id, job.id, job.mode), chunk.rows)
            chunk.rejects += content.rejects(chunk.applied.faulty, "write")
    for shape, some in inserted.items():
        _insert(connection, shape, [chunk for chunk in some if chunk.rows])


def _insert(connection: Connection, shape: Shape, chunks: Sequence[_Chunk]) -> None:
    if not chunks:
        return
    with connection.cursor() as cursor:
        owned = [(chunk.lease.job.tenant_id, chunk.lease.job.id, chunk.rows) for chunk in chunks]
        copy_records(cursor, shape, *owned)
        for tenant, _, rows in owned:
            insert_links(cursor, shape, tenant, rows)
    for chunk in chunks:
        chunk.applied = Applied(created=len(chunk.rows))


def _row(lease: Lease, entry: Entry, end: JobEnd) -> dict[str, Any]:
    counts = entry.counts
    return {
        **values_of(lease.job), "finished_at": end.finished_at, "status": end.status, "total": counts.total,
        "created": counts.created, "updated": counts.updated, "unchanged": counts.unchanged,
        "rejected": counts.rejected, "attempts": lease.attempts,
        "outcome": base64.b64encode(entry.outcome).decode(), "own_ids": base64.b64encode(entry.own_ids).decode(),
    }  # fmt: skip
