"""What is done for files without being asked: those whose time is up are forgotten, and what was begun is ended.

Any processor does it, several at once do no harm, and one that dies in the middle has it done again.
"""

import structlog
from psycopg_pool import ConnectionPool

from libs.contracts.refusals import Refusal
from libs.database.queries import QUERIES
from libs.files.storage import Storage
from libs.telemetry.process.crashpoints import crash_point
from libs.uploads.files import FileStore
from libs.uploads.settings import HOUR_S, FileSettings

log = structlog.get_logger()

AT_ONCE = 50
GRACE_S = 60.0
"""How long the request that brought a file's last byte has to end it: nobody else hashes the file meanwhile."""
AGAIN_S = float(HOUR_S)
"""When a forgotten file is cleared once more: a request that stood still meanwhile may have added a part."""


class FileUpkeep:
    """Looks after the files of all tenants. The pool's role is `sluice_processor`."""

    def __init__(
        self,
        pool: ConnectionPool,
        storage: Storage,
        settings: FileSettings,
        *,
        grace_s: float = GRACE_S,
        again_s: float = AGAIN_S,
    ) -> None:
        self._pool, self._storage = pool, storage
        self._store = FileStore(pool, storage, settings)
        self._grace_s, self._again_s = grace_s, again_s

    def tick(self) -> None:
        """Do what is due; called every few seconds. Raises psycopg.Error."""
        self._expire()
        self._complete()
        self._clear()

    def _expire(self) -> None:
        with self._pool.connection() as connection:
            expired = connection.execute(QUERIES["expire_files"], {"limit": AT_ONCE}).fetchall()
        if expired:
            log.info("files_expired", files=len(expired))

    def _complete(self) -> None:
        values = {"grace_s": self._grace_s, "limit": 1}  # all of it has to be read
        with self._pool.connection() as connection:
            waiting = connection.execute(QUERIES["files_to_complete"], values).fetchall()
        for tenant_id, file_id in waiting:
            try:
                self._store.go_on(tenant_id, file_id).finish()
            except Refusal as refusal:  # somebody else was faster, or the storage is away
                log.warning("file_not_completed", file_id=str(file_id), code=refusal.problem.code)

    def _clear(self) -> None:
        values = {"again_s": self._again_s, "limit": AT_ONCE}
        with self._pool.connection() as connection:
            forgotten = connection.execute(QUERIES["files_to_clear"], values).fetchall()
        for tenant_id, file_id, again in forgotten:
            try:
                self._storage.clear(f"{tenant_id}/{file_id}")
            except OSError as error:
                log.warning("storage_unavailable", exc_info=error)
                return
            crash_point("file.after_clear")
            with self._pool.connection() as connection:
                query = QUERIES["end_file" if again else "note_cleared"]
                connection.execute(query, {"tenant": tenant_id, "file": file_id})
