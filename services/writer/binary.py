"""PostgreSQL's binary COPY format, column by column (manual: COPY, "Binary Format").

A field is its length in four bytes and its value, or the length -1 for NULL. Working down a column keeps the Python
interpreter out of the inner loop: the rows are put together by `zip` and `join`.
"""

import datetime
import struct
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from itertools import chain, repeat
from typing import Any

from msgspec import inspect

from libs.contracts.records import Entity

Encoder = Callable[[Any], bytes]

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"

_length = struct.Struct("!i").pack
_int4 = struct.Struct("!ii").pack
_int8 = struct.Struct("!iq").pack
UUID_LENGTH = _length(16)
_UUID_OID = 2950
_array_head = struct.Struct("!iiiii").pack
_TRUE, _FALSE = _length(1) + b"\1", _length(1) + b"\0"
_EPOCH = datetime.date(2000, 1, 1).toordinal()
_EMPTY_ARRAY = struct.pack("!iiii", 12, 0, 0, _UUID_OID)


def text(value: str | None) -> bytes:
    """A text field."""
    if value is None:
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
    return _TRUE if value else _FALSE


def int4(value: int | None) -> bytes:
    """An integer field."""
    return NULL if value is None else _int4(4, value)


def int8(value: int | None) -> bytes:
    """A bigint field."""
    return NULL if value is None else _int8(8, value)


def date(value: datetime.date | None) -> bytes:
    """A date field: days since 2000-01-01."""
    return NULL if value is None else _int4(4, value.toordinal() - _EPOCH)


def uuid_array(values: Sequence[bytes]) -> bytes:
    """A uuid[] field of one dimension, sorted and without repeats, so that equal sets are equal arrays."""
    if not values:
        return _EMPTY_ARRAY
    items = sorted(set(values))
    head = _array_head(1, 0, _UUID_OID, len(items), 1)
    return _length(len(head) + 20 * len(items)) + head + b"".join(map(uuid, items))


def encode_rows(columns: Sequence[Iterable[bytes]]) -> bytes:
    """A whole COPY stream from encoded columns; a column may be endless (`itertools.repeat`), but not all may."""
    row_head = repeat(len(columns).to_bytes(2, "big"))
    return HEADER + b"".join(chain.from_iterable(zip(row_head, *columns, strict=False))) + TRAILER


def _encoder(kind: inspect.Type) -> Encoder:
    if isinstance(kind, inspect.UnionType):
        (kind,) = (part for part in kind.types if not isinstance(part, inspect.NoneType))
    match kind:
        case inspect.LiteralType():
            return cache(text)
        case inspect.BoolType():
            return boolean
        case inspect.DateType():
            return date
        case inspect.IntType(le=int(top)):
            return int4 if top < 2**31 else int8
        case inspect.StrType():
            return text
        case _:
            raise TypeError(f"no column type for {kind}")


@cache
def encoders(entity: Entity) -> tuple[Encoder, ...]:
    """The encoders of the entity's columns after its id."""
    info = inspect.type_info(entity.record)
    assert isinstance(info, inspect.StructType)
    return tuple(_encoder(field.type) for field in info.fields[1 : len(entity.columns)])
