"""One tenant's files on a real PostgreSQL and a folder."""

import hashlib
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from libs.contracts.ids import uuid7
from libs.database.server.pool import open_pool
from libs.database.server.session import Role
from libs.files.storage import FolderStorage
from libs.uploads.files import FileStore
from libs.uploads.receiving import Receiving
from libs.uploads.rows import NewFile
from libs.uploads.settings import FileSettings


class Shelf:
    """As ingest has it, and as a processor has it."""

    def __init__(self, database_url: str, tenant: uuid.UUID, folder: Path) -> None:
        self.tenant = tenant
        self.folder = folder
        self.storage = FolderStorage(folder)
        self.pools = {role: _pool(database_url, role) for role in ("sluice_tasks", "sluice_processor")}
        self.sql = psycopg.connect(database_url, autocommit=True, row_factory=dict_row)

    def close(self) -> None:
        """Give everything back."""
        for pool in self.pools.values():
            pool.close()
        self.sql.close()

    def store(self, role: Role = "sluice_tasks", **settings: Any) -> FileStore:
        return FileStore(self.pools[role], self.storage, FileSettings(**settings))

    def new(self, size: int | None = None, tenant: uuid.UUID | None = None) -> NewFile:
        return NewFile(
            tenant_id=tenant or self.tenant, file_id=uuid7(0), name="danh sách.csv", size=size, created_by="tester"
        )

    def row(self, file_id: uuid.UUID) -> dict[str, Any]:
        found = self.sql.execute("SELECT * FROM work.file WHERE file_id = %s", [file_id]).fetchone()
        assert found is not None
        return found

    def kept(self) -> list[Path]:
        """The parts that lie in the storage."""
        return sorted(path for path in self.folder.rglob("*") if path.is_file())


def _pool(database_url: str, role: Role) -> Any:
    return open_pool(database_url, role, name=role, size=4, statement_timeout_s=5, timeout_s=5)


def received(receiving: Receiving, data: bytes) -> uuid.UUID:
    """A whole file of these bytes."""
    receiving.add(data)
    return receiving.finish().file_id


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def shelf(database_url: str, tenant: uuid.UUID, tmp_path: Path) -> Iterator[Shelf]:
    """Files of one tenant, none yet."""
    made = Shelf(database_url, tenant, tmp_path / "files")
    yield made
    made.close()
