"""An open workbook of XLSX."""

from collections.abc import Iterator, Sequence
from typing import IO

from libs.files.readers.sheets import SheetStretch
from libs.files.readers.stretches import Position
from libs.files.readers.xlsx.cells import Values
from libs.files.readers.xlsx.package import Package
from libs.files.readers.xlsx.sheet import read_sheet
from libs.files.readers.xlsx.strings import SharedStrings
from libs.files.readers.xlsx.workbook import Workbook, read_workbook


class XlsxFile:
    """Its sheets, streamed. Close it, to give its temporary files back. Raises UnreadableError."""

    def __init__(self, file: IO[bytes]) -> None:
        self._package = Package(file)
        self.workbook: Workbook = read_workbook(self._package)
        self._strings = SharedStrings(self._package, self.workbook.strings)
        self._share = 0.0

    @property
    def names(self) -> Sequence[str]:
        """Its sheets; those that are hidden last."""
        hidden = [sheet.name for sheet in self.workbook.sheets if sheet.hidden]
        return [*self.visible, *hidden]

    @property
    def visible(self) -> Sequence[str]:
        """The sheets that are not hidden."""
        return [sheet.name for sheet in self.workbook.sheets if not sheet.hidden]

    def close(self) -> None:
        """Forget the shared strings."""
        self._strings.close()

    def share(self) -> float:
        """By bytes of the sheet that was read last."""
        return self._share

    def read(self, sheet: str, start: Position) -> Iterator[SheetStretch]:
        """The rows of a sheet from a row on, stretch by stretch; rows without any value are left out."""
        book = self.workbook
        values = Values(self._strings, book.date_styles, since_1904=book.since_1904)
        for stretch, share in read_sheet(self._package, book.sheet(sheet).part, values, start.line):
            self._share = share
            yield stretch
