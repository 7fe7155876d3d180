"""A stretch: some rows of a file with the bytes they came from. What every reader of delimited text yields."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Protocol

from msgspec import Struct

LARGEST_RECORD = 1024 * 1024
"""Bytes of one record; a longer one is a fault of that row."""
MOST_LINES = 1_000
"""Lines of one record: a quote that is open for longer was never meant to be."""


class Position(Struct, frozen=True):
    """Where a record begins."""

    offset: int = 0
    """Bytes from the beginning of the (decompressed) file."""
    line: int = 1
    """Its line, from 1."""


class Rows(Protocol):
    """Rows of a file, one after the other, whatever its format."""

    rows: list[list[str]]
    faults: dict[int, str]

    def raw(self, row: int) -> bytes:
        """A row as it came, or as it is given back."""

    def positions(self, rows: Sequence[int]) -> list[Position]:
        """Where some rows are."""

    def after(self, row: int) -> Position:
        """Where to go on reading after a row."""


class Stretch(Struct):
    """Rows one after the other, with the lines that they came from.

    Blank lines belong to no row. A row with a fault has no cells.
    """

    start: Position
    lines: list[bytes]
    rows: list[list[str]]
    spans: Sequence[tuple[int, int]] | None = None
    """For each row, the half-open range of its lines; None where each line is one row."""
    faults: dict[int, str] = {}
    """By row: the code of what is wrong with it as a whole."""
    skipped: int = 0
    """Bytes of the only line where it was too long to be kept."""

    @property
    def end(self) -> Position:
        """Where the next stretch begins."""
        size = self.skipped or sum(map(len, self.lines))
        return Position(self.start.offset + size, self.start.line + len(self.lines))

    def span(self, row: int) -> tuple[int, int]:
        """The half-open range of a row's lines within `lines`."""
        return self.spans[row] if self.spans is not None else (row, row + 1)

    def raw(self, row: int) -> bytes:
        """A row's bytes as they came; nothing where it was too long to be kept."""
        first, end = self.span(row)
        return b"" if self.skipped else b"".join(self.lines[first:end])

    def positions(self, rows: Sequence[int]) -> list[Position]:
        """Where some rows begin."""
        offsets = [0, *accumulate(map(len, self.lines))]
        firsts = [self.span(row)[0] for row in rows]
        return [Position(self.start.offset + offsets[at], self.start.line + at) for at in firsts]

    def after(self, row: int) -> Position:
        """Where the record after a row begins."""
        if self.skipped:
            return self.end
        end = self.span(row)[1]
        return Position(self.start.offset + sum(map(len, self.lines[:end])), self.start.line + end)
