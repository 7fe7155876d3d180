"""One sheet of a workbook as a table, whoever reads the workbook."""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Protocol

from libs.contracts.files.mappings import MOST_TITLES, Source
from libs.files.failures import UnreadableError
from libs.files.readers.sheets import SheetStretch
from libs.files.readers.stretches import Position
from libs.files.readers.table import names_of
from libs.files.sniffing.dialect import LINES, LONGEST, header_among

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""Tells spreadsheets that a CSV is UTF-8."""


class SheetFile(Protocol):
    """An open workbook."""

    @property
    def names(self) -> Sequence[str]:
        """Its sheets, as people see them; those that are hidden last."""

    @property
    def visible(self) -> Sequence[str]:
        """Those that are not hidden."""

    def read(self, sheet: str, start: Position) -> Iterator[SheetStretch]:
        """The rows of a sheet from a row on; rows without any value are left out."""

    def share(self) -> float:
        """How much has been read of the sheet that was read last, 0 to 1; 0 where that cannot be told."""

    def close(self) -> None:
        """Give temporary files back."""


class SheetTable:
    """One sheet; the first that can be seen, where none is named."""

    certain = True

    def __init__(self, file: SheetFile, source: Source) -> None:
        self._file = file
        self.sheets = file.visible
        self._sheet = self._chosen(source.sheet)
        self._width = 0
        self.header, self.first = self._find_header(source.header_row)
        self._width = len(self.header)
        self.source = Source(format=source.format, header_row=self.first.line - 1, sheet=self._sheet)

    def _chosen(self, name: str | None) -> str:
        if name is not None and name not in self._file.names:
            raise UnreadableError("SHEET_UNKNOWN", known=", ".join(self.sheets))
        if name is None and not self.sheets:
            raise UnreadableError("FILE_EMPTY")
        return name if name is not None else self.sheets[0]

    def _find_header(self, asked: int | None) -> tuple[list[str], Position]:
        """The names, and where the rows begin; the row that is asked for, else the one that seems to hold names."""
        rows = self._first_rows(asked or 1, 2 if asked else LINES)
        if not rows:
            raise UnreadableError("FILE_EMPTY")
        at = 0 if asked else header_among([cells for _, cells in rows])
        number, cells = rows[at]
        if not cells:
            raise UnreadableError("FILE_HEADER_UNREADABLE", max=MOST_TITLES)
        if at + 1 == len(rows):
            raise UnreadableError("FILE_HEADER_ONLY")
        return names_of(cells), Position(0, number + 1)

    def _first_rows(self, start: int, most: int) -> list[tuple[int, list[str]]]:
        """The first rows with their numbers, in bounded memory."""
        rows: list[tuple[int, list[str]]] = []
        size = 0
        for stretch in self.read(Position(0, start)):
            for number, cells in zip(stretch.numbers, stretch.rows, strict=True):
                rows.append((number, cells))
                size += sum(map(len, cells)) + len(cells)
                if len(rows) >= most or size > LONGEST:
                    return rows
        return rows

    def read(self, start: Position) -> Iterator[SheetStretch]:
        """The rows from a place on; empty cells at a row's end count like any others."""
        for stretch in self._file.read(self._sheet, start):
            for cells in stretch.rows:
                if (missing := self._width - len(cells)) > 0:
                    cells += [""] * missing  # noqa: PLW2901 -- in place
            yield stretch

    def share(self, place: Position) -> float:
        """A sheet does not say how many rows it has; by what has been read of it."""
        return self._file.share()

    def head(self) -> bytes:
        """The header as a line of CSV: rows are given back as such lines."""
        line = io.StringIO(newline="")
        csv.writer(line).writerow(self.header)
        return (BOM + line.getvalue()).encode()

    def close(self) -> None:
        """Give temporary files back."""
        self._file.close()
