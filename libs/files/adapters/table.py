"""What is made of a scanner's file, as a table; and what a module of a scanner declares."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence

from libs.contracts.files.mappings import Source
from libs.files.adapters.inventory import Inventory
from libs.files.failures import UnreadableError
from libs.files.readers.format import Format
from libs.files.readers.sheet_table import BOM
from libs.files.readers.sheets import SheetStretch
from libs.files.readers.stretches import Position
from libs.files.readers.table import Table
from libs.files.sniffing.look import Look
from libs.files.streams import Stream, read_up_to

LARGEST = 64 * 1024 * 1024
"""Bytes of a file that is read as a whole."""
ROWS_AT_ONCE = 1_000

Find = Callable[[bytes, Inventory], None]
"""Reads a file's bytes and adds what it finds. Raises UnreadableError."""


def scanner(
    name: str, endings: tuple[str, ...], entities: tuple[str, ...], seems: Callable[[Look], bool], find: Find,
    largest: int = LARGEST,
) -> Format:  # fmt: skip
    """A scanner's own format."""

    def opened(stream: Stream, source: Source) -> Table:
        data = read_up_to(stream, largest + 1)
        if len(data) > largest:
            raise UnreadableError("FILE_TOO_LARGE_FOR_FORMAT", format=name, limit=largest)
        inventory = Inventory()
        find(data, inventory)
        return ScannerTable(name, inventory, source.sheet, entities)

    return Format(
        name=name, endings=endings, may_be=lambda look: bool(look.text), seems=seems, open=opened, entities=entities
    )


class ScannerTable:
    """The records of one kind that were found; by default the first kind of those that the format gives.

    A row's number is that of a CSV with a header. Findings that could not be read are rows with a fault at the end of
    the first kind's.
    """

    certain = True

    def __init__(self, name: str, inventory: Inventory, entity: str | None, entities: tuple[str, ...]) -> None:
        found = inventory.entities()
        self.sheets: Sequence[str] = [each for each in entities if each in found]
        if not self.sheets:
            raise UnreadableError("FILE_EMPTY")
        chosen = entity or self.sheets[0]
        if chosen not in self.sheets:
            raise UnreadableError("SHEET_UNKNOWN", known=", ".join(self.sheets))
        self.header, self._rows = inventory.rows(chosen)
        self._bad = inventory.bad if chosen == self.sheets[0] else 0
        self.source = Source(format=name, sheet=chosen)
        self.first = Position(0, 2)

    def read(self, start: Position) -> Iterator[SheetStretch]:
        """The rows from a place on."""
        rows = self._rows + [[]] * self._bad
        for at in range(max(start.line - 2, 0), len(rows), ROWS_AT_ONCE):
            some = rows[at : at + ROWS_AT_ONCE]
            faults = {row: "FINDING_UNREADABLE" for row, cells in enumerate(some) if not cells}
            yield SheetStretch(some, list(range(at + 2, at + 2 + len(some))), faults)

    def share(self, place: Position) -> float:
        """By rows."""
        return min((place.line - 2) / max(len(self._rows), 1), 1.0)

    def head(self) -> bytes:
        """The header as a line of CSV: rows are given back as such lines."""
        line = io.StringIO(newline="")
        csv.writer(line).writerow(self.header)
        return (BOM + line.getvalue()).encode()

    def close(self) -> None:
        """Nothing to give back."""
