"""A compressed file as the stream of what is in it.

Going back means to inflate from the beginning again: a reader that goes on from a place in a compressed file pays for
all before it once, and finds the same bytes.
"""

import io

from libs.files.decompression import ZSTD_WINDOW, CorruptError, Decompressor, Gzip, WindowError, Zstd
from libs.files.failures import UnreadableError
from libs.files.streams import Stream

MOST_INFLATED = 20 * 1024**3
"""Bytes that may come out of a file, or of a part of one; counted while inflating, since what a header says may lie."""
PIECE = {"gzip": 16 * 1024, "zstd": 1024}
"""Compressed bytes at a time: they become 16 MiB of gzip or 32 MiB of zstd at the very most."""
_STEP = 1024 * 1024
_MAGICS = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}


def compression_of(start: bytes) -> str | None:
    """How a file is compressed, by its first four bytes at least: `gzip`, `zstd` or not at all."""
    return next((name for magic, name in _MAGICS.items() if start.startswith(magic)), None)


class Inflated:
    """The bytes in a compressed file."""

    def __init__(self, content: Stream, compression: str, most: int = MOST_INFLATED) -> None:
        self._content = content
        self._compression = compression
        self._most = most
        self._begin()

    def _begin(self) -> None:
        self._content.seek(0)
        self._decompressor: Decompressor = Gzip(self._most) if self._compression == "gzip" else Zstd(self._most)
        self._ready = io.BytesIO()
        self._inflated = self._at = 0

    @property
    def size(self) -> int:
        """An estimate, by what has come out of what has gone in."""
        return self._inflated * self._content.size // max(self._content.tell(), 1)

    def tell(self) -> int:
        """The offset of the next byte, in what is inflated."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to an offset, by inflating all before it."""
        if whence == io.SEEK_END:
            offset += self._whole_size()
        elif whence == io.SEEK_CUR:
            offset += self._at
        if offset < self._at:
            self._begin()
        while self._at < offset and self.read(min(offset - self._at, _STEP)):
            pass
        return self._at

    def _whole_size(self) -> int:
        while self.read(_STEP):
            pass
        return self._at

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end. Raises UnreadableError where the file is damaged or swells."""
        while not (piece := self._ready.read(size)):
            if not self._inflate():
                return b""
        self._at += len(piece)
        return piece

    def _inflate(self) -> bool:
        """Make bytes ready; whether there are more to come."""
        data = self._content.read(PIECE[self._compression])
        try:
            if not data:
                self._decompressor.finish()
            pieces = self._decompressor.feed(data)
        except WindowError as error:
            raise UnreadableError("FILE_ZSTD_WINDOW", limit=ZSTD_WINDOW) from error
        except CorruptError as error:
            raise UnreadableError("FILE_DAMAGED" if data else "FILE_CUT_SHORT") from error
        self._inflated += sum(map(len, pieces))
        if self._inflated > self._most:
            raise UnreadableError("FILE_SWELLS", limit=self._most)
        self._ready = io.BytesIO(b"".join(pieces))
        return bool(data)
