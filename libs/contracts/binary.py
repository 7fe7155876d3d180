"""Fields of PostgreSQL's binary COPY format (manual: COPY, "Binary Format"), written and read.

A field is its length in four bytes and its value, or the length -1 for NULL.
"""

import datetime
import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import chain, repeat
from typing import Any

from msgspec import UNSET, UnsetType, inspect

from libs.contracts.inventory.members import MAX_TEXT

Encoder = Callable[[Any], bytes]
Decoder = Callable[[bytes], Any]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"

_length = struct.Struct("!i").pack
_int4 = struct.Struct("!ii").pack
_int8 = struct.Struct("!iq").pack
UUID_LENGTH = _length(16)
UUID_FIELD = len(UUID_LENGTH) + 16
"""Bytes of a uuid field."""
_LENGTHS = [_length(size) for size in range(4 * MAX_TEXT + 1)]
"""Of every text that a record may hold: a character has four bytes at most."""
MOST_CACHED = 10_000
"""Fields of a column that has no more values than this are made once each."""
SAMPLE = 100
"""Texts of a column: where they are half as many distinct ones, a field is made of each once."""
_UUID_OID, _TEXT_OID = 2950, 25
_array_head = struct.Struct("!iiiii").pack
_TRUE, _FALSE = _length(1) + b"\1", _length(1) + b"\0"
_BOOLEANS: dict[bool | UnsetType | None, bytes] = {True: _TRUE, False: _FALSE, UNSET: _FALSE}
"""Fields that are never NULL: what did not come is false,"""
_ANSWERS: dict[bool | UnsetType | None, bytes] = {True: _TRUE, False: _FALSE, UNSET: NULL, None: NULL}
"""and those that may be."""
_EPOCH = datetime.date(2000, 1, 1).toordinal()
_EMPTY_ARRAY = struct.pack("!iii", 0, 0, _UUID_OID)


def text(value: str | UnsetType | None) -> bytes:
    """A text field."""
    if value is None or value is UNSET:
        return NULL
    data = value.encode()
    return _length(len(data)) + data


def uuid(value: bytes) -> bytes:
    """A uuid field, from its 16 bytes."""
    return UUID_LENGTH + value


def bytea(value: bytes) -> bytes:
    """A bytea field."""
    return _length(len(value)) + value


def jsonb(value: bytes) -> bytes:
    """A jsonb field, from JSON text; 1 is the version of the format."""
    return _length(len(value) + 1) + b"\1" + value


def boolean(value: bool) -> bytes:
    """A boolean field."""
    return _BOOLEANS[value]


def int4(value: int | UnsetType | None) -> bytes:
    """An integer field."""
    return NULL if value is None or value is UNSET else _int4(4, value)


def int8(value: int | UnsetType | None) -> bytes:
    """A bigint field."""
    return NULL if value is None or value is UNSET else _int8(8, value)


def date(value: datetime.date | UnsetType | None) -> bytes:
    """A date field: days since 2000-01-01."""
    return NULL if value is None or value is UNSET else _int4(4, value.toordinal() - _EPOCH)


def uuid_array(fields: bytes) -> bytes:
    """The value of a uuid[] of one dimension, from its items as uuid fields, one after the other."""
    return _array_head(1, 0, _UUID_OID, len(fields) // UUID_FIELD, 1) + fields if fields else _EMPTY_ARRAY


def text_array(values: Sequence[str]) -> bytes:
    """The value of a text[] of one dimension, of one item at least."""
    return text_fields(list(map(text, values)))


def text_fields(fields: Sequence[bytes]) -> bytes:
    """The value of a text[] of one dimension, from its items as fields, NULLs too; of one item at least."""
    return b"".join((_array_head(1, 1, _TEXT_OID, len(fields), 1), *fields))


def uuid_fields(fields: Sequence[bytes]) -> bytes:
    """The value of a uuid[], as `text_fields` makes a text[]."""
    return b"".join((_array_head(1, 1, _UUID_OID, len(fields), 1), *fields))


def text_column(values: Sequence[str | UnsetType | None]) -> list[Iterable[bytes]]:
    """A column of text fields: of one part, or of two that belong side by side. Faster than `text` for each value."""
    if len(set(values[:SAMPLE])) < SAMPLE // 2:
        return [map({value: text(value) for value in set(values)}.__getitem__, values)]
    try:
        data = list(map(str.encode, values))  # type: ignore[arg-type]
    except TypeError:  # some hold none
        return [map(text, values)]
    return [map(_LENGTHS.__getitem__, map(len, data)), data]


def row_head(fields: int) -> bytes:
    """What a row of so many fields begins with."""
    return fields.to_bytes(2, "big")


def copy_stream(columns: Sequence[Iterable[bytes]]) -> bytes:
    """A whole COPY stream from encoded columns; a column may be endless (`itertools.repeat`), but not all may."""
    rows = zip(repeat(row_head(len(columns))), *columns, strict=False)
    return b"".join((HEADER, *chain.from_iterable(rows), TRAILER))


def encoder(kind: inspect.Type) -> Encoder:
    """The encoder of a record's field, by its type. Raises TypeError where no column holds such a type."""
    bare = _bare(kind)
    match bare:
        case inspect.LiteralType():
            return cache(text)
        case inspect.BoolType():
            return (_BOOLEANS if bare is kind else _ANSWERS).__getitem__
        case inspect.DateType():
            return date
        case inspect.IntType(ge=0, le=int(top)) if top <= MOST_CACHED:
            return cache(int4)
        case inspect.IntType(le=int(top)):
            return int4 if top < 2**31 else int8
        case inspect.StrType(max_length=int(top)) if top <= MAX_TEXT:
            return text
        case other:
            raise TypeError(f"no column type for {other}")


def decoder(kind: inspect.Type) -> Decoder:
    """The reverse of `encoder`, for the bytes after a field's length."""
    match _bare(kind):
        case inspect.BoolType():
            return bool.from_bytes
        case inspect.DateType():
            return lambda data: datetime.date.fromordinal(_EPOCH + int.from_bytes(data, "big", signed=True))
        case inspect.IntType():
            return lambda data: int.from_bytes(data, "big", signed=True)
        case _:
            return bytes.decode


def fields(row: bytes) -> Iterator[bytes | None]:
    """The values of a row's fields, None for NULL."""
    at = 0
    while at < len(row):
        size = int.from_bytes(row[at : at + 4], "big", signed=True)
        at += 4
        yield None if size < 0 else row[at : at + size]
        at += max(size, 0)


def _bare(kind: inspect.Type) -> inspect.Type:
    """The type beside None."""
    if isinstance(kind, inspect.UnionType):
        (kind,) = (part for part in kind.types if not isinstance(part, inspect.NoneType))
    return kind
