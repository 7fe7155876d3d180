"""From a cell's XML to its text: what a person sees in the sheet, written so that it can be read again."""

import datetime
import re

from libs.files.readers.xlsx.strings import SharedStrings

MOST_COLUMNS = 16_384
"""Columns of a sheet (XFD); a reference beyond is none."""
_EPOCH = datetime.datetime(1899, 12, 30)  # noqa: DTZ001 -- a day has no zone
_EPOCH_1904 = datetime.datetime(1904, 1, 1)  # noqa: DTZ001
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_LAST_WRONG_DAY = 60
"""Excel has a 29 February 1900; numbers below it count from a day later."""


def column_of(reference: str) -> int:
    """The index, from 0, of the column in a reference like `AB12`; -1 where there is none."""
    index = 0
    for letter in reference:
        if not "A" <= letter <= "Z":
            break
        index = index * 26 + ord(letter) - 64
        if index > MOST_COLUMNS:
            return -1
    return index - 1


class Values:
    """Turns the values of one workbook's cells into text."""

    def __init__(self, strings: SharedStrings, date_styles: frozenset[int], *, since_1904: bool) -> None:
        self._strings = strings
        self._date_styles = date_styles
        self._since_1904 = since_1904

    def text(self, kind: str, style: str, value: str) -> str:
        """The text of a cell of this type and style; an error is its own text, such as `#N/A`."""
        if kind == "s":
            found = self._strings.text(int(value)) if value.isdigit() else None
            return unescaped(found) if found else ""
        if kind == "b":
            return "TRUE" if value == "1" else "FALSE"
        if kind in ("str", "inlineStr", "e"):
            return unescaped(value)
        if kind == "d":
            return value
        if style.isdigit() and int(style) in self._date_styles:
            return self._date(value)
        return number(value)

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


def unescaped(text: str) -> str:
    """Undo Excel's `_x000D_` for characters that XML cannot hold (ECMA-376, 22.9.2.19)."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
