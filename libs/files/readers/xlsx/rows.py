"""Where the rows of a sheet are collected, whoever finds them in its XML."""

from libs.files.failures import UnreadableError
from libs.files.readers.sheets import SheetStretch
from libs.files.readers.stretches import LARGEST_RECORD

LAST = 1_048_576
"""The number of a sheet's last row."""
LONGEST_NUMBER = 12
"""Digits that are looked at of a row's number."""


class Rows:
    """Rows from the number `first` on."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.number = 0
        """Of the row that is read; numbers ascend, whatever the file says."""
        self._taken = SheetStretch([], [], {})

    def begin(self, number: str) -> None:
        """A row begins that says it has this number; most often it is the next. Raises UnreadableError."""
        given = int(number[:LONGEST_NUMBER]) if number.isascii() and number.isdecimal() else 0
        self.number = max(self.number + 1, given)
        if self.number > LAST:
            raise UnreadableError("FILE_DAMAGED")

    def add(self, cells: list[str], *, too_long: bool) -> None:
        """The row's cells; one without any is no row."""
        found = self._taken
        if too_long or sum(map(len, cells)) > LARGEST_RECORD:
            found.faults[len(found.rows)] = "RECORD_TOO_LONG"
            cells = []
        found.rows.append(cells)
        found.numbers.append(self.number)

    def take(self) -> SheetStretch:
        """What has been collected since."""
        taken, self._taken = self._taken, SheetStretch([], [], {})
        return taken
