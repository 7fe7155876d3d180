"""Cuts a stream of bytes into lines, in bounded memory whatever comes.

A line ends with LF, CR LF or CR; files that mix them are read like any other.
"""

import re
from collections.abc import Iterator
from typing import Protocol

from msgspec import Struct

from libs.files.readers.stretches import LARGEST_RECORD

BLOCK = 1024 * 1024
_WIDE_LINE = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")


class Source(Protocol):
    """Where bytes come from."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` bytes; none at the end."""


class Lines(Struct, frozen=True):
    """Some lines with their ends; the last may lack its own where the file ends."""

    lines: list[bytes]
    last: bool = False
    """Whether the file ends here."""
    skipped: int = 0
    """Where a single line was too long: its size; `lines` then holds an empty one in its place."""


def blocks_of_lines(source: Source, encoding: str, *, block: int = BLOCK) -> Iterator[Lines]:
    """All lines of a stream, about `block` bytes at a time; a line of more than `LARGEST_RECORD` bytes comes alone."""
    rest = b""
    while True:
        data = source.read(block)
        buffer = rest + data
        if not data:
            yield Lines(split_lines(buffer, encoding), last=True)
            return
        whole = _end_of_lines(buffer, encoding)
        if whole:
            yield Lines(split_lines(buffer[:whole], encoding))
            rest = buffer[whole:]
        elif len(buffer) > LARGEST_RECORD:
            size, rest = _skip(source, buffer, encoding, block)
            yield Lines([b""], skipped=size)
        else:
            rest = buffer


def split_lines(data: bytes, encoding: str) -> list[bytes]:
    """The lines of some whole lines, with their ends."""
    if not is_wide(encoding):
        return data.splitlines(
            keepends=True
        )  # of bytes: at CR and LF alone, as encodings of one byte and UTF-8 have them
    whole = len(data) // 2 * 2
    text = data[:whole].decode(encoding, "surrogatepass")
    lines = [line.encode(encoding, "surrogatepass") for line in _WIDE_LINE.findall(text)]
    if whole < len(data):  # half a character, where the file was cut: it belongs to the last line
        unended = [lines.pop()] if lines and not text.endswith(("\r", "\n")) else []
        lines.append(b"".join([*unended, data[whole:]]))
    return lines


def is_wide(encoding: str) -> bool:
    """Whether each character takes two bytes at least (UTF-16)."""
    return encoding.startswith("utf-16")


def _end_of_lines(data: bytes, encoding: str) -> int:
    """The size of the whole lines at the beginning of some bytes."""
    if is_wide(encoding):
        return _end_of_wide_lines(data, encoding)
    if at := data.rfind(b"\n") + 1:
        return at
    # A CR that comes last may be the first half of a CR LF.
    return data.rfind(b"\r", 0, -1) + 1


def _end_of_wide_lines(data: bytes, encoding: str) -> int:
    for end in ("\n", "\r"):
        mark, limit = end.encode(encoding), len(data) - (0 if end == "\n" else 2)
        at = data.rfind(mark, 0, limit)
        while at >= 0 and at % 2:  # the second half of one character and the first of another
            at = data.rfind(mark, 0, at + 1)
        if at >= 0:
            return at + 2
    return 0


def _skip(source: Source, buffer: bytes, encoding: str, block: int) -> tuple[int, bytes]:
    """Read on to the end of a line that is too long; returns its size and what came after it."""
    mark = "\n".encode(encoding if is_wide(encoding) else "ascii")
    size, tail = 0, buffer
    while True:
        at = tail.find(mark)
        while at >= 0 and is_wide(encoding) and (size + at) % 2:
            at = tail.find(mark, at + 1)
        if at >= 0:
            return size + at + len(mark), tail[at + len(mark) :]
        keep = len(mark) - 1
        size += len(tail) - keep
        data = source.read(block)
        if not data:
            return size + keep, b""
        tail = tail[len(tail) - keep :] + data
