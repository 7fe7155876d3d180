"""Keys that tokens are verified with: a shared secret, or an issuer's public keys from a file."""

import contextlib
import threading
from pathlib import Path
from typing import Protocol

import jwt
import structlog
from jwt.algorithms import HMACAlgorithm

from libs.contracts.texts import said
from libs.identity.public_keys import LARGEST_SET, KeySet, PublicKey, read_key_set

log = structlog.get_logger()

SHORTEST_SECRET = 32


class Keys(Protocol):
    """Finds the key that a token names."""

    def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The public key, or None. Raises Refusal where that cannot be known now."""


class FileKeys:
    """Public keys from a JWKS file, which is read again when it changes; while it is no good, the keys before it count.

    Raises ValueError, OSError where there never was a good one.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        self._version = _version(self._path)
        self._keys = self._read()
        self._reading = threading.Lock()

    def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of that id; without an id, the only key there is."""
        if self._reading.acquire(blocking=False):  # whoever comes meanwhile takes the keys that are there
            try:
                self._read_again()
            finally:
                self._reading.release()
        return self._keys.find(kid, algorithm)

    def _read_again(self) -> None:
        # Looked at before the file is read: what is written afterwards is another version.
        version = _version(self._path)
        if version == self._version:
            return
        self._version = version
        try:
            self._keys = self._read()
        except (OSError, ValueError) as error:
            log.warning("jwks_file_is_no_good", exc_info=error)
        else:
            log.info("jwks_file_read_again")

    def _read(self) -> KeySet:
        with self._path.open("rb") as file:
            raw = file.read(LARGEST_SET)
        with contextlib.suppress(ValueError):
            if keys := read_key_set(raw):
                return keys
        raise ValueError(said("JWKS_FILE"))


def _version(path: Path) -> tuple[int, ...] | None:
    """What changes when a file is written, replaced, or given other rights; None while there is none."""
    try:
        seen = path.stat()
    except OSError:
        return None
    return seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino, seen.st_size


def read_secret(path: str) -> bytes:
    """The shared secret in a file. Raises ValueError where it is none, OSError."""
    secret = Path(path).read_bytes()
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(said("SECRET_SHORT", least=SHORTEST_SECRET))
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except jwt.InvalidKeyError as error:
        raise ValueError(said("SECRET_IS_A_KEY")) from error
    return secret
