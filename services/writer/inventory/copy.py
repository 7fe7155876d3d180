"""Puts records, links and rejects into their tables.

Records and rejects go in by COPY, links as arrays. The server's count of rows is compared with ours inside the
transaction.
"""

import uuid
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import repeat
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from libs.contracts import binary
from libs.contracts.chunks import ChunkRef, Fault, Reject
from libs.contracts.inventory.records import Link
from libs.contracts.inventory.rows import ID_FIELD
from libs.database.nodes.away import says_no_more
from libs.database.queries import QUERIES
from libs.telemetry.metrics.writing import COPY_BYTES, COPY_ROWS
from libs.telemetry.process.crashpoints import crash_point
from libs.telemetry.traces.spans import Notes, Span, step
from services.writer.chunks.retry_policy import ErrorKind, classify
from services.writer.inventory.arrays import UuidArray
from services.writer.inventory.rows import FINGERPRINT, SHAPES, Row, Shape

STRETCH_BYTES = 4 * 1024 * 1024
"""Of rejected records, after which another COPY begins."""


class CopyCountError(Exception):
    """PostgreSQL took another number of rows than were sent; nothing may be committed."""


def send(cursor: psycopg.Cursor[Any], table: str, statement: sql.SQL | sql.Composed, data: bytes, rows: int) -> None:
    """Run one COPY. Raises psycopg.Error, CopyCountError."""
    with _told("COPY", table, rows):
        with cursor.copy(statement) as copy:
            copy.write(data)
            crash_point("writer.mid_copy")
        _check(cursor, table, data, rows)


def _told(operation: str, table: str, rows: int) -> Span:
    notes: Notes = {
        "db.system.name": "postgresql", "db.operation.name": operation, "db.collection.name": table,
        "sluice.rows": rows,
    }  # fmt: skip
    return step(f"{operation} {table}", "client", notes)


def _check(cursor: psycopg.Cursor[Any], table: str, data: bytes, rows: int) -> None:
    if cursor.rowcount != rows:
        raise CopyCountError
    COPY_ROWS.labels(table).inc(rows)
    COPY_BYTES.labels(table).inc(len(data))


def copy_records(cursor: psycopg.Cursor[Any], shape: Shape, *owned: tuple[uuid.UUID, uuid.UUID, Sequence[Row]]) -> None:
    """COPY records into their table, some for each of the jobs that are named by tenant and id.

    Those of an upsert have fingerprints, all of them, and no others have any.
    """
    marked = bool(owned[0][2][0].fingerprint)
    columns = ("tenant_id", "job_id", *((FINGERPRINT,) if marked else ()), *shape.columns)
    parts = [binary.HEADER]
    for tenant, job, rows in owned:
        head = b"".join((binary.row_head(len(columns)), binary.uuid(tenant.bytes), binary.uuid(job.bytes)))
        parts += head, head.join([row.fingerprint + row.data for row in rows] if marked else [row.data for row in rows])
    data = b"".join((*parts, binary.TRAILER))
    count = sum(len(rows) for _, _, rows in owned)
    send(cursor, shape.entity.table, copy_into("inventory", shape.entity.table, columns), data, count)


@lru_cache(SHAPES)
def copy_into(schema: str, table: str, columns: tuple[str, ...]) -> sql.Composed:
    """A binary COPY statement."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(schema, table), names)


def insert_links(cursor: psycopg.Cursor[Any], shape: Shape, tenant: uuid.UUID, rows: Sequence[Row]) -> None:
    """Insert the rows of every link table; a list that repeats an id violates the table's primary key."""
    for number, link in enumerate(shape.links):
        lists = [row.links[number] for row in rows]
        if targets := b"".join(lists):
            owners = b"".join(
                [row.data[ID_FIELD] * (len(ids) // binary.UUID_FIELD) for row, ids in zip(rows, lists, strict=True)]
            )
            parameters = {"tenant": tenant, "owners": UuidArray(owners), "targets": UuidArray(targets)}
            count = len(targets) // binary.UUID_FIELD
            with _told("INSERT", link.table, count):
                cursor.execute(_into_links(shape.entity.id_field, link), parameters)
                _check(cursor, link.table, targets, count)


@cache
def _into_links(owner: str, link: Link) -> sql.Composed:
    return sql.SQL(
        "INSERT INTO {} (tenant_id, {}, {}) SELECT %(tenant)s, * FROM unnest(%(owners)s, %(targets)s)"
    ).format(sql.Identifier("inventory", link.table), sql.Identifier(owner), sql.Identifier(link.column))


def store_rejects(connection: psycopg.Connection[Any], ref: ChunkRef, rejects: Sequence[Reject]) -> None:
    """Store rejected records with their faults, in a savepoint.

    One whose content PostgreSQL refuses is stored without it, and costs none of its neighbours.
    """
    if not rejects:
        return
    try:
        with connection.transaction():
            for part in _stretches(rejects):
                _copy_rejects(connection.cursor(), ref, part)
    except psycopg.Error as error:
        parts = _smaller(rejects)
        if not (classify(error) is ErrorKind.DATA or (says_no_more(error) and parts)):
            raise
        for part in parts:
            store_rejects(connection, ref, part)


def _stretches(rejects: Sequence[Reject]) -> Iterator[Sequence[Reject]]:
    """What goes into one COPY each: of a large chunk, all rejects at once would be held twice more."""
    first = size = 0
    for place, reject in enumerate(rejects):
        if size > STRETCH_BYTES:
            yield rejects[first:place]
            first, size = place, 0
        size += len(reject.raw)
    yield rejects[first:]


def _smaller(rejects: Sequence[Reject]) -> list[Sequence[Reject]]:
    """The halves of some rejects; one alone without what came of it; and nothing of one that is bare already."""
    if len(rejects) > 1:
        middle = len(rejects) // 2
        return [rejects[:middle], rejects[middle:]]
    (only,) = rejects
    bare = Reject(only.index, only.stage, [Fault(fault.code) for fault in only.faults], b"", failed=only.failed)
    return [[bare]] if bare != only else []


def _copy_rejects(cursor: psycopg.Cursor[Any], ref: ChunkRef, rejects: Sequence[Reject]) -> None:
    columns = [
        repeat(binary.uuid(ref.tenant_id.bytes)),
        repeat(binary.uuid(ref.job_id.bytes)),
        [binary.int4(reject.index) for reject in rejects],
        repeat(binary.int4(ref.chunk_no)),
        [binary.text(reject.stage) for reject in rejects],
        [binary.text(reject.id) for reject in rejects],
        [binary.text(reject.external_id) for reject in rejects],
        [binary.jsonb(msgspec.json.encode(reject.faults)) for reject in rejects],
        [binary.boolean(reject.failed) for reject in rejects],
        [binary.bytea(reject.raw) for reject in rejects],
    ]
    send(cursor, "reject", sql.SQL(QUERIES["copy_rejects"]), binary.copy_stream(columns), len(rejects))
