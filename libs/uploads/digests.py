"""What a process has hashed of files that come in several requests, so that nothing is read again to go on."""

import hashlib
import threading
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import _Hash

MOST = 1_000


class Digests:
    """The digests of the newest uploads of a process, by file and offset."""

    def __init__(self) -> None:
        self._known: dict[uuid.UUID, tuple[int, _Hash]] = {}
        self._lock = threading.Lock()

    def take(self, file_id: uuid.UUID, offset: int) -> "_Hash | None":
        """The digest of a file's bytes before this offset; None where this process has not seen them all."""
        if offset == 0:
            return hashlib.sha256()
        with self._lock:
            known = self._known.pop(file_id, None)
        return known[1] if known and known[0] == offset else None

    def keep(self, file_id: uuid.UUID, offset: int, digest: "_Hash") -> None:
        """Keep one for later."""
        with self._lock:
            self._known[file_id] = (offset, digest)
            if len(self._known) > MOST:
                del self._known[next(iter(self._known))]
