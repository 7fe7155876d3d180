"""The objects of a JSON list, or of JSON values one after another, each with the bytes it came from.

What is decided about an object depends on the file from its beginning on, never on where the file was cut while it was
read: before one is taken to be bad, so much of the file is looked at that no more would change that.
"""

import codecs
import re
from collections.abc import Iterator
from typing import Any, Literal

from msgspec import Struct

from libs.files.failures import UnreadableError
from libs.files.readers.json.members import DECODER, Columns, JsonError, flat
from libs.files.readers.json.mending import WINDOW, end_of_bad
from libs.files.readers.lines import Source
from libs.files.readers.stretches import LARGEST_RECORD, Position

_BETWEEN = re.compile(r"[\s,]*")


class Element(Struct, frozen=True):
    """One value of a list."""

    start: Position
    end: Position
    raw: bytes
    """Its bytes; nothing where it was too long to be kept."""
    cells: dict[str, str]
    fault: str | None = None


Kind = Literal["list", "envelope", "values"]
"""What the objects stand in: a list, a list within an object, or nothing."""


class Elements:
    """Reads the values of a stream that stands at `start`; of a list, somewhere within its brackets.

    What comes after the list of an envelope is not read. The columns, as far as they are known, tell the row behind a
    bad element from what is within it.
    """

    def __init__(
        self, source: Source, start: Position, columns: Columns, kind: Kind, *, block: int = 1024 * 1024
    ) -> None:
        self._source = source
        self._block = block
        self._place = start
        self._columns = columns
        self._kind = kind
        self._in_list = kind != "values"
        self._decode = codecs.getincrementaldecoder("utf-8")("surrogateescape").decode
        self._text = ""
        self._at = 0
        self._whole = False

    def __iter__(self) -> Iterator[Element]:
        """Each element. Raises UnreadableError in the end, where the list is not closed."""
        while self._skip_between():
            yield self._next()
        if self._in_list:
            raise UnreadableError("FILE_CUT_SHORT")

    def _skip_between(self) -> bool:
        """Go to the next element; whether there is one. A list may be followed by another."""
        while True:
            match = _BETWEEN.match(self._text, self._at)
            assert match is not None
            self._advance(match.end())
            mark = self._text[self._at : self._at + 1]
            if (mark == "]" and self._in_list) or (mark == "[" and self._kind == "list" and not self._in_list):
                self._in_list = mark == "["
                self._advance(self._at + 1)
                if self._kind == "envelope":
                    return False
            elif mark:
                self._in_list = self._kind != "values"  # as whoever goes on reading behind this element has it
                return True
            elif not self._fill(1):
                return False

    def _advance(self, to: int) -> bytes:
        """Go on to a place in the text; returns the bytes that are passed."""
        passed = self._text[self._at : to]
        raw = passed.encode("utf-8", "surrogateescape")
        self._place = Position(self._place.offset + len(raw), self._place.line + passed.count("\n"))
        self._at = to
        return raw

    def _fill(self, size: int) -> bool:
        """Have so much text from here on, if there is; whether any came."""
        pieces = [self._text[self._at :]]
        length, came = len(pieces[0]), False
        while length < size and not self._whole:
            data = self._source.read(self._block)
            self._whole = not data
            pieces.append(self._decode(data, self._whole))
            length += len(pieces[-1])
            came = came or bool(pieces[-1])
        self._text, self._at = "".join(pieces), 0
        return came

    def _next(self) -> Element:
        start = self._place
        found = self._decoded(self._text, self._at)
        if found is None or found[1] - self._at > LARGEST_RECORD or found[1] == len(self._text):
            self._fill(WINDOW)
            window = self._text[:WINDOW]
            found = self._decoded(window, 0)
            if found is None:
                return self._bad(start)
        value, end = found
        raw = self._advance(end)
        if len(raw) > LARGEST_RECORD:
            return Element(start, self._place, b"", {}, "RECORD_TOO_LONG")
        return _element(start, self._place, raw, value)

    def _decoded(self, text: str, at: int) -> tuple[Any, int] | None:
        """A value and where it ends; an error in place of the value where it is whole and yet no row."""
        try:
            return DECODER.raw_decode(text, at)
        except (ValueError, RecursionError, ArithmeticError, JsonError):
            return None

    def _bad(self, start: Position) -> Element:
        """Pass an element that cannot be decoded, as far as the next one that can."""
        raw, too_long, mending = b"", False, end_of_bad(self._columns)
        while True:
            step, found = mending(self._text[:WINDOW], whole=self._whole and len(self._text) <= WINDOW)
            raw = raw + self._advance(step) if not too_long else self._advance(step)
            if found:
                break
            raw, too_long = b"", True
            self._fill(WINDOW)
        if too_long or len(raw) > LARGEST_RECORD:
            return Element(start, self._place, b"", {}, "RECORD_TOO_LONG")
        return Element(start, self._place, raw, {}, _fault(raw))


def _element(start: Position, end: Position, raw: bytes, value: Any) -> Element:
    try:
        raw.decode()
        return Element(start, end, raw, flat(value))
    except UnicodeError:  # bytes that are no text, or half of a character deep within
        return Element(start, end, raw, {}, "ENCODING")
    except JsonError as error:
        return Element(start, end, raw, {}, error.code)


def _fault(raw: bytes) -> str:
    """What is wrong with the bytes of an element."""
    try:
        DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        return "ENCODING"
    except JsonError as error:
        return error.code
    except (ValueError, RecursionError, ArithmeticError):
        pass
    return "JSON_MALFORMED"
