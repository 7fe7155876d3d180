"""Cuts the rows of a file into segments: a segment is what becomes one batch.

Its borders depend on the rows alone, so that whoever reads the file again from a border finds the same segments.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from msgspec import Struct

from libs.files.readers.stretches import Position, Rows


class Piece(Struct, frozen=True):
    """Some rows of one stretch: a half-open range."""

    stretch: Rows
    first: int
    end: int


class Segment(Struct, frozen=True):
    """Rows that become one batch."""

    number: int
    start: Position
    end: Position
    pieces: list[Piece]

    @property
    def size(self) -> int:
        """How many rows it has."""
        return sum(piece.end - piece.first for piece in self.pieces)

    def rows(self) -> Iterator[tuple[list[str], str | None]]:
        """Each row's cells, and the code of what is wrong with it as a whole."""
        for piece in self.pieces:
            faults = piece.stretch.faults
            for row in range(piece.first, piece.end):
                yield piece.stretch.rows[row], faults.get(row)

    def find(self, index: int) -> tuple[Rows, int]:
        """The stretch that has the row at an index of the segment, and which of its rows that is."""
        ends = list(accumulate(piece.end - piece.first for piece in self.pieces))
        number = bisect_right(ends, index)
        piece = self.pieces[number]
        return piece.stretch, piece.first + index - (ends[number - 1] if number else 0)

    def place(self, index: int) -> Position:
        """Where the row at an index begins."""
        stretch, row = self.find(index)
        return stretch.positions([row])[0]

    def raw(self, index: int) -> bytes:
        """The bytes of the row at an index, as they came."""
        stretch, row = self.find(index)
        return stretch.raw(row)


def segments(stretches: Iterable[Rows], start: Position, *, records: int, number: int = 0) -> Iterator[Segment]:
    """The segments of some rows, of `records` rows each but for the last; the first has this number."""
    pieces: list[Piece] = []
    held, position = 0, start
    for stretch in stretches:
        first = 0
        while first < len(stretch.rows):
            end = min(len(stretch.rows), first + records - held)
            pieces.append(Piece(stretch, first, end))
            held += end - first
            first = end
            if held == records:
                border = stretch.after(end - 1)
                yield Segment(number, position, border, pieces)
                pieces, held, position, number = [], 0, border, number + 1
    if pieces:
        last = pieces[-1]
        yield Segment(number, position, last.stretch.after(last.end - 1), pieces)
