"""The ZIP package of a workbook: opened with suspicion, inflated within a bound, its XML without entities."""

import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any
from xml.parsers import expat

from msgspec import Struct

from libs.files.failures import UnreadableError
from libs.files.inflating import MOST_INFLATED
from libs.files.sniffing.compound import COMPOUND, stream_names
from libs.files.sniffing.zipped import open_zip

READ = 16 * 1024
"""Bytes of XML at a time. A cell of twenty bytes may name a string of 32,767 characters: these become 50 MB at most."""
MOST_OF_SMALL = 16 * 1024 * 1024
"""Bytes of the parts that are read whole: what a workbook says of itself, but for its cells and strings."""
LONGEST_TOKEN = 1024 * 1024
"""Bytes of one tag; a text comes in pieces, whatever its length."""
DEEPEST = 64

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class Handlers(Struct, frozen=True):
    """What is called while XML is parsed, with names as the file has them."""

    start: Start
    end: End
    text: Callable[[str], None] | None = None


class Package:
    """An open package. Raises UnreadableError for what is none, is encrypted, or brings macros."""

    def __init__(self, file: IO[bytes]) -> None:
        if file.read(len(COMPOUND)) == COMPOUND:
            raise UnreadableError("FILE_ENCRYPTED" if "encryptedpackage" in stream_names(file) else "FILE_DAMAGED")
        self._zip = open_zip(file)
        names = self._zip.namelist()
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise UnreadableError("FILE_MACROS")
        self._names = {name.lower(): name for name in names}

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name.lower() in self._names

    def parse(self, name: str, start: Start, end: End | None = None) -> None:
        """Parse a small part's XML to its end; the callbacks get local names. Raises UnreadableError."""
        depth = 0

        def started(tag: str, attributes: dict[str, str]) -> None:
            nonlocal depth
            depth += 1
            if depth > DEEPEST:
                raise UnreadableError("FILE_TOO_COMPLEX")
            start(tag.rpartition(":")[2], attributes)

        def ended(tag: str) -> None:
            nonlocal depth
            depth -= 1
            if end is not None:
                end(tag.rpartition(":")[2])

        for _ in self.parsing(name, Handlers(started, ended), MOST_OF_SMALL):
            pass

    def parsing(self, name: str, handlers: Handlers, most: int = MOST_INFLATED) -> Iterator[float]:
        """Parse a part's XML piece by piece; after each, yields how much of the part that was, 0 to 1."""
        parsing = Parsing(handlers)
        for data, share in self.pieces(name, most):
            parsing.feed(data)
            yield share
        parsing.finish()
        yield 1.0

    def pieces(self, name: str, most: int = MOST_INFLATED) -> Iterator[tuple[bytes, float]]:
        """A part's bytes, `READ` at a time, and with each how much of the part that was, 0 to 1."""
        inflated = 0
        try:
            entry = self._zip.getinfo(self._names[name.lower()])
            with self._zip.open(entry) as part:
                while data := part.read(READ):
                    inflated += len(data)
                    if inflated > most:
                        raise UnreadableError("FILE_SWELLS", limit=most)
                    yield data, min(inflated / max(entry.file_size, 1), 1.0)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
            raise UnreadableError("FILE_DAMAGED") from error


class Parsing:
    """XML that is parsed as it comes. Raises UnreadableError, and what the handlers raise."""

    def __init__(self, handlers: Handlers) -> None:
        self._parser = _parser(handlers)
        self._fed = 0

    def feed(self, data: bytes) -> None:
        """Parse on; a tag that goes on for too long is refused, since it is kept until it ends."""
        self._parse(data)
        self._fed += len(data)
        if self._fed - self._parser.CurrentByteIndex > LONGEST_TOKEN:
            raise UnreadableError("FILE_TOO_COMPLEX")

    def finish(self) -> None:
        """All is fed."""
        self._parse(b"", last=True)

    def _parse(self, data: bytes, *, last: bool = False) -> None:
        try:
            self._parser.Parse(data, last)
        except (expat.ExpatError, ValueError) as error:
            raise UnreadableError("FILE_DAMAGED") from error


def _parser(handlers: Handlers) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def no_doctype(*_: object) -> None:
        raise UnreadableError("FILE_DOCTYPE")

    parser.StartDoctypeDeclHandler = no_doctype
    parser.StartElementHandler = handlers.start
    parser.EndElementHandler = handlers.end
    parser.CharacterDataHandler = handlers.text
    return parser
