"""Rows of spreadsheets: they have numbers but no bytes of their own, so they are given back as lines of CSV."""

import csv
import io
from collections.abc import Sequence

from msgspec import Struct

from libs.files.readers.stretches import Position


class SheetStretch(Struct):
    """Rows of a sheet, each with its number; what a reader of sheets yields in place of a `Stretch`."""

    rows: list[list[str]]
    numbers: list[int]
    """The rows' numbers in the sheet, from 1, ascending; blank rows are left out."""
    faults: dict[int, str] = {}

    def raw(self, row: int) -> bytes:
        """A row as a line of CSV."""
        line = io.StringIO(newline="")
        csv.writer(line).writerow(self.rows[row])
        return line.getvalue().encode()

    def positions(self, rows: Sequence[int]) -> list[Position]:
        """Where some rows are: their numbers in the sheet."""
        return [Position(0, self.numbers[row]) for row in rows]

    def after(self, row: int) -> Position:
        """Where to go on reading after a row."""
        return Position(0, self.numbers[row] + 1)
