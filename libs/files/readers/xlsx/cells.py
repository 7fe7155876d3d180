"""From a cell's XML to its text: what a person sees in the sheet, written so that it can be read again."""

import datetime

from libs.files.readers.table import MOST_COLUMNS
from libs.files.readers.xlsx.strings import SharedStrings, unescaped

_EPOCH = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 -- a day has no zone
_EPOCH_1904 = datetime.datetime(1904, 1, 1)  # noqa: DTZ001
MOST_DATES = 10_000
"""Dates that are remembered: most columns of dates have fewer."""
_LAST_WRONG_DAY = 60
"""Excel has a 29 February 1900; numbers below it count from a day later."""


def _letters(index: int) -> str:
    return (_letters(index // 26 - 1) if index >= 26 else "") + chr(65 + index % 26)  # noqa: PLR2004 -- of the alphabet


COLUMNS = {_letters(index): index for index in range(MOST_COLUMNS)}
"""From a column's letters (`A` to `XFD`) to its index."""


class Values:
    """Turns the values of one workbook's cells into text."""

    def __init__(self, strings: SharedStrings, date_styles: frozenset[int], *, since_1904: bool) -> None:
        self.string = strings.text
        self._dates: dict[str, str] = {}
        self.date_styles = frozenset(map(str, date_styles))
        self._since_1904 = since_1904

    def date(self, value: str) -> str:
        """The date, the time, or both, that a number stands for."""
        found = self._dates.get(value)
        if found is None:
            if len(self._dates) > MOST_DATES:
                self._dates.clear()
            found = self._dates[value] = self._date(value)
        return found

    def text(self, kind: str, style: str, value: str) -> str:
        """The text of a cell of this type and style; an error is its own text, such as `#N/A`."""
        if kind == "s":
            return self.string(value)
        if kind == "n":
            return self.date(value) if style in self.date_styles else number(value)
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        return value if kind == "d" else unescaped(value)

    def _date(self, value: str) -> str:
        try:
            days = float(value)
            if self._since_1904:
                moment = _EPOCH_1904 + datetime.timedelta(days=days)
            else:
                moment = _EPOCH + datetime.timedelta(days=days + (days < _LAST_WRONG_DAY))
        except (ValueError, OverflowError):
            return value
        moment = (moment + datetime.timedelta(microseconds=500_000)).replace(microsecond=0)
        if moment.time() == datetime.time():
            return moment.date().isoformat()
        return moment.time().isoformat() if 0 <= days < 1 else moment.isoformat(" ")


def number(value: str) -> str:
    """A number without the tail of its binary form: `24.0` is `24`, `0.30000000000000004` is `0.3`."""
    if value.lstrip("-").isdigit():
        return value
    try:
        return format(float(value), ".15g") if abs(float(value)) < 1e15 else str(int(float(value)))  # noqa: PLR2004
    except (ValueError, OverflowError):
        return value
