"""Where an element of a list ends that is no JSON: where its brackets close, or before the next one that is a row."""

import re
from collections.abc import Callable

from libs.files.readers.json.members import DECODER, Columns, JsonError, flat
from libs.files.readers.stretches import LARGEST_RECORD

WINDOW = 2 * LARGEST_RECORD
"""Characters that are looked at before a decision."""
NEAR = 4_096
"""Most elements end within so many; the next row is then looked for within them alone."""
MOST_TRIES = 100
_NEXT = re.compile(r"(?:(\})|[,\n])\s*,?\s*(?=\{)")
_AFTER_VALUE = re.compile(r"[,{}\[\]\n]")
_RUNS = re.compile(r'"+|\\+|[{\[]+|[}\]]+')

Mend = Callable[..., tuple[int, bool]]
"""(text from here on, whether that is all there is) -> (how far to go, whether that is the end)."""


class _Brackets:
    """Counts brackets outside of strings, over pieces of text."""

    def __init__(self) -> None:
        self._depth = 0
        self._in_string = False
        self._at = 0
        """Where to go on: behind a character that a backslash has taken."""

    @property
    def fresh(self) -> bool:
        """Whether nothing has been counted yet."""
        return self._depth == 0 and not self._in_string

    def end(self, text: str, limit: int) -> int | None:
        """Behind the bracket that closes the first one; None where it does not before `limit`."""
        while (match := _RUNS.search(text, self._at, limit)) is not None:
            run, self._at = match[0], match.end()
            if run[0] == "\\":
                self._at += self._in_string and len(run) % 2
            elif run[0] == '"':
                self._in_string ^= len(run) % 2 == 1
            elif not self._in_string:
                self._depth += len(run) if run[0] in "{[" else -len(run)
                if self._depth <= 0:
                    return self._at + self._depth
        self._at = max(self._at, limit)
        return None

    def passed(self, size: int) -> None:
        """So much of the text is gone."""
        self._at = max(self._at - size, 0)


def end_of_bad(columns: Columns) -> Mend:
    """A function that finds the end of one bad element, however long it goes on."""
    brackets = _Brackets()

    def mend(text: str, *, whole: bool) -> tuple[int, bool]:
        limit = len(text) if whole else LARGEST_RECORD
        if brackets.fresh and text[0] not in "{[":
            match = _AFTER_VALUE.search(text, 1)
            return (match.start() if match else limit), match is not None or whole
        near = brackets.end(text, min(NEAR, limit))
        row = _next_row(text, limit if near is None else near, columns)
        if row is not None:
            return row, True
        end = near if near is not None else brackets.end(text, limit)
        if end is not None:
            return min(end, len(text)), True
        brackets.passed(limit)
        return limit, whole

    return mend


def _next_row(text: str, limit: int, columns: Columns) -> int | None:
    """Where the next element begins that may be a row, its separator left out."""
    for tries, match in enumerate(_NEXT.finditer(text, 1, limit)):
        if tries >= MOST_TRIES:
            return None
        if _is_row(text, match.end(), columns):
            return match.start() + len(match[1] or "")
    return None


def _is_row(text: str, at: int, columns: Columns) -> bool:
    try:
        found = flat(DECODER.raw_decode(text, at)[0])
    except (ValueError, RecursionError, ArithmeticError, JsonError):
        return False
    return not columns.names or columns.knows(found)
