"""Where the bytes of files are kept: a folder, or an object store that speaks S3. Parts are small and never change.

`SLUICE_FILES_URL`: `file:///var/lib/sluice/files`, or `s3://bucket/prefix` with the usual AWS_ variables.
"""

import os
import uuid
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit


class PartMissingError(Exception):
    """The storage does not have a part that it confirmed once."""


class Storage(Protocol):
    """Keeps parts by their keys: names of letters, digits, `-`, `.` and `/`."""

    def put(self, key: str, data: bytes) -> None:
        """Keep a part; when this returns, it is durable. The same key with the same bytes again is no harm.

        Raises OSError where the storage is away or full.
        """

    def get(self, key: str) -> bytes:
        """A part's bytes. Raises PartMissingError, OSError."""

    def delete(self, key: str) -> None:
        """Forget a part; one that is not there is no harm. Raises OSError."""


class FolderStorage:
    """Parts as files below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, key: str, data: bytes) -> None:
        """Write beside, fsync, rename, fsync the folder: a part is there whole and durable, or not at all."""
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
        for folder in (path.parent, path.parent.parent):
            _sync_folder(folder)

    def get(self, key: str) -> bytes:
        """Read the whole file."""
        try:
            return (self._root / key).read_bytes()
        except FileNotFoundError as error:
            raise PartMissingError(key) from error

    def delete(self, key: str) -> None:
        """Remove the file, and its folder where it was the last."""
        path = self._root / key
        path.unlink(missing_ok=True)
        with suppress(OSError):  # not empty
            path.parent.rmdir()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class BucketStorage:
    """Parts as objects of a bucket, through obstore."""

    def __init__(self, url: str) -> None:
        from obstore.store import from_url  # an image without object storage lacks it

        self._store = from_url(url, client_options={"timeout": "60s", "connect_timeout": "5s", "allow_http": True})

    def put(self, key: str, data: bytes) -> None:
        """Put the object; S3 confirms what is durable."""
        import obstore

        with _as_os_error():
            obstore.put(self._store, key, data, use_multipart=False)

    def get(self, key: str) -> bytes:
        """Get the object."""
        import obstore

        with _as_os_error(key):
            return bytes(obstore.get(self._store, key).bytes())

    def delete(self, key: str) -> None:
        """Delete the object."""
        import obstore

        with suppress(PartMissingError), _as_os_error(key):
            obstore.delete(self._store, key)


class _as_os_error:  # noqa: N801 -- reads as a statement
    """Obstore's errors as the protocol names them."""

    def __init__(self, key: str = "") -> None:
        self._key = key

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, FileNotFoundError):
            raise PartMissingError(self._key) from error
        if isinstance(error, Exception) and type(error).__module__.startswith("obstore"):
            raise OSError("the object store does not answer") from error


def open_storage(url: str) -> Storage:
    """The storage of an address. Raises ValueError where it is none, OSError."""
    parts = urlsplit(url)
    match parts.scheme:
        case "file" if not parts.netloc and parts.path:
            return FolderStorage(Path(unquote(parts.path)))
        case "s3" if parts.netloc:
            return BucketStorage(url)
        case _:
            raise ValueError("SLUICE_FILES_URL is no address of a storage: file:///path or s3://bucket/prefix")
