"""COPY of records, links and rejects into their tables.

The server's count of rows is compared with ours inside the transaction.
"""

import uuid
from collections.abc import Sequence
from functools import cache
from itertools import repeat
from typing import Any

import msgspec
import psycopg
from psycopg import sql

from libs.contracts.chunks import ChunkRef, Reject
from libs.contracts.records import Entity, Link
from libs.database.queries import QUERIES
from libs.telemetry.crashpoints import crash_point
from libs.telemetry.metrics import COPY_BYTES, COPY_ROWS
from services.writer import binary
from services.writer.rows import Row


class CopyCountError(Exception):
    """PostgreSQL took another number of rows than were sent; nothing may be committed."""


def send(cursor: psycopg.Cursor[Any], table: str, statement: sql.SQL | sql.Composed, data: bytes, rows: int) -> None:
    """Run one COPY. Raises psycopg.Error, CopyCountError."""
    with cursor.copy(statement) as copy:
        copy.write(data)
        crash_point("writer.mid_copy")
    if cursor.rowcount != rows:
        raise CopyCountError
    COPY_ROWS.labels(table).inc(rows)
    COPY_BYTES.labels(table).inc(len(data))


def record_columns(entity: Entity, rows: Sequence[Row]) -> list[Any]:
    """The encoded columns of records: the id, then the entity's other columns."""
    values = zip(*(row.columns for row in rows), strict=True)
    encoded = [map(encode, column) for encode, column in zip(binary.encoders(entity), values, strict=True)]
    return [(binary.uuid(row.id) for row in rows), *encoded]


def copy_records(
    cursor: psycopg.Cursor[Any], entity: Entity, tenant: uuid.UUID, job: uuid.UUID, rows: Sequence[Row]
) -> None:
    """COPY records into their table."""
    columns = [
        repeat(binary.uuid(tenant.bytes)),
        *record_columns(entity, rows),
        repeat(binary.uuid(job.bytes)),
    ]
    send(cursor, entity.table, _into_table(entity), binary.encode_rows(columns), len(rows))


@cache
def _into_table(entity: Entity) -> sql.Composed:
    return into("inventory", entity.table, ("tenant_id", *entity.columns, "job_id"))


def into(schema: str, table: str, columns: Sequence[str]) -> sql.Composed:
    """A binary COPY statement."""
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    return sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(sql.Identifier(schema, table), names)


def copy_links(cursor: psycopg.Cursor[Any], entity: Entity, tenant: uuid.UUID, rows: Sequence[Row]) -> None:
    """COPY the rows of every link table; an id that a list repeats counts once."""
    head = (3).to_bytes(2, "big") + binary.uuid(tenant.bytes) + binary.UUID_LENGTH
    for position, link in enumerate(entity.links):
        parts: list[bytes] = []
        for row in rows:
            if targets := row.links[position]:
                owner = head + row.id + binary.UUID_LENGTH
                parts += [owner + target for target in dict.fromkeys(targets)]
        if parts:
            data = b"".join((binary.HEADER, *parts, binary.TRAILER))
            send(cursor, link.table, _into_links(entity.id_field, link), data, len(parts))


@cache
def _into_links(owner: str, link: Link) -> sql.Composed:
    return into("inventory", link.table, ("tenant_id", owner, link.column))


def copy_rejects(cursor: psycopg.Cursor[Any], ref: ChunkRef, rejects: Sequence[Reject]) -> None:
    """COPY rejected records with their faults."""
    if not rejects:
        return
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
    send(cursor, "reject", sql.SQL(QUERIES["copy_rejects"]), binary.encode_rows(columns), len(rejects))
