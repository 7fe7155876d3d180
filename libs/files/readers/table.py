"""A file as a table: a header, and rows of cells from any place on, whatever its format."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from msgspec import Struct

from libs.contracts.files.mappings import MOST_TITLES, Source
from libs.files.failures import UnreadableError
from libs.files.readers.stretches import Position, Rows

MOST_COLUMNS = 16_384
"""As many as a spreadsheet has (XFD)."""
_NOT_KEPT = re.compile("[\0\ud800-\udfff]")


class Table(Protocol):
    """An open file. Raises UnreadableError where it cannot be read as a whole, and what `Content` raises."""

    source: Source
    """How it is read: what was asked for, completed by what was found."""
    certain: bool
    """False where a person has to agree to how it is read."""
    header: list[str]
    first: Position
    """Where the rows begin."""
    sheets: Sequence[str]
    """What `source.sheet` may name instead: sheets that can be seen, or entities; none where there is but one table."""

    def read(self, start: Position) -> Iterator[Rows]:
        """The rows from a place on. Several may read at once, each in its turn."""

    def share(self, place: Position) -> float:
        """How much of the file lies before a place, 0 to 1; 0 where that cannot be told."""

    def head(self) -> bytes:
        """What rows that are given back (`Rows.raw`) need before them to be a file that can be loaded."""

    def close(self) -> None:
        """Give temporary files back."""


class Header(Struct, frozen=True):
    """The names of a table's columns, and where its rows begin."""

    names: list[str]
    first: Position


def header_of(stretches: Iterable[Rows], is_header: Callable[[int, Rows, int], bool]) -> Header:
    """The header of a table that has rows below it; the first row for which `is_header(its count, stretch, row)`.

    Raises UnreadableError.
    """
    found: Header | None = None
    for count, (stretch, row) in enumerate(_each(stretches), 1):
        if found is not None:
            return found
        if count > MOST_TITLES:
            break
        if is_header(count, stretch, row):
            found = _header(stretch, row)
    if found is not None:
        raise UnreadableError("FILE_HEADER_ONLY")
    raise UnreadableError("FILE_HEADER_UNREADABLE", max=MOST_TITLES)


def _each(stretches: Iterable[Rows]) -> Iterator[tuple[Rows, int]]:
    some = False
    for stretch in stretches:
        for row in range(len(stretch.rows)):
            some = True
            yield stretch, row
    if not some:
        raise UnreadableError("FILE_EMPTY")


def _header(stretch: Rows, row: int) -> Header:
    cells = stretch.rows[row]
    if not cells or row in stretch.faults:
        raise UnreadableError("FILE_HEADER_UNREADABLE", max=MOST_TITLES)
    return Header(names_of(cells), stretch.after(row))


def check_width(columns: int) -> None:
    """Raises UnreadableError where there are more columns than a table may have."""
    if columns > MOST_COLUMNS:
        raise UnreadableError("FILE_TOO_MANY_COLUMNS", max=MOST_COLUMNS)


def names_of(cells: Sequence[str]) -> list[str]:
    """The names of columns. Raises UnreadableError where there are too many."""
    check_width(len(cells))
    return [kept(cell.strip()) for cell in cells]


def kept(text: str) -> str:
    """A text of a file as it can be kept beside it: PostgreSQL takes neither NUL nor half of a character."""
    return _NOT_KEPT.sub("\N{REPLACEMENT CHARACTER}", text)
