"""Files as PostgreSQL knows them: what was announced, what has arrived, and where its parts are."""

import datetime
import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import Cursor
from psycopg.rows import DictRow, dict_row
from psycopg_pool import ConnectionPool

from libs.contracts.ids import uuid7
from libs.contracts.refusals import Refusal
from libs.database.queries import QUERIES
from libs.files.content import Content, Part
from libs.files.storage import Storage
from libs.telemetry.crashpoints import crash_point

PART_BYTES = 8 * 1024 * 1024
MOST_PARTS = 10_000
"""Parts of one file: a sender of single bytes is told to send more at once."""
UPLOAD_TTL_S = 24 * 3600
"""An upload that nobody goes on with is forgotten after so long."""
FILE_TTL_S = 30 * 24 * 3600


class Quota(Struct, frozen=True):
    """What a tenant may keep."""

    largest: int = 10 * 1024**3
    """Bytes of one file."""
    bytes: int = 50 * 1024**3
    files: int = 1_000


class StoredFile(Struct, frozen=True, kw_only=True):
    """A file; times are UTC."""

    tenant_id: uuid.UUID
    file_id: uuid.UUID
    name: str
    size: int | None
    received: int
    state: str
    sha256: bytes | None
    format: str | None
    analysis: dict[str, Any] | None
    created_by: str
    created_at: datetime.datetime
    expires_at: datetime.datetime

    @property
    def complete(self) -> bool:
        """Whether all of it is here."""
        return self.state == "complete"


class FileStore:
    """The files of tenants, one tenant at a time. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool, storage: Storage, quota: Quota) -> None:
        self._pool = pool
        self._storage = storage
        self._quota = quota

    @contextmanager
    def _as_tenant(self, tenant_id: uuid.UUID) -> Iterator[Cursor[DictRow]]:
        with (
            self._pool.connection() as connection,
            connection.transaction(),
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            cursor.execute(QUERIES["set_tenant"], {"tenant": str(tenant_id)})
            yield cursor

    def create(self, tenant_id: uuid.UUID, name: str, size: int | None, created_by: str, now_ms: int) -> StoredFile:
        """Announce a file. Raises Refusal where it is too large or the tenant has too much."""
        if size is not None and size > self._quota.largest:
            raise Refusal("FILE_TOO_LARGE", limit=self._quota.largest)
        values = {
            "tenant": tenant_id, "file": uuid7(now_ms), "name": name, "size": size, "created_by": created_by,
            "ttl_s": UPLOAD_TTL_S,
        }  # fmt: skip
        with self._as_tenant(tenant_id) as cursor:
            cursor.execute(QUERIES["lock_tenant_files"], values)
            files, used = (cursor.execute(QUERIES["file_usage"], values).fetchone() or {}).values()
            if files >= self._quota.files or used + (size or 0) > self._quota.bytes:
                raise Refusal("FILE_QUOTA", files=self._quota.files, bytes=self._quota.bytes)
            row = cursor.execute(QUERIES["create_file"], values).fetchone()
        return _file(row)

    def file(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> StoredFile | None:
        """One file."""
        with self._as_tenant(tenant_id) as cursor:
            row = cursor.execute(QUERIES["read_file"], {"tenant": tenant_id, "file": file_id}).fetchone()
        return _file(row) if row else None

    def content(self, file: StoredFile) -> Content:
        """The bytes of a file that is complete."""
        with self._as_tenant(file.tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_parts"], {"tenant": file.tenant_id, "file": file.file_id}).fetchall()
        return Content(self._storage, [msgspec.convert(row, Part) for row in rows])

    def take(self, file: StoredFile, offset: int) -> "Upload":
        """Take an upload over, at this offset. Raises Refusal where it stands at another, or is complete."""
        token = uuid.uuid4()
        values = {"tenant": file.tenant_id, "file": file.file_id, "token": token}
        with self._as_tenant(file.tenant_id) as cursor:
            row = cursor.execute(QUERIES["take_upload"], values).fetchone()
        if row is None:
            raise Refusal("UPLOAD_COMPLETE")
        if row["received"] != offset:
            raise Refusal("UPLOAD_OFFSET", headers={"Upload-Offset": str(row["received"])}, offset=row["received"])
        return Upload(self, file, token, offset, row["size"])

    def delete(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> bool:
        """Forget a file; False where there is none. Raises Refusal while a job reads it."""
        values = {"tenant": tenant_id, "file": file_id}
        with self._as_tenant(tenant_id) as cursor:
            used = cursor.execute(QUERIES["file_is_used"], values).fetchone()
            if used and used["exists"]:
                raise Refusal("FILE_IN_USE")
            parts = cursor.execute(QUERIES["read_parts"], values).fetchall()
            gone = cursor.execute(QUERIES["delete_file"], values).fetchone()
        for part in parts:
            self._storage.delete(part["key"])
        return gone is not None

    def add_part(self, upload: "Upload", data: bytes) -> None:
        """Make a part durable, then known. Raises Refusal where another request has the upload, OSError."""
        file = upload.file
        key = f"{file.tenant_id}/{file.file_id}/{upload.offset:012d}-{upload.token.hex}"
        self._storage.put(key, data)
        crash_point("upload.after_part")
        values = {
            "tenant": file.tenant_id, "file": file.file_id, "token": upload.token, "start": upload.offset,
            "size": len(data), "sha256": hashlib.sha256(data).digest(), "key": key, "ttl_s": UPLOAD_TTL_S,
        }  # fmt: skip
        with self._as_tenant(file.tenant_id) as cursor:
            added = cursor.execute(QUERIES["add_part"], values).fetchone()
        if added is None:
            self._storage.delete(key)
            raise Refusal("UPLOAD_TAKEN_OVER")
        crash_point("upload.after_offset")

    def complete(self, upload: "Upload", sha256: bytes | None) -> StoredFile | None:
        """End an upload of which everything is here; None where something is missing."""
        file = upload.file
        values = {"tenant": file.tenant_id, "file": file.file_id, "token": upload.token, "sha256": sha256}
        with self._as_tenant(file.tenant_id) as cursor:
            row = cursor.execute(QUERIES["complete_file"], values).fetchone()
        return _file(row) if row else None


class Upload:
    """One request's right to add to a file, at an offset that only it moves."""

    def __init__(self, store: FileStore, file: StoredFile, token: uuid.UUID, offset: int, size: int | None) -> None:
        self.file = file
        self.token = token
        self.offset = offset
        self._store = store
        self._size = size
        self._hash = hashlib.sha256() if offset == 0 else None

    def add(self, pieces: Iterable[bytes]) -> None:
        """Add bytes as they come; each part is durable before the next is begun.

        Raises Refusal where more comes than was announced, or another request has taken the upload; OSError.
        """
        held = bytearray()
        for piece in pieces:
            held += piece
            if self._size is not None and self.offset + len(held) > self._size:
                raise Refusal("UPLOAD_TOO_LONG", size=self._size)
            while len(held) >= PART_BYTES:
                self._store_part(bytes(held[:PART_BYTES]))
                del held[:PART_BYTES]
        if held:
            self._store_part(bytes(held))

    def _store_part(self, data: bytes) -> None:
        self._store.add_part(self, data)
        self.offset += len(data)
        if self._hash:
            self._hash.update(data)

    def complete(self) -> StoredFile | None:
        """End the upload; None where something is missing."""
        return self._store.complete(self, self._hash.digest() if self._hash else None)


def _file(row: dict[str, Any] | None) -> StoredFile:
    assert row is not None
    return msgspec.convert({name: row[name] for name in StoredFile.__struct_fields__}, StoredFile)
