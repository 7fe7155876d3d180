"""How wide a workbook's columns are, and how high its rows: no spreadsheet sees to both by itself."""

from collections.abc import Sequence

Span = tuple[int, int]
"""The first and the last column of what goes over several."""
SIZE, TITLE_SIZE = 11, 14
FORM = (8, 34, 24, 34, 30, 26, 22, 34)
"""Widths of a form's columns, in characters: a number, then what its tables have. A sheet of one table has that
table's."""
NUMBER = 2
"""The share of a column that numbers rows."""
SHARE = 8
"""Characters a share of a table's column."""
WIDTHS = (10, 60)
"""Least and most of a table's column."""
ACROSS = 220
"""Characters that can still be read on a page that lies on its side."""
LINE, HIGHEST = 15.0, 409.0
TITLE_LINE = 20.0
CHARACTERS, TITLE_CHARACTERS = 1.1, 0.65
"""On a line, for each that a column is wide: letters are narrower than digits, and a title's are larger."""


def widths(columns: Sequence[tuple[str, int]]) -> list[int]:
    """Of the columns of a table that has a sheet of its own, by their titles and shares."""
    least, most = WIDTHS
    return [min(max(len(title) + 2, share * SHARE, least), most) for title, share in columns]


def pages_across(columns: Sequence[int]) -> int:
    """How many pages a table is wide, so that print can be read."""
    return -(-sum(columns) // ACROSS)


def width(columns: Sequence[int], span: Span) -> int:
    """Of several columns together; the last one's width goes on where there are more."""
    first, last = span
    return sum(columns[min(place, len(columns) - 1)] for place in range(first, last + 1))


def height(text: str, characters: int, *, title: bool = False) -> float:
    """Of a row with this text in it."""
    room = int(characters * (TITLE_CHARACTERS if title else CHARACTERS))
    lines = sum(1 + len(line) // room for line in text.split("\n"))
    return min(lines * (TITLE_LINE if title else LINE), HIGHEST)
