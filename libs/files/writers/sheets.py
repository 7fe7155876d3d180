"""XLSX: one sheet, all of it text, written in constant memory; the file is there once all rows are."""

import datetime
from collections.abc import Iterator, Sequence

from libs.contracts.tasks.types.transform import MOST_SHEET_ROWS
from libs.files.failures import UnreadableError
from libs.files.folders import Folder
from libs.files.writers.writer import Record, cell

LONGEST_CELL = 32_767
"""Characters."""
PIECE = 1024 * 1024
PLAIN = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
MADE = datetime.datetime(2000, 1, 1)  # noqa: DTZ001 -- a workbook knows no zone
"""The same file is the same bytes, whenever it is made."""


class XlsxWriter:
    """A workbook of one sheet."""

    goes_on = False

    def __init__(self, columns: Sequence[str]) -> None:
        import xlsxwriter  # of no use to whoever makes no workbook

        self._columns = columns
        self._folder = Folder()
        self._path = self._folder.path / "book.xlsx"
        self._book = xlsxwriter.Workbook(self._path, {**PLAIN, "tmpdir": str(self._folder.path)})
        self._book.set_properties({"created": MADE})
        self._sheet = self._book.add_worksheet()
        self._count = 0
        self._add(columns)

    def head(self) -> bytes:
        """Nothing yet."""
        return b""

    def rows(self, records: Sequence[Record]) -> bytes:
        """Nothing yet. Raises UnreadableError for more rows than a sheet has."""
        if self._count + len(records) > MOST_SHEET_ROWS:
            raise UnreadableError("TRANSFORM_TOO_LONG", limit=MOST_SHEET_ROWS)
        for record in records:
            self._add([cell(record.get(name)) for name in self._columns])
        return b""

    def tail(self) -> Iterator[bytes]:
        """The whole file."""
        self._book.close()
        with self._path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece

    def close(self) -> None:
        """Remove what was made."""
        self._folder.cleanup()

    def _add(self, cells: Sequence[str]) -> None:
        for place, text in enumerate(cells):
            if text:
                self._sheet.write_string(self._count, place, text)
        self._count += 1
