"""What is in a compound file (MS-CFB): the container of xls, and of a workbook with a password."""

import struct
from collections.abc import Callable
from typing import IO

from libs.files.failures import UnreadableError

COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
MOST_SECTORS = 4_096
"""Sectors of the directory that are looked at; each has 4 or 32 names."""
_ENTRY = 128
_HEADER_NUMBERS = 109
"""Sectors of the allocation table that the header names itself."""


def stream_names(file: IO[bytes]) -> frozenset[str]:
    """The names of its storages and streams, in lower case. Raises UnreadableError where it is damaged."""
    try:
        return frozenset(filter(None, map(_name, _entries(file))))
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise UnreadableError("FILE_DAMAGED") from error


def _name(entry: bytes) -> str:
    """MS-CFB, 2.6.1: UTF-16, and behind it its size with the NUL that ends it."""
    (size,) = struct.unpack_from("<H", entry, 64)
    return entry[: max(min(size, 64) - 2, 0)].decode("utf-16-le").lower()


def _entries(file: IO[bytes]) -> list[bytes]:
    file.seek(0)
    header = file.read(512)
    shift, first = struct.unpack_from("<H", header, 30)[0], struct.unpack_from("<I", header, 48)[0]
    if shift not in (9, 12):
        raise UnreadableError("FILE_DAMAGED")
    size = 1 << shift
    table = _allocation(file, header, size)
    entries: list[bytes] = []
    sector, seen = first, 0
    while sector < 0xFFFFFFFA and seen < MOST_SECTORS:  # noqa: PLR2004 -- what is above ends a chain
        data = _sector(file, sector, size)
        entries += [data[at : at + _ENTRY] for at in range(0, len(data), _ENTRY)]
        sector, seen = table(sector), seen + 1
    return entries


def _allocation(file: IO[bytes], header: bytes, size: int) -> Callable[[int], int]:
    numbers = struct.unpack_from(f"<{_HEADER_NUMBERS}I", header, 76)
    each = size // 4

    def after(sector: int) -> int:
        """The sector that follows; none where the table goes on beyond what the header names."""
        if sector // each >= len(numbers):
            return 0xFFFFFFFE
        return int(struct.unpack_from("<I", _sector(file, numbers[sector // each], size), sector % each * 4)[0])

    return after


def _sector(file: IO[bytes], number: int, size: int) -> bytes:
    file.seek((number + 1) * size)
    return file.read(size)
