"""What readers read from: bytes, whether they lie in the storage, come out of a compressed file, or are on disk."""

import io
import tempfile
from typing import IO, Any, Protocol, cast

from libs.files.failures import UnreadableError

BUFFER = 256 * 1024


class Stream(Protocol):
    """Bytes that can be read from any place on. Raises what `Content` raises, and UnreadableError."""

    @property
    def size(self) -> int:
        """How many there are; an estimate where they come out of a compressed file."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to an offset; returns where that is."""

    def tell(self) -> int:
        """The offset of the next byte."""


class Cursor:
    """A place in a stream that several read from, each at its own."""

    def __init__(self, stream: Stream, offset: int = 0) -> None:
        self._stream = stream
        self._at = offset

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""
        if self._stream.tell() != self._at:
            self._stream.seek(self._at)
        data = self._stream.read(size)
        self._at += len(data)
        return data


def read_up_to(stream: Stream, size: int) -> bytes:
    """So many bytes from the beginning, or what there is."""
    pieces: list[bytes] = []
    stream.seek(0)
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


class _Raw(io.RawIOBase):
    """A stream as `io` has it."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()


def as_file(stream: Stream) -> IO[bytes]:
    """The stream as a file whose `read` gives all that was asked for, as libraries expect it."""
    stream.seek(0)
    return cast(IO[bytes], io.BufferedReader(_Raw(stream), BUFFER))


def on_disk(stream: Stream, most: int, too_large: UnreadableError) -> IO[bytes]:
    """A copy as a temporary file, which is gone once it is closed. Raises `too_large` beyond `most` bytes."""
    file: IO[bytes] = tempfile.TemporaryFile(prefix="sluice-file-")  # noqa: SIM115 -- the caller closes it
    try:
        _copy(stream, file, most, too_large)
    except BaseException:
        file.close()
        raise
    return file


def _copy(stream: Stream, file: IO[bytes], most: int, too_large: UnreadableError) -> None:
    stream.seek(0)
    while data := stream.read(BUFFER):
        file.write(data)
        if file.tell() > most:
            raise too_large
    file.flush()
    file.seek(0)
