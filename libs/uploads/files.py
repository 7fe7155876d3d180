"""The files of tenants: found, read, made and forgotten."""

import time
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from psycopg_pool import ConnectionPool

from libs.contracts.files.file import StoredFile
from libs.contracts.ids import uuid7
from libs.contracts.jobs import AuditEntry
from libs.contracts.refusals import Refusal
from libs.files.content import Content
from libs.files.storage import NoStorage, Storage
from libs.uploads.digests import Digests
from libs.uploads.names import file_name
from libs.uploads.receiving import Receiving
from libs.uploads.rows import After, FileRows, NewFile, Upload
from libs.uploads.settings import FileSettings


class FileStore:
    """Rows and storage together; safe to use from many threads. Every method raises psycopg.Error.

    The pool's role is `sluice_tasks` or `sluice_processor`.
    """

    def __init__(self, pool: ConnectionPool, storage: Storage, settings: FileSettings | None = None) -> None:
        self._settings = settings or FileSettings()
        self._rows = FileRows(pool, self._settings)
        self._storage = storage
        self._digests = Digests()

    def file(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> StoredFile | None:
        """One file, complete or not."""
        return self._rows.file(tenant_id, file_id)

    def some(self, tenant_id: uuid.UUID, files: Sequence[uuid.UUID]) -> dict[uuid.UUID, StoredFile]:
        """Those of these files that are there, by their ids."""
        return self._rows.some(tenant_id, files)

    def files(self, tenant_id: uuid.UUID, *, after: After | None = None, limit: int) -> list[StoredFile]:
        """The newest files after that one, `limit` unless there are no more."""
        return self._rows.files(tenant_id, after, limit)

    def content(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> Content:
        """The bytes of a complete file. Raises Refusal where there is none."""
        self._complete(tenant_id, file_id)
        return Content(self._storage, self._rows.parts(tenant_id, file_id))

    def begin(self, new: NewFile, audit: AuditEntry | None = None, *, together: bool = False) -> Receiving:
        """Announce a file, to be received; `audit` is the entry of a person who brings it.

        Raises Refusal where it is too large, or the tenant has too much.
        """
        self._require_storage()
        if (new.size or 0) > self._settings.max_file_bytes:
            raise Refusal("FILE_TOO_LARGE", limit=self._settings.max_file_bytes)
        upload = Upload(new.tenant_id, new.file_id, uuid.uuid4())
        return self._receiving(self._rows.create(new, upload.token, audit), upload, together=together)

    def resting(self, like: NewFile) -> StoredFile | None:
        """An upload that the same person has begun and not ended of the same file: of this name, size and metadata."""
        return self._rows.resting(like)

    def go_on(
        self,
        tenant_id: uuid.UUID,
        file_id: uuid.UUID,
        *,
        offset: int | None = None,
        size: int | None = None,
        together: bool = False,
    ) -> Receiving:
        """Take a file's upload over, wherever it stands or at this offset; whoever had it adds nothing more.

        A size that nobody had said is noted. Raises Refusal where there is no such upload, or it stands elsewhere.
        """
        self._require_storage()
        if (size or 0) > self._settings.max_file_bytes:
            raise Refusal("FILE_TOO_LARGE", limit=self._settings.max_file_bytes)
        upload = Upload(tenant_id, file_id, uuid.uuid4())
        taken = self._rows.take(upload, offset=offset, size=size)
        if taken is None:
            raise self._elsewhere(tenant_id, file_id, offset)
        return self._receiving(taken, upload, together=together)

    def keep(
        self,
        tenant_id: uuid.UUID,
        name: str,
        created_by: str,
        pieces: Iterable[bytes],
        *,
        file_id: uuid.UUID | None = None,
    ) -> StoredFile:
        """Make a whole new file. Raises Refusal, and whatever the pieces raise: then there is no file."""
        made = file_id or uuid7(time.time_ns() // 1_000_000)
        new = NewFile(tenant_id=tenant_id, file_id=made, name=file_name(name), size=None, created_by=created_by)
        receiving = self.begin(new)
        try:
            for piece in pieces:
                receiving.add(piece)
            return receiving.finish()
        except BaseException:
            self._rows.forget(tenant_id, made)
            raise

    def delete(self, tenant_id: uuid.UUID, file_id: uuid.UUID, audit: AuditEntry | None = None) -> None:
        """Have nobody find a file any more; `audit` is the entry of a person who says so.

        Raises Refusal where there is none, or a task that has not ended names it.
        Its bytes go later, see `forgetting`.
        """
        if not self._rows.forget(tenant_id, file_id, audit):
            raise Refusal("FILE_NOT_FOUND")

    def note_analysis(self, tenant_id: uuid.UUID, file_id: uuid.UUID, analysis: dict[str, Any]) -> None:
        """Keep what an analysis found, to be shown with the file."""
        self._rows.analyse(tenant_id, file_id, analysis)

    def _require_storage(self) -> None:
        if isinstance(self._storage, NoStorage):
            raise Refusal("FILES_OFF")

    def _receiving(self, file: StoredFile, upload: Upload, *, together: bool) -> Receiving:
        limit = self._settings.max_file_bytes
        return Receiving(self._rows, self._storage, self._digests, file, upload, limit=limit, together=together)

    def _complete(self, tenant_id: uuid.UUID, file_id: uuid.UUID) -> StoredFile:
        found = self._rows.file(tenant_id, file_id)
        if found is None:
            raise Refusal("FILE_NOT_FOUND")
        if found.state != "complete":
            raise Refusal("FILE_INCOMPLETE")
        return found

    def _elsewhere(self, tenant_id: uuid.UUID, file_id: uuid.UUID, offset: int | None) -> Refusal:
        """Why an upload cannot be taken over."""
        found = self._rows.file(tenant_id, file_id)
        if found is None:
            return Refusal("FILE_NOT_FOUND")
        if offset is not None and found.received != offset:
            where = {"Upload-Offset": str(found.received)}
            members = {"expected_offset": found.received, "provided_offset": offset}
            return Refusal("UPLOAD_OFFSET", headers=where, members=members, offset=found.received)
        return Refusal("UPLOAD_ENDED" if found.state == "complete" else "UPLOAD_LENGTH")
