"""Encryption at rest, as a stream: frames of AES-256-GCM under a key of the file's own.

A file begins with `SLUICEB1` and 32 random bytes; with these the key of the file is made from the given one (HKDF,
SHA-256). Frames of a mebibyte follow, each with its tag. A frame's nonce is its number and whether it is the last one,
so that frames which are moved, taken out or cut off are noticed, as in STREAM (Hoang, Reyhanitabar, Rogaway, Vizár,
2015). A few mebibytes are held at a time.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from libs.backups.failures import BackupError

MAGIC = b"SLUICEB1"
SALT, FRAME, TAG, KEY = 32, 1 << 20, 16, 32


def read_key(path: str) -> bytes:
    """The key in a file: 64 hexadecimal digits, or 32 bytes. Raises BackupError."""
    try:
        raw = Path(path).read_bytes()
        key = raw if len(raw) == KEY else bytes.fromhex(raw.decode("ascii").strip())
    except (OSError, ValueError) as error:
        raise BackupError("BACKUP_KEY") from error
    if len(key) != KEY:
        raise BackupError("BACKUP_KEY")
    return key


class Sealer:
    """Encrypts what it is given, and hands it on by `write`; `close` hands on the last frame."""

    def __init__(self, write: Callable[[bytes], object], key: bytes) -> None:
        head = MAGIC + os.urandom(SALT)
        self._write = write
        self._frames = _Frames(key, head)
        self._held = bytearray()
        write(head)

    def write(self, data: bytes) -> None:
        """Take some bytes; a frame is written once it is certain that another follows."""
        self._held += data
        while len(self._held) > FRAME:
            self._write(self._frames.seal(bytes(self._held[:FRAME]), last=False))
            del self._held[:FRAME]

    def close(self) -> None:
        """Write the last frame."""
        self._write(self._frames.seal(bytes(self._held), last=True))
        self._held.clear()


def opened(file: IO[bytes], key: bytes) -> Iterator[bytes]:
    """What a file holds, in pieces. Raises BackupError where it is cut short, changed, or was made with another key."""
    head = file.read(len(MAGIC) + SALT)
    if len(head) != len(MAGIC) + SALT or not head.startswith(MAGIC):
        raise BackupError("BACKUP_DAMAGED")
    frames = _Frames(key, head)
    sealed = file.read(FRAME + TAG)
    while True:
        following = file.read(FRAME + TAG)
        yield frames.open(sealed, last=not following)
        if not following:
            return
        sealed = following


class _Frames:
    """The frames of one file, in their order."""

    def __init__(self, key: bytes, head: bytes) -> None:
        own = HKDF(SHA256(), KEY, salt=head[len(MAGIC) :], info=MAGIC).derive(key)
        self._cipher = AESGCM(own)
        self._head = head
        self._number = 0

    def seal(self, data: bytes, *, last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(last=last), data, self._head)

    def open(self, sealed: bytes, *, last: bool) -> bytes:
        try:
            return self._cipher.decrypt(self._nonce(last=last), sealed, self._head)
        except (InvalidTag, ValueError) as error:
            raise BackupError("BACKUP_DAMAGED") from error

    def _nonce(self, *, last: bool) -> bytes:
        self._number += 1
        return self._number.to_bytes(11, "big") + bytes([last])
