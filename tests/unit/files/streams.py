"""Streams for tests: bytes as a storage gives them, and files that are too large to be there."""

import gzip
import io
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import zstandard

from libs.contracts.files.mappings import Source
from libs.files.readers.segments import segments
from libs.files.readers.stretches import Position
from libs.files.tables import Table, open_table

PART = 700
"""Bytes that come at once at most, as if parts of a file ended there."""

COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "zstd": zstandard.compress,
    "gzip of members": lambda data: gzip.compress(data[:100]) + gzip.compress(data[100:]),
    "zstd of frames": lambda data: zstandard.compress(data[:100]) + zstandard.compress(data[100:]),
}


class Bytes(io.BytesIO):
    """A file's bytes, which come in pieces."""

    @property
    def size(self) -> int:
        return len(self.getbuffer())

    def read(self, size: int | None = -1, /) -> bytes:
        assert size is not None
        return super().read(min(size, max(PART, self.size // 20)))


class Repeated:
    """A prefix, then one byte again and again, then a suffix."""

    def __init__(self, prefix: bytes, filler: bytes, times: int, suffix: bytes) -> None:
        self._parts = [prefix, filler, suffix]
        self._ends = [len(prefix), len(prefix) + times, len(prefix) + times + len(suffix)]
        self.size = self._ends[-1]
        self._at = 0
        self._block = filler * (1024 * 1024)

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0, /) -> int:
        assert whence == 0
        self._at = offset
        return offset

    def read(self, size: int, /) -> bytes:
        size = min(size, len(self._block))
        if self._at < self._ends[0]:
            data = self._parts[0][self._at : self._at + size]
        elif self._at < self._ends[1]:
            data = self._block[: min(size, self._ends[1] - self._at)]
        else:
            data = self._parts[2][self._at - self._ends[1] :][:size]
        self._at += len(data)
        return data


@contextmanager
def opened(data: bytes, *, name: str = "", entity: str = "", **source: Any) -> Iterator[Table]:
    with closing(open_table(Bytes(data), Source(**source), name=name, entity=entity)) as table:
        yield table


Row = tuple[int, list[str], str | None, bytes]


def rows_of(table: Table, start: Position | None = None) -> list[Row]:
    """Line, cells, fault and what is given back of each row."""
    return [
        (stretch.positions([row])[0].line, cells, stretch.faults.get(row), stretch.raw(row))
        for stretch in table.read(start or table.first)
        for row, cells in enumerate(stretch.rows)
    ]


def read(data: bytes, **how: Any) -> tuple[list[str], list[list[str]]]:
    """The header and the cells of a file's rows."""
    with opened(data, **how) as table:
        return table.header, [cells for _, cells, _, _ in rows_of(table)]


def faults(data: bytes, **how: Any) -> list[tuple[int, str]]:
    """The lines of a file that have a fault."""
    with opened(data, **how) as table:
        return [(line, fault) for line, _, fault, _ in rows_of(table) if fault]


def cut(table: Table, start: Position, number: int, records: int) -> list[Any]:
    """The segments from a place on, with all that a load takes of them."""
    return [
        (each.number, each.start, each.end, list(each.rows()), [each.raw(row) for row in range(each.size)])
        for each in segments(table.read(start), start, records=records, number=number)
    ]
