"""XLSX: a sheet a part, all of it text, in constant memory."""

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format

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
from libs.compliance.packages.writing.columns import (
    FORM,
    NUMBER,
    SIZE,
    TITLE_SIZE,
    Span,
    height,
    pages_across,
    width,
    widths,
)

MOST_ROWS = 1_048_576
LONGEST_CELL = 32_767
LONGEST_NAME = 31
SPAN = 4
"""The last of the columns that a paragraph goes over."""
LEFT, LABEL, VALUE, TICKED = (0, 2), (1, 2), (3, SPAN), (1, SPAN)
"""What each part of a form goes over."""
PLAIN = {"constant_memory": True, "strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
FONT = {"font_name": "Liberation Serif", "font_size": SIZE, "valign": "top"}
FORMATS: dict[str, dict[str, Any]] = {
    "plain": {},
    "wrapped": {"text_wrap": True},
    "cell": {"text_wrap": True, "border": 1},
    "gap": {"text_wrap": True, "bg_color": "#FFF2CC", "font_color": "#7F4F00", "border": 1},
    "title": {"bold": True, "font_size": TITLE_SIZE, "align": "center", "text_wrap": True},
    "heading": {"bold": True, "text_wrap": True},
    "header": {"bold": True, "text_wrap": True, "bg_color": "#E7E6E6", "border": 1},
    "form": {"italic": True, "text_wrap": True, "font_color": "#595959"},
}


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
        self._columns: Sequence[int] = FORM
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
                    self._row([(LEFT, _nth(left, number), "plain"), (VALUE, _nth(right, number), "plain")])
            case Heading(text, level):
                self._over(text, "heading" if level else "title")
            case Words(text, form):
                self._over(text, "form" if form else "wrapped")
            case Person(text):
                self._over(text, "gap")
            case Box(number, label, value):
                self._row([((0, 0), number, "cell"), (LABEL, label, "cell"), (VALUE, value, "cell")])
            case Ticks(ticks):
                for tick in ticks:
                    self._row([((0, 0), "☑" if tick.ticked else "☐", "cell"), (TICKED, tick.text, "cell")])
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
                self._row([((place, place), value, "cell") for place, value in enumerate(row, self._left)])

    def _bare_row(self, row: Sequence[Cell]) -> None:
        """A row of a table that has a sheet of its own; there may be a million of them."""
        write, at, wrapped, high = self._sheet.write_string, self._at, self._formats["wrapped"], 0.0
        for place, value in enumerate(row):
            if value:
                text = _said(value)[:LONGEST_CELL]
                write(at, place, text, wrapped)
                if len(text) > self._columns[place] or "\n" in text:
                    high = max(high, height(text, self._columns[place]))
        if high:
            self._sheet.set_row(at, high)
        self._at += 1

    def _begin(self, part: Part) -> None:
        self._part, self._at, self._bare, self._header = part, 0, True, ()
        self._columns = part.columns or FORM
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
        self._left = int(not self._bare and not self._part.columns and columns[0][1] > NUMBER)
        if self._bare:
            self._spread(widths(columns))
        self._row([((place, place), title, "header") for place, title in enumerate(self._header, self._left)])

    def _spread(self, columns: Sequence[int]) -> None:
        """Dress a sheet that is one table: its header stays, on the screen and on every page."""
        self._columns = columns
        for place, wanted in enumerate(columns):
            self._sheet.set_column(place, place, wanted)
        self._sheet.freeze_panes(1, 0)
        self._sheet.repeat_rows(0)
        across = pages_across(columns)
        self._sheet.fit_to_pages(across, 0)
        if across > 1:
            self._sheet.repeat_columns(0)

    def _make_room(self) -> None:
        """A table that a sheet has no room for goes on in another one."""
        if self._at < MOST_ROWS:
            return
        header, columns, bare = self._header, self._columns, self._bare
        self._begin(self._part)
        if bare:
            self._spread(columns)
        else:
            self._dress()
        self._header = header
        self._row([((place, place), title, "header") for place, title in enumerate(header, self._left)])

    def _dress(self) -> None:
        """A sheet that is no bare table has a form's columns and its title."""
        if not self._bare or self._header:
            return
        self._bare = False
        for place, wanted in enumerate(self._columns):
            self._sheet.set_column(place, place, wanted)
        for line in self._part.title:
            self._over(line, "title")

    def _over(self, text: str, form: str) -> None:
        """A paragraph over several columns."""
        self._row([((0, SPAN), text, form)])

    def _row(self, cells: Sequence[tuple[Span, Cell, str]]) -> None:
        if not self._header:
            self._dress()
        if not self._bare:  # no program gives it to a merged cell by itself, and not every one to others
            wanted = (
                height(_said(value), width(self._columns, span), title=form == "title") for span, value, form in cells
            )
            self._sheet.set_row(self._at, max(wanted))
        for span, value, form in cells:
            text = _said(value)
            if text or form == "cell":
                self._write(span, text[:LONGEST_CELL], self._formats["gap" if isinstance(value, Gap) else form])
        self._at += 1

    def _write(self, span: Span, text: str, form: Format) -> None:
        first, last = span
        if first < last:
            self._sheet.merge_range(self._at, first, self._at, last, "", form)
        self._sheet.write_string(self._at, first, text, form)


def _said(value: Cell) -> str:
    return f"{value.text} [{value.rule}]" if isinstance(value, Gap) else value


def _nth(lines: Sequence[str], number: int) -> str:
    return lines[number] if number < len(lines) else ""
