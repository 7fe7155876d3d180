"""What one request brings of a file: it becomes durable part by part, and is acknowledged after that.

A part lies under a name that no other request uses. So one that was taken over and does not know it yet spoils
nothing, and what it leaves behind goes when the file goes.
"""

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from errno import EDQUOT, EFBIG, ENOSPC
from typing import TYPE_CHECKING

from msgspec import structs

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.files.content import Content, Part
from libs.files.storage import Storage
from libs.telemetry.process.crashpoints import crash_point
from libs.uploads.digests import Digests
from libs.uploads.rows import FileRows, Upload
from libs.uploads.settings import MIB

if TYPE_CHECKING:
    from hashlib import _Hash

PART_BYTES = 8 * MIB
MOST_PARTS = 10_000
SAVE_EVERY_S = 10.0
"""What has come is acknowledged this often even where it is no whole part, so that a connection which is slow, or cut
again and again, gets on; until half of the parts are used up, since these are small ones."""
FULL = (ENOSPC, EDQUOT, EFBIG)


class Receiving:
    """One request's right to a file, and what it has brought. For one thread; holds one part in memory.

    `add`, `save` and `finish` raise Refusal and psycopg.Error. With `together`, nothing is acknowledged before `save`:
    for what is not to be kept unless all of it is right.
    """

    def __init__(
        self,
        rows: FileRows,
        storage: Storage,
        digests: Digests,
        file: StoredFile,
        upload: Upload,
        *,
        limit: int,
        together: bool = False,
    ) -> None:
        self.file = file
        self.offset = file.received
        """What is acknowledged, and so durable."""
        self._rows, self._storage, self._digests = rows, storage, digests
        self._upload = upload
        self._limit, self._together = limit, together
        self._buffer = bytearray()
        self._late_at = time.monotonic() + SAVE_EVERY_S
        self._unsaid: list[Part] = []
        self._parts = file.parts
        self._digest: _Hash | None = digests.take(file.file_id, file.received)

    @property
    def now(self) -> StoredFile:
        """The file as it is acknowledged."""
        return structs.replace(self.file, received=self.offset, parts=self._parts)

    @property
    def ahead(self) -> int:
        """Where the next byte goes."""
        return self._stored + len(self._buffer)

    @property
    def _is_late(self) -> bool:
        return time.monotonic() >= self._late_at and self._parts < MOST_PARTS // 2

    @property
    def _stored(self) -> int:
        return self.offset + sum(part.size for part in self._unsaid)

    def require_room(self, size: int) -> None:
        """Refuse bytes beyond what was announced of the file, and beyond what any file may have."""
        if self.file.size is not None and self.ahead + size > self.file.size:
            raise Refusal("UPLOAD_BEYOND_LENGTH", limit=self.file.size)
        if self.ahead + size > self._limit:
            raise Refusal("FILE_TOO_LARGE", limit=self._limit)

    def add(self, data: bytes) -> None:
        """Take what comes next."""
        self.require_room(len(data))
        rest = memoryview(data)
        while rest:
            piece = rest[: PART_BYTES - len(self._buffer)]
            self._buffer += piece
            rest = rest[len(piece) :]
            if len(self._buffer) == PART_BYTES or self._is_late:
                self._store()

    def save(self) -> None:
        """Acknowledge all that has come."""
        if self._buffer:
            self._store()
        self._say()

    def drop(self) -> None:
        """Throw away what has come and is not acknowledged."""
        self._buffer.clear()
        for part in self._unsaid:
            with storing():
                self._storage.delete(part.key)
        self._unsaid.clear()
        self._digest = None

    def require_held(self) -> None:
        """Raises Refusal where another has the upload now."""
        if not self._rows.holds(self._upload):
            raise self._lost()

    def finish(self) -> StoredFile:
        """Acknowledge all that has come, and that it is the whole file."""
        self.save()
        if self.offset != (self.file.size or self.offset):
            raise Refusal("UPLOAD_INCOMPLETE", size=self.file.size)
        digest = self._digest or self._read_again()
        crash_point("upload.before_end")
        done = self._rows.complete(self._upload, self.offset, digest.digest())
        if done is None:
            raise self._lost()
        crash_point("upload.after_end")
        return done

    def rest(self) -> None:
        """Remember the digest so far for whoever goes on with the file here."""
        if self._digest is not None:
            self._digests.keep(self.file.file_id, self.offset, self._digest)

    def _store(self) -> None:
        start, upload = self._stored, self._upload
        if self._parts >= MOST_PARTS:
            raise Refusal("UPLOAD_PARTS", limit=MOST_PARTS)
        key = f"{upload.tenant_id}/{upload.file_id}/{start:014d}-{upload.token.hex}"
        with storing():
            self._storage.put(key, self._buffer)
        crash_point("upload.after_part")
        self._parts += 1
        self._unsaid.append(Part(start, len(self._buffer), hashlib.sha256(self._buffer).digest(), key))
        if self._digest is not None:
            self._digest.update(self._buffer)
        self._buffer.clear()
        self._late_at = time.monotonic() + SAVE_EVERY_S
        if not self._together:
            self._say()

    def _say(self) -> None:
        if not self._unsaid:
            return
        try:
            added = self._rows.add(self._upload, self.offset, self._unsaid, counted=self.file.size is not None)
        except Refusal:
            self.drop()
            raise
        if not added:
            self.drop()
            raise self._lost()
        crash_point("upload.after_row")
        self.offset = self._stored
        self._unsaid.clear()

    def _lost(self) -> Refusal:
        found = self._rows.file(self._upload.tenant_id, self._upload.file_id)
        return Refusal("UPLOAD_TAKEN_OVER" if found else "FILE_NOT_FOUND")

    def _read_again(self) -> "_Hash":
        """The digest of a file whose start was received elsewhere."""
        parts = self._rows.parts(self._upload.tenant_id, self._upload.file_id)
        with storing():
            return digest_of(Content(self._storage, parts))


def digest_of(content: Content) -> "_Hash":
    """The digest of all of a file."""
    digest = hashlib.sha256()
    while data := content.read(PART_BYTES):
        digest.update(data)
    return digest


@contextmanager
def storing() -> Iterator[None]:
    """Say what the storage cannot do. Raises Refusal."""
    try:
        yield
    except OSError as error:
        raise Refusal("STORAGE_FULL" if error.errno in FULL else "STORAGE_UNAVAILABLE") from error
