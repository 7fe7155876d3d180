"""Delimited text (CSV, TSV and their kin): Python's `csv` is the one parser, strict, a stretch of lines at a time.

Where it fails, the line at which the failing record begins is a fault of its own, and reading goes on with the line
after it: a quote that is never closed costs its line and not the good ones behind it. A record that the stretch cuts in
two waits for the rest. So what is read of a record depends on the file alone, not on where stretches begin.
"""

import codecs
import csv
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from libs.files.readers.lines import Lines, Source, blocks_of_lines, is_wide
from libs.files.readers.stretches import LARGEST_RECORD, MOST_LINES, Position, Stretch

if TYPE_CHECKING:
    from _csv import Reader as _Reader

csv.field_size_limit(LARGEST_RECORD)

_CUT_OFF = "unexpected end of data"
"""What `csv` says of a record that has not ended where its lines do; it has no other way to tell."""
_OF_WIDE = "sluice.surrogate"
_RUNAWAY = "runaway"
_CODES = {_CUT_OFF: "QUOTE_UNCLOSED", _RUNAWAY: "QUOTE_UNCLOSED"}


class Dialect(Struct, frozen=True):
    """How a file of delimited text is written."""

    encoding: str = "utf-8"
    """A name that `codecs` knows, of text without a byte order mark."""
    delimiter: str = ","
    quote: str = '"'


def read_delimited(source: Source, dialect: Dialect, start: Position, *, block: int = 1024 * 1024) -> Iterator[Stretch]:
    """The rows of a stream that stands at `start`, stretch by stretch."""
    held: list[bytes] = []
    for lines in blocks_of_lines(source, dialect.encoding, block=block):
        if lines.skipped:
            # A record that goes on in a line of that size is too long itself: its lines are read without it.
            stretch, held = _parse(held, dialect, start, last=True)
            if stretch.lines:
                yield stretch
            stretch = _too_long(lines, stretch.end)
        else:
            stretch, held = _parse(held + lines.lines, dialect, start, last=lines.last)
        if stretch.lines:
            yield stretch
            start = stretch.end


def _too_long(lines: Lines, start: Position) -> Stretch:
    return Stretch(start, lines.lines, [[]], faults={0: "RECORD_TOO_LONG"}, skipped=lines.skipped)


def _parse(lines: list[bytes], dialect: Dialect, start: Position, *, last: bool) -> tuple[Stretch, list[bytes]]:
    """The rows of some lines, and the lines of a record that goes on behind them."""
    texts, damaged = _decoded(lines, dialect.encoding)
    stretch = _a_row_a_line(lines, texts, dialect, start)
    if stretch is None:
        parsing = _Parsing(lines, texts, dialect)
        parsing.run(last=last)
        stretch = Stretch(start, lines[: parsing.at], parsing.rows, parsing.spans, parsing.faults)
    if damaged:
        _find_damage(stretch)
    return stretch, lines[len(stretch.lines) :]


def _decoded(lines: list[bytes], encoding: str) -> tuple[list[str], bool]:
    """The lines as text, and whether bytes among them are no text; such bytes become surrogates."""
    try:
        return [str(line, encoding) for line in lines], False
    except UnicodeDecodeError:
        errors = _OF_WIDE if is_wide(encoding) else "surrogateescape"
        return [str(line, encoding, errors) for line in lines], True


def _surrogate(error: UnicodeError) -> tuple[str, int]:
    """A surrogate in place of what is no UTF-16, whose bytes may be ASCII's: `surrogateescape` does not take those."""
    assert isinstance(error, UnicodeDecodeError)
    return "\udc80", error.end


codecs.register_error(_OF_WIDE, _surrogate)


def _reader(texts: list[str], dialect: Dialect) -> "_Reader":
    return csv.reader(texts, delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True)


def _a_row_a_line(lines: list[bytes], texts: list[str], dialect: Dialect, start: Position) -> Stretch | None:
    """The stretch where each line is a row, as in nearly all there are; else None."""
    try:
        rows = list(_reader(texts, dialect))
    except csv.Error:
        return None
    simple = len(rows) == len(lines) and all(rows) and (not lines or max(map(len, lines)) <= LARGEST_RECORD)
    return Stretch(start, lines, rows) if simple else None


def _find_damage(stretch: Stretch) -> None:
    for number, row in enumerate(stretch.rows):
        try:
            "".join(row).encode()
        except UnicodeEncodeError:
            stretch.rows[number] = []
            stretch.faults[number] = "ENCODING"


class _Parsing:
    """Parses lines record by record, as far as line `at`."""

    def __init__(self, lines: list[bytes], texts: list[str], dialect: Dialect) -> None:
        self._lines = lines
        self._texts = texts
        self._dialect = dialect
        self.at = 0
        self.rows: list[list[str]] = []
        self.spans: list[tuple[int, int]] = []
        self.faults: dict[int, str] = {}

    def run(self, *, last: bool) -> None:
        """Parse all lines, or all up to a record that goes on behind them; `last` says that nothing comes behind."""
        while self.at < len(self._lines):
            failure = self._rows_until_failure()
            if failure == _CUT_OFF and not last and self._size(len(self._lines)) is not None:
                return
            if failure:
                self._fault(_CODES.get(failure, "RECORD_TOO_LONG" if "field limit" in failure else "QUOTE_MISPLACED"))

    def _rows_until_failure(self) -> str:
        """Parse on until a record fails; returns why, or nothing where none does."""
        base = self.at
        reader = _reader(self._texts[base:], self._dialect)
        try:
            for row in reader:
                end = base + reader.line_num
                if row and self._size(end) is None:
                    return _RUNAWAY if end - self.at > 1 else "field limit"
                if row:
                    self.rows.append(row)
                    self.spans.append((self.at, end))
                self.at = end
        except csv.Error as error:
            return str(error)
        return ""

    def _size(self, end: int) -> int | None:
        """The bytes of a record from line `at` to `end`; None where it is longer than a record may be."""
        size = len(self._lines[self.at]) if end - self.at == 1 else sum(map(len, self._lines[self.at : end]))
        return size if end - self.at <= MOST_LINES and size <= LARGEST_RECORD else None

    def _fault(self, code: str) -> None:
        """Make the line at which parsing stands a row with a fault."""
        self.faults[len(self.rows)] = code
        self.rows.append([])
        self.spans.append((self.at, self.at + 1))
        self.at += 1
