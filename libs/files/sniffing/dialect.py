"""The dialect of delimited text: its delimiter, and the row that holds its names."""

import csv
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress

from msgspec import Struct

from libs.files.failures import UnreadableError

DELIMITERS = (",", ";", "\t", "|", ":")
NO_DELIMITERS = '"\r\n\0'
LINES = 200
"""Lines that are looked at."""
LONGEST = 100_000
"""Characters that are looked at."""
FULL = 0.6
"""Share of its columns that the header names at least; titles above it have one or two cells."""


class Layout(Struct, frozen=True):
    """Where the rows and their names are."""

    delimiter: str
    header_row: int
    """From 1; the rows before it are titles."""
    header: list[str]


def layout_of(text: str, delimiter: str | None = None) -> Layout:
    """The layout of a file by its first lines of text; a file without any has an empty header.

    A delimiter that is known is taken. Raises UnreadableError where it can be none.
    """
    lines = text[:LONGEST].splitlines(keepends=True)[:LINES]
    if delimiter is None:
        found = [(score, each) for each in DELIMITERS if (score := _score(lines, each))]
        delimiter = max(found)[1] if found else ","
    elif len(delimiter) != 1 or delimiter in NO_DELIMITERS:
        raise UnreadableError("DELIMITER_INVALID")
    rows = _rows(lines, delimiter)
    number = header_among(rows)
    return Layout(delimiter, number + 1, rows[number] if rows else [])


def header_among(rows: Sequence[Sequence[str]]) -> int:
    """Which of a file's first rows holds the names of its columns, by index: the first that is full enough."""
    width = _usual_width(rows)
    for number, row in enumerate(rows):
        if sum(1 for cell in row if cell.strip()) >= max(1, FULL * width):
            return number
    return 0


def _score(lines: Sequence[str], delimiter: str) -> tuple[float, int, int] | None:
    """How well the rows agree: the share that has the usual width, then that width; None where there is one column."""
    rows = _rows(lines, delimiter)
    width = _usual_width(rows)
    if width <= 1:
        return None
    agreeing = sum(len(row) == width for row in rows) / len(rows)
    return round(agreeing, 1), width, -DELIMITERS.index(delimiter)


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    with suppress(csv.Error):  # what comes before an error is enough to tell
        rows.extend(row for row in csv.reader(lines, delimiter=delimiter) if row)
    return rows


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else 0
