"""What is stored of a chunk's records, asked by their keys before any of them is staged.

Most of what a scanner sends is stored as it is, or is not stored at all; neither has to be compared.
"""

import struct
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

_NAME_SIZE = slice(binary.UUID_FIELD, binary.UUID_FIELD + len(binary.NULL))
_data, _own_id = attrgetter("data"), attrgetter("own_id")


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
    names = _names(shape, rows)
    ids = [row.data[ID_FIELD] if row.own_id else binary.NULL for row in rows] if any(map(_own_id, rows)) else []
    prints = [row.fingerprint or binary.NULL for row in rows]
    parameters = {
        "tenant": tenant, "names": TextFields(names), "ids": UuidFields(ids), "prints": UuidFields(prints),
        "compare": compare,
    }  # fmt: skip
    lookup = _lookup(shape.entity) if ids else _lookup_by_name(shape.entity)
    found = _read(cursor.execute(lookup, parameters))
    shared = _repeated([stored for stored, _ in found.values()])
    same = {rows[at].position: stored for at, (stored, alike) in found.items() if alike and stored not in shared}
    known = found.keys() | _places(names, _repeated(names)) | _places(ids, _repeated(ids))
    new = [at for at in range(len(rows)) if at not in known] if len(known) < len(rows) else []
    if new:
        new.sort(key=_orders(names, rows).__getitem__)
    other = [rows[at] for at in sorted(known) if rows[at].position not in same]
    return Known(same, [rows[at] for at in new], other)


def _read(cursor: psycopg.Cursor[Any]) -> dict[int, tuple[bytes, bool]]:
    """By the place of a row of which something is stored: the stored id, and whether the row is the same."""
    (answer,) = cursor.fetchone() or (None,)
    places = struct.iter_unpack("!i16s", answer or b"")
    return {abs(place) - 1: (stored, place > 0) for place, stored in places}


class _NamePlaces(dict[bytes, slice]):
    """Where a row has the field of its name, by the four bytes that say how long it is."""

    def __missing__(self, length: bytes) -> slice:
        size = max(int.from_bytes(length, "big", signed=True), 0)
        place = self[length] = slice(_NAME_SIZE.start, _NAME_SIZE.stop + size)
        return place


_NAMES = _NamePlaces()


def _names(shape: Shape, rows: Sequence[Row]) -> list[bytes]:
    """The fields of the rows' external ids: the column after the id, where it is one."""
    if shape.columns[1:2] != (EXTERNAL_ID,):
        return [binary.NULL] * len(rows)
    return [data[_NAMES[data[_NAME_SIZE]]] for data in map(_data, rows)]


def _orders(names: Sequence[bytes], rows: Sequence[Row]) -> list[bytes]:
    """Rows are inserted by name, as staged rows are, and behind them by id those that have none."""
    after = b"\xff"  # no text has such a byte
    return [name[len(binary.NULL) :] or after + row.id for name, row in zip(names, rows, strict=True)]


def _repeated(fields: Sequence[bytes]) -> set[bytes]:
    """Those that are there twice; NULLs are none."""
    if len(set(fields)) == len(fields):
        return set()
    return {field for field, count in Counter(fields).items() if count > 1 and field != binary.NULL}


def _places(fields: Sequence[bytes], wanted: set[bytes]) -> set[int]:
    return {at for at, field in enumerate(fields) if field in wanted} if wanted else set()


_ANSWER = sql.SQL(
    "SELECT string_agg(int4send(CASE WHEN NOT %(compare)s OR {same} THEN wanted.place::integer "
    "ELSE -wanted.place::integer END) || uuid_send({stored}), '')"
)
"""One value for all rows, since a row of an answer costs more than what is in it. Of each row of which something is
stored: its place from 1, less than 0 where it is not the same, and the stored id."""


@cache
def _lookup_by_name(entity: Entity) -> sql.Composed:
    """Rows of which none came with an id, as those of most scanners."""
    # Where nothing is stored between the first name and the last, as where a scanner goes on, none is looked up. The
    # order with its limit leaves but one way to find that out, whatever the planner thinks of the table.
    return sql.SQL(
        "{answer} FROM unnest(%(names)s, %(prints)s) WITH ORDINALITY AS wanted (name, print, place) "
        "CROSS JOIN LATERAL (SELECT {id} AS id, fingerprint AS print FROM {table} "
        "WHERE tenant_id = %(tenant)s AND external_id = wanted.name OFFSET 0) AS e "
        "WHERE (SELECT external_id FROM {table} WHERE tenant_id = %(tenant)s "
        "AND external_id >= (SELECT min(name) FROM unnest(%(names)s) AS name) ORDER BY external_id LIMIT 1) "
        "<= (SELECT max(name) FROM unnest(%(names)s) AS name)"
    ).format(
        answer=_ANSWER.format(stored=sql.SQL("e.id"), same=sql.SQL("e.print = wanted.print")), **_identifiers(entity)
    )


@cache
def _lookup(entity: Entity) -> sql.Composed:
    """Rows of which some came with ids of their own."""
    same = sql.SQL(
        "CASE WHEN wanted.id IS NULL THEN e.print = wanted.print "
        "ELSE x.print = wanted.print AND coalesce(e.id = x.id, true) END"
    )
    # OFFSET has each row looked up by itself, whatever the planner thinks of the table.
    return sql.SQL(
        "{answer} FROM unnest(%(names)s, %(ids)s, %(prints)s) WITH ORDINALITY AS wanted (name, id, print, place) "
        "LEFT JOIN LATERAL (SELECT {id} AS id, fingerprint AS print FROM {table} "
        "WHERE tenant_id = %(tenant)s AND external_id = wanted.name OFFSET 0) AS e ON true "
        "LEFT JOIN LATERAL (SELECT {id} AS id, fingerprint AS print FROM {table} "
        "WHERE tenant_id = %(tenant)s AND {id} = wanted.id OFFSET 0) AS x ON true "
        "WHERE e.id IS NOT NULL OR x.id IS NOT NULL"
    ).format(answer=_ANSWER.format(stored=sql.SQL("coalesce(x.id, e.id)"), same=same), **_identifiers(entity))


def _identifiers(entity: Entity) -> dict[str, sql.Identifier]:
    return {"id": sql.Identifier(entity.id_field), "table": sql.Identifier("inventory", entity.table)}
