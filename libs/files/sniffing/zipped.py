"""What is in a ZIP file, found with suspicion: its directory is measured before it is read."""

import struct
import zipfile
from typing import IO

from libs.files.failures import UnreadableError

ZIP = b"PK\x03\x04"
MOST_ENTRIES = 10_000
MOST_DIRECTORY = 4 * 1024 * 1024
"""Bytes of the directory; each entry is a name and 46 more (APPNOTE, 4.3.12)."""
_END, _END_SIZE = b"PK\x05\x06", 22
_LOCATOR, _LOCATOR_SIZE = b"PK\x06\x07", 20
_LONGEST_COMMENT = 65_535


def open_zip(file: IO[bytes]) -> zipfile.ZipFile:
    """The archive. Raises UnreadableError where it is none, or its directory is larger than one is read."""
    try:
        if _directory_size(file) > MOST_DIRECTORY:
            raise UnreadableError("FILE_TOO_COMPLEX")
        file.seek(0)
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, struct.error) as error:
        raise UnreadableError("FILE_DAMAGED") from error
    if len(archive.infolist()) > MOST_ENTRIES:
        raise UnreadableError("FILE_TOO_COMPLEX")
    return archive


def entry_names(file: IO[bytes]) -> frozenset[str]:
    """The names of an archive's entries, in lower case. Raises UnreadableError."""
    with open_zip(file) as archive:
        return frozenset(name.lower() for name in archive.namelist())


def _directory_size(file: IO[bytes]) -> int:
    """What the archive says of its directory's size; 0 where there is no directory."""
    size = file.seek(0, 2)
    tail_size = min(size, _LONGEST_COMMENT + _END_SIZE + _LOCATOR_SIZE)
    file.seek(size - tail_size)
    tail = file.read(tail_size)
    at = tail.rfind(_END)
    if at < 0:
        return 0
    if tail[at - _LOCATOR_SIZE : at].startswith(_LOCATOR):
        (record,) = struct.unpack_from("<Q", tail, at - _LOCATOR_SIZE + 8)
        file.seek(record)
        (found,) = struct.unpack_from("<Q", file.read(48), 40)
    else:
        (found,) = struct.unpack_from("<I", tail, at + 12)
    return int(found)
