"""JSON as a format: NDJSON, and lists of objects."""

import codecs
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct

from libs.contracts.files.mappings import MOST_TITLES, Source
from libs.contracts.inventory.records import ENTITIES
from libs.files.failures import UnreadableError
from libs.files.readers.format import Format
from libs.files.readers.json.elements import Element, Elements, Kind
from libs.files.readers.json.lines import members_of, read_lines
from libs.files.readers.json.members import Columns, JsonError, checked
from libs.files.readers.lines import blocks_of_lines
from libs.files.readers.stretches import Position, Rows
from libs.files.readers.table import check_width, kept
from libs.files.sniffing.look import Look
from libs.files.streams import Cursor, Stream, read_up_to

SAMPLE_ROWS = 10_000
"""Rows at the beginning that name the columns."""
SAMPLE_BYTES = 8 * 1024 * 1024
ROWS_AT_ONCE = 1_000
BYTES_AT_ONCE = 1024 * 1024
_MEMBERS = "|".join([*(entity.member for entity in ENTITIES.values()), "data", "records", "rows", "items", "results"])
_ENVELOPE = re.compile(rf'\s*\{{\s*"(?:{_MEMBERS})"\s*:\s*\[\s*(?=[{{\]])')
"""How an object around the list begins: such as a batch is posted in."""
_OPENING = re.compile(r"\s*\[")
_LIST = re.compile(r'\s*(?:\[\s*(?:[\[{\]"]|-?\d|true|false|null)|\{\s*["}])')


class ElementStretch(Struct):
    """Rows of a list."""

    elements: list[Element]
    rows: list[list[str]]
    faults: dict[int, str]

    def raw(self, row: int) -> bytes:
        """An object as it came, and a line feed: objects one after another are read like a list of them."""
        return self.elements[row].raw + b"\n"

    def positions(self, rows: Sequence[int]) -> list[Position]:
        """Where some rows begin."""
        return [self.elements[row].start for row in rows]

    def after(self, row: int) -> Position:
        """Where a row ends."""
        return self.elements[row].end


class _JsonTable:
    """What both have in common. The columns are those of the rows at the beginning."""

    certain = True
    sheets: Sequence[str] = ()

    def __init__(self, stream: Stream, source: Source) -> None:
        self._stream = stream
        start = read_up_to(stream, 4096)
        if source.encoding not in (None, "utf-8") or start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            raise UnreadableError("ENCODING_UNKNOWN")
        mark = len(codecs.BOM_UTF8) if start.startswith(codecs.BOM_UTF8) else 0
        self.source = Source(format=source.format, encoding="utf-8")
        self.first = self._first(start.decode("utf-8", "replace"), Position(mark, 1))
        self._columns = Columns()
        self._find_columns()
        self.header = [kept(name) for name in self._columns.names]

    def _first(self, start: str, place: Position) -> Position:
        return place

    def _objects(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows at the beginning: where each is, and its cells by name; of bad ones none."""
        raise NotImplementedError

    def _find_columns(self) -> None:
        some = False
        for offset, cells in islice(self._objects(), SAMPLE_ROWS):
            some = True
            self._columns.add(cells)
            check_width(len(self._columns.names))
            if offset - self.first.offset > SAMPLE_BYTES:
                break
        if not self._columns.names:
            raise UnreadableError("FILE_HEADER_UNREADABLE" if some else "FILE_EMPTY", max=MOST_TITLES)

    def share(self, place: Position) -> float:
        """By bytes."""
        return min(place.offset / max(self._stream.size, 1), 1.0)

    def head(self) -> bytes:
        """Nothing: each row names its members."""
        return b""

    def close(self) -> None:
        """Nothing to give back."""


class LinesTable(_JsonTable):
    """NDJSON."""

    def _objects(self) -> Iterator[tuple[int, dict[str, str]]]:
        offset = self.first.offset
        for lines in blocks_of_lines(Cursor(self._stream, offset), "utf-8"):
            for line in lines.lines:
                if not line.isspace():
                    yield offset, _cells_of(line)
                offset += lines.skipped or len(line)

    def read(self, start: Position) -> Iterator[Rows]:
        """The rows from a place on."""
        yield from read_lines(Cursor(self._stream, start.offset), self._columns, start)


class ListTable(_JsonTable):
    """A list of objects, by itself or within an object; or objects one after another."""

    _kind: Kind = "values"

    def _first(self, start: str, place: Position) -> Position:
        text = start.removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}")
        found = _ENVELOPE.match(text)
        if found is not None:
            self._kind = "envelope"
        elif (found := _OPENING.match(text)) is not None:
            self._kind = "list"
        before = found[0] if found else ""
        return Position(place.offset + len(before.encode()), place.line + before.count("\n"))

    def _objects(self) -> Iterator[tuple[int, dict[str, str]]]:
        return ((element.end.offset, element.cells) for element in self._elements(self.first))

    def _elements(self, start: Position) -> Elements:
        return Elements(Cursor(self._stream, start.offset), start, self._columns, self._kind)

    def read(self, start: Position) -> Iterator[Rows]:
        """The rows from a place on."""
        yield from as_rows(self._elements(start), self._columns)


def as_rows(elements: Iterable[Element], columns: Columns) -> Iterator[ElementStretch]:
    """The elements as rows, some at a time."""
    stretch, size = ElementStretch([], [], {}), 0
    for element in elements:
        _add(stretch, element, columns)
        size += len(element.raw)
        if len(stretch.rows) >= ROWS_AT_ONCE or size >= BYTES_AT_ONCE:
            yield stretch
            stretch, size = ElementStretch([], [], {}), 0
    if stretch.rows:
        yield stretch


def _add(stretch: ElementStretch, element: Element, columns: Columns) -> None:
    row: list[str] = []
    fault = element.fault
    if fault is None:
        try:
            row = checked(columns.row(element.cells))
        except JsonError as error:
            fault = error.code
    if fault is not None:
        stretch.faults[len(stretch.rows)] = fault
    stretch.elements.append(element)
    stretch.rows.append(row)


def _cells_of(line: bytes) -> dict[str, str]:
    try:
        return members_of(line)
    except JsonError:
        return {}


def _seems_lines(look: Look) -> bool:
    """Whether each line is an object: the first is whole, and the next one begins like it or it is no envelope."""
    lines = [line for line in look.text.splitlines() if line.strip()][:2]
    whole = [line.strip().startswith("{") and line.strip().endswith("}") for line in lines]
    if len(lines) == 1:
        return whole[0] and _ENVELOPE.match(look.text) is None
    return len(lines) > 1 and whole[0] and lines[1].lstrip().startswith("{")


NDJSON = Format(
    name="ndjson", endings=("ndjson", "jsonl"), may_be=lambda look: look.is_json, seems=_seems_lines, open=LinesTable
)
JSON = Format(
    name="json", endings=("json",), may_be=lambda look: look.is_json, open=ListTable,
    seems=lambda look: _LIST.match(look.text) is not None and look.ending not in NDJSON.endings,
)  # fmt: skip
