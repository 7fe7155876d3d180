"""A workbook's shared strings, on disk: memory grows by half a byte a string."""

import re
import struct
import tempfile
from array import array
from collections.abc import Callable, Iterator
from typing import IO

from libs.files.failures import UnreadableError
from libs.files.readers.xlsx.package import DEEPEST, Handlers, Package

CACHED = 4_096
LONGEST = 32_767
"""Characters that a cell may hold; one character more is kept of a longer string, so that it is seen to be too long."""
GROUP = 16
"""Strings that are found by one offset, one behind the other."""
MOST_STRINGS = 2**28
LONGEST_INDEX = 12
_ESCAPED = re.compile(r"_x(?![dD][89A-Fa-f])([0-9A-Fa-f]{4})_")
_SIZE = struct.Struct("<I")


class SharedStrings:
    """Strings by their index. Close it, to give the temporary file back."""

    def __init__(self, package: Package, part: str | None) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="sluice-strings-")  # noqa: SIM115 -- see close()
        self._groups = array("Q", [0])
        self._count = self._end = 0
        self._cache: dict[str, str] = {}
        self._older: dict[str, str] = {}
        try:
            if part is not None and package.has(part):
                self._store(package, part)
            self._file.flush()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Forget the strings."""
        self._file.close()

    def text(self, index: str) -> str:
        """The string of an index as the sheet writes it; empty where there is none."""
        found = self._cache.get(index)
        return self._find(index) if found is None else found

    def _store(self, package: Package, part: str) -> None:
        for _ in package.parsing(part, _handlers(self._add)):
            pass

    def _add(self, text: str) -> None:
        data = text.encode("utf-8", "replace")
        self._file.write(_SIZE.pack(len(data)) + data)
        self._end += _SIZE.size + len(data)
        self._count += 1
        if self._count % GROUP == 0:
            self._groups.append(self._end)
        if self._count > MOST_STRINGS:
            raise UnreadableError("FILE_TOO_COMPLEX")

    def _find(self, written: str) -> str:
        is_number = written.isascii() and written.isdecimal() and len(written) <= LONGEST_INDEX
        index = int(written) if is_number else self._count
        if index >= self._count:
            return ""
        if len(self._cache) > CACHED:  # what is in use comes back from the older ones, the rest is forgotten
            self._cache, self._older = {}, self._cache
        if written in self._older:
            self._cache[written] = self._older[written]
        else:
            self._load(index - index % GROUP)
        return self._cache[str(index)]

    def _load(self, first: int) -> None:
        """Read the group of a string into the cache: what stands together is mostly used together."""
        for index, text in enumerate(self._group(first // GROUP), first):
            self._cache[str(index)] = text

    def _group(self, number: int) -> Iterator[str]:
        start = self._groups[number]
        end = self._groups[number + 1] if number + 1 < len(self._groups) else self._end
        self._file.seek(start)
        data, at = self._file.read(end - start), 0
        while at < len(data):
            (size,) = _SIZE.unpack_from(data, at)
            at += _SIZE.size + size
            yield unescaped(data[at - size : at].decode())


def _handlers(add: Callable[[str], None]) -> Handlers:
    """Takes the text of each string, of all its runs; how it is pronounced is left out."""
    found, depth, taking, phonetic = "", 0, False, False

    def start(name: str, _: dict[str, str]) -> None:
        nonlocal depth, taking, phonetic
        depth += 1
        if depth > DEEPEST:
            raise UnreadableError("FILE_TOO_COMPLEX")
        tag = name.rpartition(":")[2]
        phonetic = phonetic or tag == "rPh"
        taking = tag == "t" and not phonetic

    def end(name: str) -> None:
        nonlocal found, depth, taking, phonetic
        depth -= 1
        taking = False
        tag = name.rpartition(":")[2]
        if tag == "si":
            add(found)
            found = ""
        elif tag == "rPh":
            phonetic = False

    def text(data: str) -> None:
        nonlocal found
        if taking and len(found) <= LONGEST:
            found += data

    return Handlers(start, end, text)


def unescaped(text: str) -> str:
    """Undo Excel's `_x000D_` for characters that XML cannot hold (ECMA-376, 22.9.2.19); half of one stays as it is."""
    return _ESCAPED.sub(lambda match: chr(int(match[1], 16)), text) if "_x" in text else text
