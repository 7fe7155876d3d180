"""What is stored of a chunk's records, asked by their keys before any of them is staged.

Most of what a scanner sends is stored as it is, or is not stored at all; neither has to be compared.
"""

import uuid
from collections import Counter
from collections.abc import Sequence
from functools import cache
from operator import attrgetter
from typing import Any

import psycopg
from msgspec import Struct
from psycopg import sql

from libs.contracts import binary
from libs.contracts.inventory.records import Entity
from libs.contracts.inventory.rows import ID_FIELD
from services.writer.inventory.arrays import TextFields, UuidFields
from services.writer.inventory.rows import EXTERNAL_ID, Row, Shape

_NAME_AT = binary.UUID_FIELD + len(binary.NULL)


class Known(Struct, frozen=True):
    """Some rows, by what is stored of them."""

    same: dict[int, bytes]
    """By position: the stored id of each row that would change nothing."""
    new: list[Row]
    """Those of which nothing is stored, in the order in which rows are inserted."""
    other: list[Row]
    """All others: they differ, or it takes a closer look to say so."""


def look_up(
    cursor: psycopg.Cursor[Any], shape: Shape, tenant: uuid.UUID, rows: Sequence[Row], *, compare: bool
) -> Known:
    """Sort rows by what is stored of them; `compare` is false where any stored row is as good as the same.

    Rows with one name, or for one stored row, are others: each finds what the one before it has left. `cursor` answers
    in binary. Raises psycopg.Error.
    """
    names = list(map(_name, rows)) if shape.columns[1:2] == (EXTERNAL_ID,) else [binary.NULL] * len(rows)
    ids = [row.data[ID_FIELD] if row.own_id else binary.NULL for row in rows]
    lookup = _lookup if any(map(attrgetter("own_id"), rows)) else _lookup_by_name
    prints = [row.fingerprint or binary.NULL for row in rows]
    parameters = {
        "tenant": tenant, "names": TextFields(names), "ids": UuidFields(ids), "prints": UuidFields(prints),
        "compare": compare,
    }  # fmt: skip
    found = {place - 1: (stored, same) for place, stored, same in cursor.execute(lookup(shape.entity), parameters)}
    shared = _repeated([stored for stored, _ in found.values()])
    same = {rows[at].position: stored for at, (stored, same) in found.items() if same and stored not in shared}
    repeated = _repeated(names) | _repeated(ids)
    new = [at for at in range(len(rows)) if at not in found and names[at] not in repeated and ids[at] not in repeated]
    new.sort(key=[_order(name, row) for name, row in zip(names, rows, strict=True)].__getitem__)
    places = {rows[at].position for at in new}
    other = [row for row in rows if row.position not in same and row.position not in places]
    return Known(same, list(map(rows.__getitem__, new)), other)


def _name(row: Row) -> bytes:
    """The field of a row's external id, which is the one after its id."""
    size = int.from_bytes(row.data[binary.UUID_FIELD : _NAME_AT], "big", signed=True)
    return row.data[binary.UUID_FIELD : _NAME_AT + max(size, 0)]


def _order(name: bytes, row: Row) -> bytes:
    """Rows are inserted by name, as staged rows are, and behind them by id those that have none."""
    return name[len(binary.NULL) :] or b"\xff" + row.id  # no text has such a byte


def _repeated(fields: Sequence[bytes]) -> set[bytes]:
    """Those that are there twice; NULLs are none."""
    if len(set(fields)) == len(fields):
        return set()
    return {field for field, count in Counter(fields).items() if count > 1 and field != binary.NULL}


@cache
def _lookup_by_name(entity: Entity) -> sql.Composed:
    """The same of rows of which none came with an id, as those of most scanners: a sixth less for PostgreSQL."""
    return sql.SQL(
        "SELECT wanted.place::integer, uuid_send(e.id), "
        "NOT %(compare)s OR coalesce(e.print = wanted.print, false) "
        "FROM unnest(%(names)s, %(prints)s) WITH ORDINALITY AS wanted (name, print, place) "
        "CROSS JOIN LATERAL (SELECT {id} AS id, fingerprint AS print FROM {table} "
        "WHERE tenant_id = %(tenant)s AND external_id = wanted.name OFFSET 0) AS e"
    ).format(id=sql.Identifier(entity.id_field), table=sql.Identifier("inventory", entity.table))


@cache
def _lookup(entity: Entity) -> sql.Composed:
    """Each row of which something is stored: its place from 1, the stored id, and whether the row is the same."""
    # OFFSET has each row looked up by itself, whatever the planner thinks of the table.
    return sql.SQL(
        "SELECT wanted.place::integer, uuid_send(coalesce(x.id, e.id)), NOT %(compare)s OR coalesce(CASE "
        "WHEN wanted.id IS NULL THEN e.print = wanted.print "
        "ELSE x.print = wanted.print AND coalesce(e.id = x.id, true) END, false) "
        "FROM unnest(%(names)s, %(ids)s, %(prints)s) WITH ORDINALITY AS wanted (name, id, print, place) "
        "LEFT JOIN LATERAL (SELECT {id} AS id, fingerprint AS print FROM {table} "
        "WHERE tenant_id = %(tenant)s AND external_id = wanted.name OFFSET 0) AS e ON true "
        "LEFT JOIN LATERAL (SELECT {id} AS id, fingerprint AS print FROM {table} "
        "WHERE tenant_id = %(tenant)s AND {id} = wanted.id OFFSET 0) AS x ON true "
        "WHERE e.id IS NOT NULL OR x.id IS NOT NULL"
    ).format(id=sql.Identifier(entity.id_field), table=sql.Identifier("inventory", entity.table))
