"""A workbook's shared strings, on disk: memory does not grow with them but for eight bytes each."""

import tempfile
from array import array
from functools import lru_cache
from typing import IO

from libs.files.readers.xlsx.package import Package

CACHED = 16_384
LONGEST = 32_767
"""Characters that a cell may hold; a longer string is cut there, as Excel would have."""


class SharedStrings:
    """Strings by their index. Close it, to give the temporary file back."""

    def __init__(self, package: Package, part: str) -> None:
        self._file: IO[bytes] = tempfile.TemporaryFile(prefix="sluice-strings-")  # noqa: SIM115 -- see close()
        self._offsets = array("Q", [0])
        self.text = lru_cache(maxsize=CACHED)(self._read)
        if package.has(part):
            self._store(package, part)
        self._file.flush()

    def close(self) -> None:
        """Forget the strings."""
        self._file.close()

    def _store(self, package: Package, part: str) -> None:
        pieces: list[str] = []
        taking = phonetic = False

        def start(name: str, _: dict[str, str]) -> None:
            nonlocal taking, phonetic
            phonetic = phonetic or name == "rPh"
            taking = name == "t" and not phonetic

        def end(name: str) -> None:
            nonlocal taking, phonetic
            taking = False
            if name == "rPh":
                phonetic = False
            elif name == "si":
                self._add("".join(pieces))
                pieces.clear()

        package.parse(part, start, end, lambda text: pieces.append(text) if taking else None)

    def _add(self, text: str) -> None:
        data = text[:LONGEST].encode("utf-8", "replace")
        self._file.write(data)
        self._offsets.append(self._offsets[-1] + len(data))

    def _read(self, index: int) -> str | None:
        """The string, None where there is none of that index."""
        if not 0 <= index < len(self._offsets) - 1:
            return None
        self._file.seek(self._offsets[index])
        return self._file.read(self._offsets[index + 1] - self._offsets[index]).decode()
