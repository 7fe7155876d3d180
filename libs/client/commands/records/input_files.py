"""What a file to push holds, whatever it is compressed with; a damaged file is an error, never a short one."""

import gzip
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from libs.client.commands.options import Failure
from libs.client.lines import whole_lines
from libs.contracts.texts import said

CHUNK = 1 << 16
"""Compressed bytes at a time; they may grow a hundredfold."""

CSV = (".csv", ".tsv")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class TruncatedError(Exception):
    """The compressed data ends in the middle."""


def is_csv(name: str) -> bool:
    """Whether a file's name says that it has cells, not JSON, in its lines."""
    return name.lower().removesuffix(".gz").removesuffix(".zst").endswith(CSV)


@contextmanager
def open_lines(name: str) -> Iterator[Iterator[bytes]]:
    """The lines of the file, `-` being standard input. Opening and reading raise Failure."""
    if name == "-":
        yield _checked(name, sys.stdin.buffer)
        return
    with ExitStack() as stack:
        try:
            file = stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            raise Failure(said("FILE_UNREADABLE", path=name, reason=error.strerror)) from None
        yield _checked(name, _decompressed(name, file))


def _checked(name: str, lines: Iterable[bytes]) -> Iterator[bytes]:
    try:
        for number, line in enumerate(lines):
            yield line.removeprefix(_BYTE_ORDER_MARK) if number == 0 else line
    except (gzip.BadGzipFile, zlib.error, EOFError, TruncatedError):
        raise Failure(said("FILE_BROKEN", path=name)) from None
    except OSError as error:
        raise Failure(said("FILE_UNREADABLE", path=name, reason=error.strerror)) from None


def _decompressed(name: str, file: BinaryIO) -> Iterable[bytes]:
    if name.endswith(".gz"):
        return gzip.GzipFile(fileobj=file)
    if name.endswith(".zst"):
        return whole_lines(_zstd_chunks(file))
    return file


def _zstd_chunks(file: BinaryIO) -> Iterator[bytes]:
    """Every frame of the file. Raises TruncatedError where the library's own reader would just end."""
    try:
        import zstandard
    except ImportError:
        raise Failure(said("ZSTD_MISSING")) from None
    decompressor = zstandard.ZstdDecompressor()
    frame = None
    while data := file.read(CHUNK):
        while data:
            frame = frame or decompressor.decompressobj()
            try:
                yield frame.decompress(data)
            except zstandard.ZstdError:
                raise TruncatedError from None
            data = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
    if frame:
        raise TruncatedError
