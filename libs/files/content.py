"""A file's bytes, read part by part from the storage; a part that is not what was received is found out."""

import hashlib
import io
from bisect import bisect_right
from collections.abc import Sequence

from msgspec import Struct

from libs.files.storage import Storage


class Part(Struct, frozen=True):
    """One part of a file."""

    start: int
    size: int
    sha256: bytes
    key: str


class ContentChangedError(Exception):
    """The storage gives other bytes than it was given."""


class StorageAwayError(OSError):
    """The storage does not answer."""


class Content:
    """A stream over a file's parts. Holds one part at a time in memory; not for several threads.

    `read` raises PartMissingError, ContentChangedError, StorageAwayError.
    """

    def __init__(self, storage: Storage, parts: Sequence[Part]) -> None:
        self._storage = storage
        self._parts = parts
        self._starts = [part.start for part in parts]
        self.size = parts[-1].start + parts[-1].size if parts else 0
        self._at = 0
        self._loaded: tuple[int, bytes] = (-1, b"")

    def tell(self) -> int:
        """The offset of the next byte."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to an offset, as `io` has it; returns where that is."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        self._at = min(max(base + offset, 0), self.size)
        return self._at

    def seekable(self) -> bool:
        """Always."""
        return True

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes, from one part; none at the end."""
        if self._at >= self.size:
            return b""
        number = bisect_right(self._starts, self._at) - 1
        data = self._part(number)
        first = self._at - self._parts[number].start
        piece = data[first : first + size]
        self._at += len(piece)
        return piece

    def _part(self, number: int) -> bytes:
        if self._loaded[0] != number:
            part = self._parts[number]
            data = self._got(part.key)
            if len(data) != part.size or hashlib.sha256(data).digest() != part.sha256:
                raise ContentChangedError(part.key)
            self._loaded = (number, data)
        return self._loaded[1]

    def _got(self, key: str) -> bytes:
        try:
            return self._storage.get(key)
        except OSError as error:  # not any: whoever reads may have files of its own
            raise StorageAwayError(*error.args) from error
