"""Arrays as parameters of a statement, in PostgreSQL's binary format.

psycopg makes them item by item, from a Python object each; here ids are bytes already, and names soon.
"""

from collections.abc import Sequence
from typing import Self

import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

from libs.contracts import binary


class UuidArray(bytes):
    """A uuid[] parameter, from uuid fields one after the other."""

    def __new__(cls, fields: bytes) -> Self:
        """Put the array's head before them."""
        return super().__new__(cls, binary.uuid_array(fields))


class TextArray(bytes):
    """A text[] parameter."""

    def __new__(cls, texts: Sequence[str]) -> Self:
        """Encode them."""
        return super().__new__(cls, binary.text_array(texts))


class TextFields(bytes):
    """A text[] parameter, from fields of which some may be NULL."""

    def __new__(cls, fields: Sequence[bytes]) -> Self:
        """Put the array's head before them."""
        return super().__new__(cls, binary.text_fields(fields))


class UuidFields(bytes):
    """A uuid[] parameter, from fields of which some may be NULL."""

    def __new__(cls, fields: Sequence[bytes]) -> Self:
        """Put the array's head before them."""
        return super().__new__(cls, binary.uuid_fields(fields))


class _AsItIs(Dumper):
    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        return obj


class _UuidArrayDumper(_AsItIs):
    oid = psycopg.adapters.types["uuid"].array_oid


class _TextArrayDumper(_AsItIs):
    oid = psycopg.adapters.types["text"].array_oid


psycopg.adapters.register_dumper(UuidArray, _UuidArrayDumper)
psycopg.adapters.register_dumper(UuidFields, _UuidArrayDumper)
psycopg.adapters.register_dumper(TextArray, _TextArrayDumper)
psycopg.adapters.register_dumper(TextFields, _TextArrayDumper)
