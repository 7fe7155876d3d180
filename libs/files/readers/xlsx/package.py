"""The ZIP package of a workbook: opened with suspicion, inflated within a bound, its XML without entities."""

import zipfile
from collections.abc import Callable
from typing import IO, Any
from xml.parsers import expat

from libs.files.failures import UnreadableError

MOST_ENTRIES = 10_000
MOST_INFLATED = 20 * 1024**3
"""Bytes of one part of the package once inflated; counted while inflating, since what the directory says may lie."""
READ = 256 * 1024
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a workbook with a password begins: an OLE container around the encrypted package (MS-OFFCRYPTO)."""

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]


class Package:
    """An open package. Raises UnreadableError for what is none, is encrypted, or brings macros."""

    def __init__(self, file: IO[bytes]) -> None:
        if file.read(len(_OLE)) == _OLE:
            raise UnreadableError("FILE_ENCRYPTED")
        file.seek(0)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
            raise UnreadableError("FILE_DAMAGED") from error
        names = self._zip.namelist()
        if len(names) > MOST_ENTRIES:
            raise UnreadableError("FILE_TOO_COMPLEX")
        if any(name.lower().endswith("vbaproject.bin") for name in names):
            raise UnreadableError("FILE_MACROS")
        self._names = {name.lower(): name for name in names}

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        return name.lower() in self._names

    def parse(self, name: str, start: Start, end: End | None = None, text: Callable[[str], None] | None = None) -> None:
        """Parse a part's XML to its end; the callbacks get local names. Raises UnreadableError, and what they raise."""
        for _ in self.parsing(name, start, end, text):
            pass

    def parsing(
        self, name: str, start: Start, end: End | None = None, text: Callable[[str], None] | None = None
    ) -> Any:
        """The same, piece by piece: yields after each, so that what was found can be taken."""
        parser = _parser(start, end, text)
        inflated = 0
        try:
            with self._zip.open(self._names[name.lower()]) as part:
                while data := part.read(READ):
                    inflated += len(data)
                    if inflated > MOST_INFLATED:
                        raise UnreadableError("FILE_SWELLS", limit=MOST_INFLATED)
                    parser.Parse(data, False)
                    yield
                parser.Parse(b"", True)
        except KeyError as error:
            raise UnreadableError("FILE_DAMAGED") from error
        except (zipfile.BadZipFile, expat.ExpatError, EOFError, RuntimeError, NotImplementedError, ValueError) as error:
            raise UnreadableError("FILE_DAMAGED") from error
        yield


def _parser(start: Start, end: End | None, text: Callable[[str], None] | None) -> Any:
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def no_doctype(*_: object) -> None:
        raise UnreadableError("FILE_DOCTYPE")

    parser.StartDoctypeDeclHandler = no_doctype
    parser.StartElementHandler = lambda name, attributes: start(name.rpartition(":")[2], attributes)
    if end:
        parser.EndElementHandler = lambda name: end(name.rpartition(":")[2])
    parser.CharacterDataHandler = text
    return parser
