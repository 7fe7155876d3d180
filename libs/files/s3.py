"""Parts as objects of a bucket: S3, or any store that speaks its protocol.

Keys, region and endpoint are those of the AWS tools (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`,
`AWS_ENDPOINT_URL`), or what the machine gives its processes; keys may stand in a file. An object is there as a whole
and durable once the store has answered, or not at all.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from libs.files.s3_keys import KeysFile
from libs.files.storage import PartMissingError

if TYPE_CHECKING:  # obstore has their names for type checkers alone
    from obstore.store import ClientConfig, RetryConfig

CLIENT: "ClientConfig" = {"connect_timeout": "3s", "timeout": "30s", "allow_http": True}
RETRIES: "RetryConfig" = {"max_retries": 3, "retry_timeout": timedelta(seconds=30)}
"""A request holds a thread meanwhile; whoever sent it can try again later."""


class S3Storage:
    """Parts below a prefix of a bucket. Safe to use from many threads."""

    def __init__(self, bucket: str, prefix: str, keys_file: str = "") -> None:
        keys = KeysFile(keys_file) if keys_file else None
        self._store = S3Store(
            bucket, prefix=prefix or None, client_options=CLIENT, retry_config=RETRIES, credential_provider=keys
        )

    def put(self, key: str, data: bytes | bytearray) -> None:
        """Put the object, in one request."""
        with _as_os_error():
            obstore.put(self._store, key, data, use_multipart=False)

    def get(self, key: str) -> bytes:
        """Get the object."""
        with _as_os_error():
            try:
                return obstore.get(self._store, key).bytes().to_bytes()
            except FileNotFoundError as error:
                raise PartMissingError(key) from error

    def delete(self, key: str) -> None:
        """Delete the object."""
        with _as_os_error():
            obstore.delete(self._store, key)

    def clear(self, folder: str) -> None:
        """List the objects, and delete them page by page."""
        with _as_os_error():
            for page in obstore.list(self._store, prefix=folder):
                obstore.delete(self._store, [found["path"] for found in page])


@contextmanager
def _as_os_error() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise OSError(errno.EIO, f"the object store does not do what it should: {type(error).__name__}") from error
