"""Where the bytes of files are kept. Parts are small and never change."""

import errno
import os
import shutil
import uuid
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

MARK = ".storage"


class PartMissingError(Exception):
    """The storage does not have a part that it confirmed once."""


class Storage(Protocol):
    """Keeps parts by their keys: names of letters, digits, `-`, `.` and `/`."""

    def put(self, key: str, data: bytes | bytearray) -> None:
        """Keep a part; when this returns, it is durable. The same key with the same bytes again is no harm.

        Raises OSError where the storage is away or full.
        """

    def get(self, key: str) -> bytes:
        """A part's bytes. Raises PartMissingError, OSError."""

    def delete(self, key: str) -> None:
        """Forget a part; one that is not there is no harm. Raises OSError."""

    def clear(self, folder: str) -> None:
        """Forget all parts whose keys begin with this and a `/`. Raises OSError."""


class FolderStorage:
    """Parts as files below a folder.

    A folder of its own marks the place: where that is not there, another disk is, or none, and nothing is kept, missed
    or forgotten.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._mark = root / MARK
        if not self._mark.is_dir():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._mark.mkdir(mode=0o700, exist_ok=True)

    def put(self, key: str, data: bytes | bytearray) -> None:
        """Write beside, fsync, rename, fsync the folder: a part is there whole and durable, or not at all."""
        self._require_place()
        path = self._root / key
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = path.with_name(f"{path.name}.{uuid.uuid4().hex}.tmp")
        try:
            with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        for folder in path.parents:  # any of them may be new
            _sync_folder(folder)
            if folder == self._root:
                break

    def get(self, key: str) -> bytes:
        """Read the whole file."""
        try:
            return (self._root / key).read_bytes()
        except FileNotFoundError as error:
            self._require_place()
            raise PartMissingError(key) from error

    def delete(self, key: str) -> None:
        """Remove the file. Its folder stays: somebody may be about to write there."""
        self._require_place()
        (self._root / key).unlink(missing_ok=True)

    def clear(self, folder: str) -> None:
        """Remove the folder."""
        self._require_place()
        path = self._root / folder
        if path.is_dir():
            shutil.rmtree(path)

    def _require_place(self) -> None:
        if not self._mark.is_dir():
            raise OSError(errno.ENODEV, "the folder of the storage is not there")


class NoStorage:
    """What an installation without a storage has: everything fails, and nothing is lost."""

    def put(self, key: str, data: bytes | bytearray) -> None:
        """Raises OSError."""
        raise _no_storage()

    def get(self, key: str) -> bytes:
        """Raises OSError."""
        raise _no_storage()

    def delete(self, key: str) -> None:
        """Raises OSError."""
        raise _no_storage()

    def clear(self, folder: str) -> None:
        """Raises OSError."""
        raise _no_storage()


def _no_storage() -> OSError:
    return OSError(errno.ENODEV, "SLUICE_FILES_URL is not set")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def open_storage(url: str, keys_file: str = "") -> Storage:
    """The storage at `file:///path` or `s3://bucket/prefix`; none at "". Raises ValueError for others, OSError."""
    if not url:
        return NoStorage()
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        from libs.files.s3 import S3Storage  # an image without S3 lacks what it needs

        return S3Storage(parts.netloc, parts.path.strip("/"), keys_file)
    if parts.scheme != "file" or parts.netloc or not parts.path:
        raise ValueError("SLUICE_FILES_URL is no address of a storage: file:///path or s3://bucket/prefix")
    return FolderStorage(Path(unquote(parts.path)))
