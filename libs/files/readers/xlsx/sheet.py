"""One sheet, streamed: plain rows as long as there are any, then events."""

import re
from collections.abc import Iterator

from libs.files.failures import UnreadableError
from libs.files.readers.sheets import SheetStretch
from libs.files.readers.xlsx.cells import Values
from libs.files.readers.xlsx.events import handlers_of
from libs.files.readers.xlsx.package import Handlers, Package, Parsing
from libs.files.readers.xlsx.plain import PlainRows
from libs.files.readers.xlsx.rows import Rows

MOST_HELD = 4 * 1024 * 1024
"""Bytes of one row; of a larger one the events keep what is needed."""
_DATA, _ROW_END, _DATA_END = b"<sheetData>", b"</row>", b"</sheetData>"
_OTHER_ENCODING = re.compile(rb"""^<\?xml[^>]*encoding=["'](?!utf-8["'])""", re.IGNORECASE)
_NOTHING = Handlers(lambda *_: None, lambda _: None)


def read_sheet(package: Package, part: str, values: Values, first: int) -> Iterator[tuple[SheetStretch, float]]:
    """The rows of a sheet from a number on, and with them how much of it has been read, 0 to 1."""
    rows = Rows(first)
    reading = _Reading(values, rows)
    for data, share in package.pieces(part):
        reading.feed(data)
        if (stretch := rows.take()).rows:
            yield stretch, share
    reading.finish()
    if (stretch := rows.take()).rows:
        yield stretch, 1.0


class _Reading:
    """A sheet's bytes on their way to its rows."""

    def __init__(self, values: Values, rows: Rows) -> None:
        self._values = values
        self._rows = rows
        self._plain = PlainRows(values, rows)
        self._head: bytes | None = None
        """All that stands before the rows, once it has been seen."""
        self._held = b""
        self._events: Parsing | None = None
        self._ended = False

    def feed(self, data: bytes) -> None:
        if self._events is not None:
            self._events.feed(data)
        elif not self._ended:
            self._held += data
            self._go_on()

    def finish(self) -> None:
        if self._events is None and not self._ended:
            self._give_up()
        if self._events is not None:
            self._events.finish()

    def _go_on(self) -> None:
        if self._head is None and not self._take_head():
            return
        whole = self._held.rfind(_ROW_END) + len(_ROW_END)
        if whole >= len(_ROW_END):
            if not self._take_rows(self._held[:whole]):
                self._give_up()
                return
            self._held = self._held[whole:]
        if self._held.lstrip().startswith(_DATA_END):
            self._ended, self._held = True, b""
        elif len(self._held) > MOST_HELD:
            self._give_up()

    def _take_head(self) -> bool:
        at = self._held.find(_DATA)
        if at >= 0 and not _OTHER_ENCODING.match(self._held):
            self._head, self._held = self._held[: at + len(_DATA)], self._held[at + len(_DATA) :]
            Parsing(_NOTHING).feed(self._head)  # a document type is refused, and what is no XML
            return True
        if at >= 0 or len(self._held) > MOST_HELD:
            self._give_up()
        return False

    def _take_rows(self, data: bytes) -> bool:
        try:
            return self._plain.take(data.decode())
        except UnicodeDecodeError as error:
            raise UnreadableError("FILE_DAMAGED") from error

    def _give_up(self) -> None:
        """Leave the rest to the events, which are told what the sheet began with."""
        self._events = Parsing(handlers_of(self._values, self._rows))
        self._events.feed((self._head or b"") + self._held)
        self._held = b""
