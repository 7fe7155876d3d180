"""A file as a table: a header, and rows of cells from any place on, whatever its format."""

from collections.abc import Iterator
from typing import IO, Protocol, cast

from libs.contracts.mappings import Source
from libs.files.content import Content
from libs.files.failures import UnreadableError
from libs.files.readers.delimited import Dialect, read_delimited
from libs.files.readers.stretches import Position, Rows
from libs.files.readers.xlsx.sheet import XlsxFile
from libs.files.sniffing.dialect import layout_of
from libs.files.sniffing.encoding import SAMPLE, Encoding, encoding_of


class Table(Protocol):
    """An open file. Raises UnreadableError where it cannot be read as a whole, and what `Content` raises."""

    source: Source
    """How it is read: what was asked for, completed by what was found."""
    certain: bool
    """False where a person has to agree to how it is read."""
    header: list[str]
    first: Position
    """Where the rows begin."""

    def read(self, start: Position) -> Iterator[Rows]:
        """The rows from a place on."""

    def share(self, place: Position) -> float:
        """How much of the file lies before a place, 0 to 1; 0 where that cannot be told."""

    def close(self) -> None:
        """Give temporary files back."""


class DelimitedTable:
    """CSV and its kin."""

    def __init__(self, content: Content, source: Source) -> None:
        self._content = content
        content.seek(0)
        sample = _read_up_to(content, SAMPLE)
        found = encoding_of(sample, whole=len(sample) == content.size)
        encoding = found if source.encoding in (None, found.name) else Encoding(source.encoding or "")
        self.certain = encoding.certain or source.encoding is not None
        layout = layout_of(str(sample[encoding.mark :], encoding.name, "replace"))
        self.source = Source(
            format="csv", encoding=encoding.name, delimiter=source.delimiter or layout.delimiter,
            header_row=source.header_row if source.delimiter else layout.header_row,
        )  # fmt: skip
        self._dialect = Dialect(encoding.name, self.source.delimiter or ",")
        self.header, self.first = self._read_header(Position(encoding.mark, 1))

    def _read_header(self, start: Position) -> tuple[list[str], Position]:
        seen = 0
        for stretch in self.read(start):
            for row, cells in enumerate(stretch.rows):
                seen += 1
                if seen == self.source.header_row:
                    return [cell.strip() for cell in cells], stretch.after(row)
        raise UnreadableError("FILE_EMPTY")

    def read(self, start: Position) -> Iterator[Rows]:
        """The rows from a place on."""
        self._content.seek(start.offset)
        yield from read_delimited(self._content, self._dialect, start)

    def share(self, place: Position) -> float:
        """By bytes."""
        return place.offset / self._content.size if self._content.size else 0.0

    def close(self) -> None:
        """Nothing to give back."""


class SheetTable:
    """One sheet of a workbook."""

    def __init__(self, content: Content, source: Source) -> None:
        content.seek(0)
        self._file = XlsxFile(cast(IO[bytes], content))
        self.certain = True
        sheet = self._file.workbook.sheet(source.sheet)
        self._sheet = sheet.name
        self.source = Source(format="xlsx", header_row=source.header_row, sheet=sheet.name)
        self.header, self.first = self._read_header()

    def _read_header(self) -> tuple[list[str], Position]:
        for stretch in self.read(Position(0, self.source.header_row)):
            for row, cells in enumerate(stretch.rows):
                return [cell.strip() for cell in cells], stretch.after(row)
        raise UnreadableError("FILE_EMPTY")

    def read(self, start: Position) -> Iterator[Rows]:
        """The rows from a place on."""
        yield from self._file.read(self._sheet, start)

    def share(self, place: Position) -> float:
        """A sheet does not say how many rows it has."""
        return 0.0

    def close(self) -> None:
        """Forget the shared strings."""
        self._file.close()


def open_table(content: Content, source: Source) -> Table:
    """The table in a file; `source` says how to read it where that is known."""
    content.seek(0)
    start = content.read(8)
    if start.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        return SheetTable(content, source)
    if not start:
        raise UnreadableError("FILE_EMPTY")
    return DelimitedTable(content, source)


def _read_up_to(content: Content, size: int) -> bytes:
    pieces: list[bytes] = []
    while size > 0 and (piece := content.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)
