"""Cuts the rows of a file into segments: a segment is what becomes one batch.

Its borders depend on the rows alone, so that whoever reads the file again from a border finds the same segments.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, groupby

from msgspec import Struct

from libs.files.readers.stretches import Position, Rows

LARGEST_SEGMENT = 2_000_000
"""Characters: whoever has a segment in hand holds its records, which may be lists of the shortest names."""


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
        return self._find(list(accumulate(piece.end - piece.first for piece in self.pieces)), index)

    def _find(self, ends: list[int], index: int) -> tuple[Rows, int]:
        """The same, by where the pieces end."""
        number = bisect_right(ends, index)
        piece = self.pieces[number]
        return piece.stretch, piece.first + index - (ends[number - 1] if number else 0)

    def places(self, indexes: Sequence[int]) -> list[Position]:
        """Where the rows at these indexes begin, which ascend."""
        ends = list(accumulate(piece.end - piece.first for piece in self.pieces))
        found = (self._find(ends, index) for index in indexes)
        by_stretch = groupby(found, key=lambda each: id(each[0]))
        places: list[Position] = []
        for _, rows in by_stretch:
            some = list(rows)
            places += some[0][0].positions([row for _, row in some])
        return places

    def jumps(self) -> list[int]:
        """Of rows that have a number and no bytes: index and number of each that does not follow the one before."""
        jumps: list[int] = []
        expected = 0
        for index, place in enumerate(() if self.end.offset else self._all_places()):
            if place.line != expected:
                jumps += index, place.line
            expected = place.line + 1
        return jumps

    def _all_places(self) -> Iterator[Position]:
        for piece in self.pieces:
            yield from piece.stretch.positions(range(piece.first, piece.end))

    def raw(self, index: int) -> bytes:
        """The bytes of the row at an index, as they came."""
        stretch, row = self.find(index)
        return stretch.raw(row)


def segments(
    stretches: Iterable[Rows], start: Position, *, records: int, size: int = LARGEST_SEGMENT, number: int = 0
) -> Iterator[Segment]:
    """The segments of some rows, the first of which has this number.

    A segment has `records` rows, or as many as come to `size` characters but one at least; the last one has the rest.
    """
    pieces: list[Piece] = []
    held, room, position = 0, size, start
    for stretch in stretches:
        ends = [0, *accumulate(_weights(stretch))]
        first = 0
        while first < len(stretch.rows):
            fitting = bisect_right(ends, ends[first] + room, first + 1) - 1
            end = min(max(fitting, first + (not held)), first + records - held)
            if end > first:
                pieces.append(Piece(stretch, first, end))
                held, room = held + end - first, room - (ends[end] - ends[first])
                first = end
            if held == records or first < len(stretch.rows):
                border = _border(pieces)
                yield _taken(number, position, pieces)
                held, room, position, number = 0, size, border, number + 1
    if pieces:
        yield _taken(number, position, pieces)


def _taken(number: int, start: Position, pieces: list[Piece]) -> Segment:
    """The segment of these pieces, which are only its own then: rows take memory, and nobody else keeps them."""
    segment = Segment(number, start, _border(pieces), pieces.copy())
    pieces.clear()
    return segment


def _border(pieces: list[Piece]) -> Position:
    """Where to go on reading after some rows."""
    return pieces[-1].stretch.after(pieces[-1].end - 1)


def _weights(stretch: Rows) -> list[int]:
    """How much each row weighs: the characters of its cells; of one with a fault, which has none, its bytes."""
    weights = [sum(map(len, row)) for row in stretch.rows]
    for row in stretch.faults:
        weights[row] = len(stretch.raw(row))
    return weights
