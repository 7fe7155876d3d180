"""Arrays of ids as parameters of a statement, in PostgreSQL's binary format.

psycopg makes them from lists of UUIDs, one Python object an id; here they are bytes already.
"""

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


class _UuidArrayDumper(Dumper):
    format = Format.BINARY
    oid = psycopg.adapters.types["uuid"].array_oid

    def dump(self, obj: UuidArray) -> bytes:
        return obj


psycopg.adapters.register_dumper(UuidArray, _UuidArrayDumper)
