"""A body's records: decoded many at once, or each one's own JSON.

A body of JSON is an object of one member, a list of records; one of NDJSON has a record a line. Both may begin with the
byte order mark of UTF-8, which says nothing.
"""

import io
import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import islice
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.inventory.records import Entity, Record
from libs.contracts.refusals import Refusal
from libs.intake.validation.large_records import LARGE_RECORD
from libs.intake.validation.list_items import list_items

NDJSON = "NDJSON"
JSON = "JSON"
UNDECODABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that it cannot read as what is wanted."""

PIECE_BYTES, PIECE_LINES = 256 * 1024, 400
"""What is decoded at a time: so little that it stays in the processor's cache while it is looked at."""

_BOM = b"\xef\xbb\xbf"
_BETWEEN = re.compile(rb'\}[ \t\r\n]*+,(?=[ \t\r\n]*+\{[ \t\r\n]*+")')
"""Between two records. A text may end like this, too."""
_OPENING = re.compile(rb'[ \t\r\n]*+\{[ \t\r\n]*+("(?:[^"\\]++|\\.)*+")[ \t\r\n]*+:', re.DOTALL)
"""From the beginning of an object to its first member's value; the group is the member's name."""


def without_mark(body: bytes) -> bytes:
    """The body without its byte order mark."""
    return body.removeprefix(_BOM)


def decoded(entity: Entity, record: type[Record], kind: str, body: bytes) -> Iterator[list[Any]]:
    """The records of a body, one at least at a time, until there are more than may be sent.

    Raises what `UNDECODABLE` names where they do not all decode as `record`.
    """
    if kind == NDJSON:
        yield from decoded_each(record, _lines(entity, body))
        return
    count = 0
    for piece in filter(None, map(_decoder(record).decode, _pieces(_value(entity, body) or b""))):
        yield piece
        count += len(piece)
        if count > entity.max_records:
            return


def decoded_each(record: type[Record], raws: Iterable[bytes]) -> Iterator[list[Any]]:
    """Records that each stand alone, some at a time. Raises what `UNDECODABLE` names."""
    decode, waiting = msgspec.json.Decoder(record).decode, iter(raws)
    while some := list(map(decode, islice(waiting, PIECE_LINES))):
        yield some


@cache
def _decoder(record: type[Record]) -> msgspec.json.Decoder[list[Any]]:
    return msgspec.json.Decoder(list[record])  # type: ignore[valid-type]


def _pieces(records: memoryview | bytes) -> Iterator[bytes]:
    """A list of records as several ones, whose records are all of its own if each piece is a list of records.

    For a parser that comes to the end of a piece within a text, or deeper than the list, does not take it.
    """
    first, opening = 0, b""
    while found := _BETWEEN.search(records, first + PIECE_BYTES, first + PIECE_BYTES + LARGE_RECORD):
        yield b"".join((opening, records[first : found.start() + 1], b"]"))
        first, opening = found.end(), b"["
    if len(records) - first > PIECE_BYTES + LARGE_RECORD:
        raise msgspec.DecodeError
    yield b"".join((opening, records[first:]))


def split(entity: Entity, kind: str, body: bytes) -> list[bytes]:
    """Each record's own JSON, up to one more than may be sent. Raises Refusal where the body is none of records."""
    if kind == NDJSON:
        return list(_lines(entity, body))
    records = _value(entity, body)
    if records is None:
        raise _misshapen(entity, body)
    try:
        return list(map(bytes, _items(_list_decoder(entity, msgspec.Raw), records)))
    except msgspec.ValidationError as error:
        raise _misshapen(entity, body) from error
    except UNDECODABLE as error:
        # One of its records, most often; or what follows the list.
        items = list_items(bytes(records), entity.max_records + 1)
        if items is None:
            raise _misshapen(entity, body) from error
        return items


def _lines(entity: Entity, body: bytes) -> Iterator[bytes]:
    """The lines that are not blank, one by one: a body of millions of them is refused before they are all held."""
    return islice((line for line in io.BytesIO(body) if line.strip()), entity.max_records + 1)


def _value(entity: Entity, body: bytes) -> memoryview | None:
    """The value of a body's one member: a parser then sees what follows it, such as the same member again.

    None where the body does not open with that member, or does not end as an object.
    """
    opening, end = _OPENING.match(body), body.rfind(b"}")
    if opening is None or end < opening.end() or body[end + 1 :].strip():
        return None
    return memoryview(body)[opening.end() : end] if _as_text(opening[1]) == entity.member else None


def _as_text(literal: bytes) -> str | None:
    try:
        return msgspec.json.decode(literal, type=str)
    except UNDECODABLE:
        return None


@cache
def _list_type(entity: Entity, item: Any) -> type[Struct]:
    """A list whose items are the fields of a struct, one more than may be sent.

    msgspec makes an object of each item of a list, and only looks at what a struct has no field for: a body of
    millions of tiny items is refused without holding them.
    """
    fields: list[Any] = [(f"r{number}", item, None) for number in range(entity.max_records + 1)]
    return msgspec.defstruct("Records", fields, array_like=True, gc=False)


@cache
def _list_decoder(entity: Entity, item: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(_list_type(entity, item))


@cache
def _body_type(entity: Entity) -> type[Struct]:
    members: list[Any] = [(entity.member, _list_type(entity, msgspec.Raw))]
    return msgspec.defstruct("Body", members, forbid_unknown_fields=True)


def _items(decoder: msgspec.json.Decoder[Any], data: memoryview) -> list[Any]:
    return list(filter(None, msgspec.structs.astuple(decoder.decode(data))))


def _misshapen(entity: Entity, body: bytes) -> Refusal:
    """What is wrong with a body that is not one list of records."""
    try:
        msgspec.json.decode(body, type=_body_type(entity))
    except msgspec.ValidationError:
        return Refusal("BODY_SHAPE", member=entity.member)
    except UNDECODABLE:
        return Refusal("MALFORMED_BODY", format=JSON)
    return Refusal("MEMBER_REPEATED", member=entity.member)
