"""Files as PostgreSQL knows them: one tenant at a time, under row level security."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct
from psycopg import Cursor
from psycopg.rows import DictRow
from psycopg.types.json import Jsonb
from psycopg_pool import ConnectionPool

from libs.contracts.files.file import StoredFile
from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.database.audit.trail import append_at_once
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant
from libs.files.content import Part
from libs.uploads.settings import FileSettings


class NewFile(Struct, frozen=True, kw_only=True):
    """A file that somebody is going to bring; its name has been looked at."""

    tenant_id: uuid.UUID
    file_id: uuid.UUID
    name: str
    size: int | None
    created_by: str
    metadata: str = ""


class Upload(Struct, frozen=True):
    """The right to add to a file, until somebody else takes it."""

    tenant_id: uuid.UUID
    file_id: uuid.UUID
    token: uuid.UUID


class After(Struct, frozen=True):
    """The place of a file among its tenant's, newest first."""

    created_at: datetime.datetime
    file_id: uuid.UUID


NEWEST = After(datetime.datetime.max.replace(tzinfo=datetime.UTC), uuid.UUID(int=(1 << 128) - 1))


class FileRows:
    """Reads and writes the rows of files. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool, settings: FileSettings) -> None:
        self._pool = pool
        self._settings = settings

    def create(self, new: NewFile, token: uuid.UUID, audit: AuditEntry | None = None) -> StoredFile:
        """Make room for a file, with the entry of who brings it.

        Raises Refusal where the tenant has as much as it may.
        """
        values = {
            "tenant": new.tenant_id, "file": new.file_id, "name": new.name, "size": new.size, "token": token,
            "created_by": new.created_by, "metadata": new.metadata, "keep_s": self._settings.upload_s,
        }  # fmt: skip
        with as_tenant(self._pool, new.tenant_id) as cursor:
            self._require_room(cursor, new.tenant_id, files=1, size=new.size or 0)
            row = cursor.execute(QUERIES["new_file"], values).fetchone()
            if audit:
                append_at_once(cursor.connection, audit)
        assert row is not None
        return file_of(row)

    def file(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> StoredFile | None:
        """One file."""
        with as_tenant(self._pool, tenant_id) as cursor:
            row = cursor.execute(QUERIES["read_file"], {"tenant": tenant_id, "file": file_id}).fetchone()
        return file_of(row) if row else None

    def some(self, tenant_id: uuid.UUID, files: Sequence[uuid.UUID]) -> dict[uuid.UUID, StoredFile]:
        """Those of these files that are there, by their ids."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_files"], {"tenant": tenant_id, "files": list(files)}).fetchall()
        return {row["file_id"]: file_of(row) for row in rows}

    def resting(self, like: NewFile) -> StoredFile | None:
        """The newest upload that the same person has begun and not ended of a file like this."""
        values = {
            "tenant": like.tenant_id, "name": like.name, "size": like.size, "created_by": like.created_by,
            "metadata": like.metadata,
        }  # fmt: skip
        with as_tenant(self._pool, like.tenant_id) as cursor:
            row = cursor.execute(QUERIES["resting_upload"], values).fetchone()
        return file_of(row) if row else None

    def files(self, tenant_id: uuid.UUID, after: After | None, limit: int) -> list[StoredFile]:
        """The newest files after that one, `limit` unless there are no more."""
        start = after or NEWEST
        values = {"tenant": tenant_id, "before": start.created_at, "before_id": start.file_id, "limit": limit}
        with as_tenant(self._pool, tenant_id) as cursor:
            return [file_of(row) for row in cursor.execute(QUERIES["list_files"], values)]

    def parts(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> list[Part]:
        """All that is durable of a file, from its start."""
        with as_tenant(self._pool, tenant_id) as cursor:
            rows = cursor.execute(QUERIES["read_parts"], {"tenant": tenant_id, "file": file_id}).fetchall()
        return [Part(row["start"], row["size"], bytes(row["sha256"]), row["key"]) for row in rows]

    def take(self, upload: Upload, *, offset: int | None, size: int | None) -> StoredFile | None:
        """Take an upload over, where it stands at this offset, which ends any other's; None where it does not.

        A size that nobody had said is noted. Raises Refusal where the tenant may not have so much.
        """
        values = {**_values(upload), "offset": offset, "size": size, "keep_s": self._settings.upload_s}
        with as_tenant(self._pool, upload.tenant_id) as cursor:
            row = cursor.execute(QUERIES["take_upload"], values).fetchone()
            if size is not None:
                self._require_room(cursor, upload.tenant_id)
        return file_of(row) if row else None

    def holds(self, upload: Upload) -> bool:
        """Whether the upload may still add to its file."""
        values = _values(upload)
        with as_tenant(self._pool, upload.tenant_id) as cursor:
            row = cursor.execute(QUERIES["read_file"], values).fetchone()
        return row is not None and row["upload_token"] == upload.token

    def add(self, upload: Upload, offset: int, parts: Sequence[Part], *, counted: bool) -> bool:
        """Acknowledge parts that are durable; False where they do not follow what is there, or another has the upload.

        Where their bytes were not `counted` when the file was announced: raises Refusal where that is too much.
        """
        added = sum(part.size for part in parts)
        values = {
            **_values(upload), "offset": offset, "added": added, "keep_s": self._settings.upload_s,
            "starts": [part.start for part in parts], "sizes": [part.size for part in parts],
            "digests": [part.sha256 for part in parts], "keys": [part.key for part in parts],
        }  # fmt: skip
        with as_tenant(self._pool, upload.tenant_id) as cursor:
            if not counted:
                self._require_room(cursor, upload.tenant_id, size=added)
            return cursor.execute(QUERIES["add_parts"], values).fetchone() is not None

    def complete(self, upload: Upload, offset: int, sha256: bytes) -> StoredFile | None:
        """Say that a file has all of its bytes; None where another has the upload, or it has not."""
        values = {**_values(upload), "offset": offset, "sha256": sha256, "keep_s": self._settings.file_s}
        with as_tenant(self._pool, upload.tenant_id) as cursor:
            row = cursor.execute(QUERIES["complete_file"], values).fetchone()
        return file_of(row) if row else None

    def analyse(self, tenant_id: uuid.UUID, file_id: uuid.UUID, analysis: dict[str, Any]) -> None:
        """Note what was found in a file."""
        values = {"tenant": tenant_id, "file": file_id, "analysis": Jsonb(analysis)}
        with as_tenant(self._pool, tenant_id) as cursor:
            cursor.execute(QUERIES["analyse_file"], values)

    def forget(self, tenant_id: uuid.UUID, file_id: uuid.UUID, audit: AuditEntry | None = None) -> bool:
        """Have nobody find a file any more, with the entry of who says so; whether it was there.

        Raises Refusal while a task needs it.
        """
        values = {"tenant": tenant_id, "file": file_id}
        with as_tenant(self._pool, tenant_id) as cursor:
            if cursor.execute(QUERIES["tasks_of_file"], values).fetchone():
                raise Refusal("FILE_IN_USE")
            forgotten = cursor.execute(QUERIES["forget_file"], values).fetchone() is not None
            if forgotten and audit:
                append_at_once(cursor.connection, audit)
            return forgotten

    def _require_room(self, cursor: Cursor[DictRow], tenant_id: uuid.UUID, *, files: int = 0, size: int = 0) -> None:
        """Raises Refusal. Two that look at once would both find the same room, so one waits for the other's end."""
        cursor.execute(QUERIES["lock_tenant_files"], {"tenant": tenant_id})
        held = cursor.execute(QUERIES["files_held"], {"tenant": tenant_id}).fetchone()
        assert held is not None
        limits = self._settings
        wait = {"Retry-After": str(max(1, int(held["seconds"] or 0)))}
        if held["files"] + files > limits.tenant_max_files:
            raise Refusal("TENANT_FILES", headers=wait, limit=limits.tenant_max_files)
        if held["bytes"] + size > limits.tenant_files_max_bytes:
            raise Refusal("TENANT_FILE_BYTES", headers=wait, limit=limits.tenant_files_max_bytes)


def _values(upload: Upload) -> dict[str, Any]:
    return {"tenant": upload.tenant_id, "file": upload.file_id, "token": upload.token}


def file_of(row: dict[str, Any]) -> StoredFile:
    """A row of `work.file`."""
    known = {name: row[name] for name in StoredFile.__struct_fields__}
    return msgspec.convert(known | {"sha256": row["sha256"] and bytes(row["sha256"]).hex()}, StoredFile)
