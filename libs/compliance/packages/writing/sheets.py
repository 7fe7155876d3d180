"""XLSX: a sheet a part, all of it text, in constant memory."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from libs.compliance.packages.content import (
    Block,
    Box,
    Cell,
    Gap,
    Heading,
    Part,
    Person,
    Rows,
    Sides,
    Table,
    Ticks,
    Words,
)

MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
LONGEST_NAME = 31
PLAIN = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
FONT = {"font_name": "Liberation Serif", "font_size": 11, "valign": "top"}
FORMATS: dict[str, dict[str, Any]] = {
    "plain": {},
    "wrapped": {"text_wrap": True},
    "cell": {"text_wrap": True, "border": 1},
    "gap": {"text_wrap": True, "bg_color": "#FFF2CC", "font_color": "#7F4F00", "border": 1},
    "title": {"bold": True, "font_size": 14, "align": "center", "text_wrap": True},
    "heading": {"bold": True, "text_wrap": True},
    "header": {"bold": True, "text_wrap": True, "bg_color": "#E7E6E6", "border": 1},
    "form": {"italic": True, "text_wrap": True, "font_color": "#595959"},
}
FORM = (8, 52, 52, 18, 24, 18, 30)
"""Widths of the columns of a form, in characters. A sheet of one table has that table's."""
NUMBER = 2
"""The share of a column that numbers rows."""
SPAN = 2
"""The last of the columns that a paragraph goes over."""
LINE, CHARACTERS = 15.0, 105
"""How high a line is, and how much stands on it."""
HIGHEST = 409.0
WIDTHS = (10, 60)
"""Least and most of a table's column."""


class Book:
    """A workbook in the making. Raises OSError where there is no room for it."""

    def __init__(self, path: Path, made: datetime.date) -> None:
        self._book = xlsxwriter.Workbook(path, {**PLAIN, "tmpdir": str(path.parent), "default_format_properties": FONT})
        self._book.use_zip64()
        created = datetime.datetime.combine(made, datetime.time())  # a workbook knows no zone
        self._book.set_properties({"created": created, "author": "Sluice"})
        self._formats = {name: self._book.add_format({**FONT, **form}) for name, form in FORMATS.items()}
        self._names: set[str] = set()
        self._part = Part("", [])
        self._at = 0
        self._bare = True
        self._header: Sequence[str] = ()
        self._left = 0

    def write(self, blocks: Iterable[Block]) -> None:
        """Write all of it."""
        try:
            for block in blocks:
                self._add(block)
            self._book.close()
        except FileCreateError as error:  # which hides what was wrong
            raise (error.args[0] if isinstance(error.args[0], OSError) else error) from error

    def _add(self, block: Block) -> None:  # noqa: C901 -- one line a kind of block
        match block:
            case Part():
                self._begin(block)
            case Sides(left, right):
                for number in range(max(len(left), len(right))):
                    self._row([(0, _nth(left, number), "plain"), (SPAN, _nth(right, number), "plain")])
            case Heading(text, level):
                self._over(text, "heading" if level else "title")
            case Words(text, form):
                self._over(text, "form" if form else "wrapped")
            case Person(text):
                self._over(text, "gap")
            case Box(number, label, value):
                self._row([(0, number, "cell"), (1, label, "cell"), (SPAN, value, "cell")])
            case Ticks(ticks):
                for tick in ticks:
                    self._row([(0, "☑" if tick.ticked else "☐", "cell"), (1, tick.text, "cell")])
            case Table(columns):
                self._table([(column.title, column.share) for column in columns])
            case Rows(rows):
                self._rows(rows)

    def _rows(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            self._make_room()
            if self._bare:
                self._bare_row(row)
            else:
                self._row([(place, value, "cell") for place, value in enumerate(row, self._left)])

    def _bare_row(self, row: Sequence[Cell]) -> None:
        """A row of a table that has a sheet of its own; there may be a million of them."""
        write, at = self._sheet.write_string, self._at
        for place, value in enumerate(row):
            if value:
                write(at, place, _said(value)[:LONGEST_CELL])
        self._at += 1

    def _begin(self, part: Part) -> None:
        self._part, self._at, self._bare, self._header = part, 0, True, ()
        self._sheet = self._book.add_worksheet(self._name(part.sheet))
        self._sheet.set_landscape()
        self._sheet.set_paper(9)  # A4
        self._sheet.fit_to_pages(1, 0)

    def _name(self, wanted: str) -> str:
        """A name that no other sheet has."""
        number, name = 1, wanted[:LONGEST_NAME]
        while name.lower() in self._names:
            number += 1
            ending = f" ({number})"
            name = wanted[: LONGEST_NAME - len(ending)] + ending
        self._names.add(name.lower())
        return name

    def _table(self, columns: Sequence[tuple[str, int]]) -> None:
        self._header = [title for title, _ in columns]
        # A form's first column has room for a number.
        self._left = int(not self._bare and columns[0][1] > NUMBER)
        if self._bare:
            for place, (title, share) in enumerate(columns):
                self._sheet.set_column(place, place, min(max(len(title), share * 3, WIDTHS[0]), WIDTHS[1]))
            self._sheet.freeze_panes(1, 0)
        self._row([(place, title, "header") for place, title in enumerate(self._header, self._left)])

    def _make_room(self) -> None:
        """A table that a sheet has no room for goes on in another one."""
        if self._at < MOST_ROWS:
            return
        header = self._header
        self._begin(self._part)
        self._row([(place, title, "header") for place, title in enumerate(header)])
        self._header = header

    def _dress(self) -> None:
        """A sheet that is no bare table has a form's columns and its title."""
        if not self._bare or self._header:
            return
        self._bare = False
        for place, width in enumerate(FORM):
            self._sheet.set_column(place, place, width)
        for line in self._part.title:
            self._over(line, "title")

    def _over(self, text: str, form: str) -> None:
        """A paragraph over several columns, which no spreadsheet gives its height by itself."""
        self._dress()
        lines = sum(1 + len(line) // CHARACTERS for line in text.split("\n"))
        self._sheet.set_row(self._at, min(lines * LINE + 3, HIGHEST))
        self._sheet.merge_range(self._at, 0, self._at, SPAN, "", self._formats[form])
        self._sheet.write_string(self._at, 0, text[:LONGEST_CELL], self._formats[form])
        self._at += 1

    def _heighten(self, cells: Sequence[tuple[int, Cell, str]]) -> None:
        """Give a row room for its longest cell: not every program does that by itself."""
        lines = max((_lines(place, value) for place, value, form in cells if form != "plain"), default=1)
        if lines > 1:
            self._sheet.set_row(self._at, min(lines * LINE, HIGHEST))

    def _row(self, cells: Sequence[tuple[int, Cell, str]]) -> None:
        if not self._header:
            self._dress()
        if not self._bare:
            self._heighten(cells)
        for place, value, form in cells:
            gap = isinstance(value, Gap)
            text = _said(value)
            if text or form == "cell":
                self._sheet.write_string(self._at, place, text[:LONGEST_CELL], self._formats["gap" if gap else form])
        self._at += 1


def _lines(place: int, value: Cell) -> int:
    width = FORM[min(place, len(FORM) - 1)]
    return sum(1 + len(line) // width for line in _said(value).split("\n"))


def _said(value: Cell) -> str:
    return f"{value.text} [{value.rule}]" if isinstance(value, Gap) else value


def _nth(lines: Sequence[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""
