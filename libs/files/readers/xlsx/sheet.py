"""The rows of one sheet, streamed."""

from collections.abc import Iterator
from typing import IO

from libs.files.readers.sheets import SheetStretch
from libs.files.readers.stretches import Position
from libs.files.readers.xlsx.cells import Values, column_of
from libs.files.readers.xlsx.package import Package
from libs.files.readers.xlsx.strings import SharedStrings
from libs.files.readers.xlsx.workbook import Workbook, read_workbook

_TEXT_OF = frozenset(("v", "t"))


class XlsxFile:
    """An open workbook. Close it, to give its temporary files back. Raises UnreadableError."""

    def __init__(self, file: IO[bytes]) -> None:
        self._package = Package(file)
        self.workbook: Workbook = read_workbook(self._package)
        self._strings = SharedStrings(self._package, "xl/sharedStrings.xml")

    def close(self) -> None:
        """Forget the shared strings."""
        self._strings.close()

    def read(self, sheet: str | None, start: Position) -> Iterator[SheetStretch]:
        """The rows of a sheet from a row on, stretch by stretch; rows without any value are left out."""
        book = self.workbook
        values = Values(self._strings, book.date_styles, since_1904=book.since_1904)
        rows = _Rows(values, start.line)
        for _ in self._package.parsing(book.sheet(sheet).part, rows.start, rows.end, rows.text):
            if rows.rows:
                yield SheetStretch(rows.rows, rows.numbers)
                rows.rows, rows.numbers = [], []


class _Rows:
    """Collects rows from the events of a sheet's XML."""

    def __init__(self, values: Values, first: int) -> None:
        self._values = values
        self._first = first
        self._number = 0
        self._cells: list[str] = []
        self._column = -1
        self._kind = self._style = ""
        self._pieces: list[str] = []
        self._taking = False
        self.rows: list[list[str]] = []
        self.numbers: list[int] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            reference = attributes.get("r")
            self._column = column_of(reference) if reference else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "")
        elif name in _TEXT_OF:
            self._taking = True
        elif name == "row":
            given = attributes.get("r", "")
            self._number = int(given) if given.isdigit() else self._number + 1
            self._column = -1

    def text(self, text: str) -> None:
        if self._taking:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if name == "c":
            if self._pieces:
                self._put("".join(self._pieces))
                self._pieces.clear()
        elif name in _TEXT_OF:
            self._taking = False
        elif name == "row" and self._cells:
            if self._number >= self._first:
                self.rows.append(self._cells)
                self.numbers.append(self._number)
            self._cells = []

    def _put(self, value: str) -> None:
        if self._column < 0 or self._number < self._first:
            return
        text = self._values.text(self._kind, self._style, value)
        missing = self._column - len(self._cells)
        if missing > 0:
            self._cells += [""] * missing
        if missing >= 0:
            self._cells.append(text)
        else:
            self._cells[self._column] = text
