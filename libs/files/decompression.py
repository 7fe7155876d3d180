"""Decompresses a stream piece by piece, so that a small one cannot become a huge one unnoticed."""

import sys
import zlib
from typing import Protocol

import zstandard

GZIP = 31
"""zlib's window bits for the gzip format."""
STEP = 256 * 1024
PART = 16 * 1024
"""What is compressed is fed in parts of so many bytes, each of which can become a large one."""
ZSTD_PIECE = 1024
"""Bytes given to zstd at once: its blocks hold 128 KiB at most, so a piece yields 32 MiB at the very most."""
ZSTD_WINDOW = 2**23
"""What a decoder of HTTP must have room for, and a coder may ask for at most (RFC 9659)."""
ZSTD_HEADER = 18
"""Bytes of a frame that say what window it needs, at most (RFC 8878, 3.1.1.1)."""


class CorruptError(Exception):
    """The data is not of the format, or ends too early."""


class WindowError(CorruptError):
    """A zstd frame needs a larger window than `ZSTD_WINDOW`."""


class Decompressor(Protocol):
    """Decompresses a stream; `feed` may return more by being called with b""."""

    part: int
    """Bytes to feed at once, at most, by whoever counts what comes of them."""

    def feed(self, data: bytes) -> list[bytes]:
        """Output for some input. Raises CorruptError, WindowError."""

    def finish(self) -> None:
        """Raises CorruptError where the stream has not ended."""


class Identity:
    """No compression."""

    part = sys.maxsize

    def feed(self, data: bytes) -> list[bytes]:
        """The input."""
        return [data]

    def finish(self) -> None:
        """Nothing to check."""


class Gzip:
    """gzip, members one after another included (RFC 1952)."""

    part = PART

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._stream = zlib.decompressobj(GZIP)

    def feed(self, data: bytes) -> list[bytes]:
        """Output for some input; stops soon after the limit."""
        pieces: list[bytes] = []
        size = 0
        try:
            while data and size <= self._limit:
                if self._stream.eof:
                    self._stream = zlib.decompressobj(GZIP)
                piece = self._stream.decompress(data, STEP)
                pieces.append(piece)
                size += len(piece)
                data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
        except zlib.error as error:
            raise CorruptError from error
        return pieces

    def finish(self) -> None:
        """Raises CorruptError where the last member is cut off."""
        if not self._stream.eof:
            raise CorruptError


class Zstd:
    """zstd, frames one after another included (RFC 8878)."""

    part = PART

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._context = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW)
        self._begin()

    def _begin(self) -> None:
        self._frame, self._header = self._context.decompressobj(), b""

    def feed(self, data: bytes) -> list[bytes]:
        """Output for some input; stops soon after the limit."""
        pieces: list[bytes] = []
        size = 0
        try:
            for start in range(0, len(data), ZSTD_PIECE):
                rest = data[start : start + ZSTD_PIECE]
                while rest and size <= self._limit:
                    if self._frame.eof:
                        self._begin()
                    self._header += rest[: ZSTD_HEADER - len(self._header)]
                    piece = self._frame.decompress(rest)
                    pieces.append(piece)
                    size += len(piece)
                    rest = self._frame.unused_data if self._frame.eof else b""
        except zstandard.ZstdError as error:
            raise self._fault() from error
        return pieces

    def _fault(self) -> CorruptError:
        """What is wrong with the frame that cannot be decompressed; its header says what window it needs."""
        try:
            window = zstandard.get_frame_parameters(self._header).window_size
        except zstandard.ZstdError:
            return CorruptError()
        return WindowError() if window > ZSTD_WINDOW else CorruptError()

    def finish(self) -> None:
        """Raises CorruptError where the last frame is cut off."""
        if not self._frame.eof:
            raise CorruptError


def decompressor(encoding: str, limit: int) -> Decompressor | None:
    """The decompressor of a Content-Encoding, or None where there is none."""
    match encoding:
        case "" | "identity":
            return Identity()
        case "gzip" | "x-gzip":
            return Gzip(limit)
        case "zstd":
            return Zstd(limit)
        case _:
            return None
