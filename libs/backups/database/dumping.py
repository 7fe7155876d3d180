"""Takes a backup: pg_dump, and what the tables held, both of one snapshot."""

import datetime
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from msgspec import Struct
from psycopg import IsolationLevel

from libs.backups.database.programs import Asked, find, login, running, version_of
from libs.backups.database.tables import sums
from libs.backups.frames import Sealer
from libs.contracts.system.backups import TableSum
from libs.database.queries import QUERIES
from libs.database.server.session import Connection, session, state

PIECE = 1 << 18
OPTIONS = ("--format=custom", "--compress=1", "--no-password", "--lock-wait-timeout=60s")
"""Level 1 of gzip, which the wheel's pg_dump has alone: a third of the time of the usual 6, and a sixth more bytes. Row
level security is off for pg_dump unless it is asked for: where rows would be left out, it fails."""

Tell = Callable[[str, float], None]
"""Hears how far a stage is: its name, and a share from 0 to 1, or how many bytes there are."""


class Taken(Struct, frozen=True):
    """A file that was written, and what it should hold."""

    at: datetime.datetime
    bytes: int
    sha256: str
    postgres: str
    pg_dump: str
    migrations: list[str]
    tables: dict[str, TableSum]


def dump(database_url: str, programs: str, path: Path, key: bytes | None, asked: Asked, tell: Tell) -> Taken:
    """Write a database to a file. Raises BackupError, psycopg.Error, OSError, and whatever `tell` does."""
    program = find(programs, "pg_dump")
    with session(database_url, "backup") as connection, _frozen(connection) as (at, snapshot):
        command = (program, *OPTIONS, f"--snapshot={snapshot}")
        written = _Written(path, key)
        with written, running(command, login(database_url), asked) as output:
            while piece := output.read(PIECE):
                written.add(piece)
                tell("dump", written.bytes)
        tables = sums(connection, asked, lambda share: tell("count", share))
        return Taken(
            at=at, bytes=written.bytes, sha256=written.sha256, pg_dump=version_of(program), tables=tables,
            postgres=connection.info.parameter_status("server_version") or "", migrations=_migrations(connection),
        )  # fmt: skip


@contextmanager
def _frozen(connection: Connection) -> Iterator[tuple[datetime.datetime, str]]:
    """A transaction that sees the database as it is now, and the name by which others see it so, too."""
    state(connection)
    connection.isolation_level, connection.read_only = IsolationLevel.REPEATABLE_READ, True
    with connection.transaction():
        connection.execute(QUERIES["unbounded_session"])
        connection.execute("SET LOCAL row_security = off")
        row = connection.execute("SELECT now(), pg_export_snapshot()").fetchone()
        assert row is not None
        yield row


def _migrations(connection: Connection) -> list[str]:
    row = connection.execute("SELECT to_regclass('public.sluice_migration') IS NOT NULL").fetchone()
    if not row or not row[0]:
        return []
    return [name for (name,) in connection.execute("SELECT name FROM public.sluice_migration ORDER BY name")]


class _Written:
    """A file that is hashed as it is written, encrypted where there is a key, and on the disk once the block ends."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        self._file = path.open("xb")
        self._hash = hashlib.sha256()
        self.bytes = 0
        self._sealer = Sealer(self.write, key) if key else None

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def add(self, data: bytes) -> None:
        """Take what is to be kept."""
        if self._sealer:
            self._sealer.write(data)
        else:
            self.write(data)

    def write(self, data: bytes) -> None:
        """Write bytes as they will lie there."""
        self._file.write(data)
        self._hash.update(data)
        self.bytes += len(data)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._file:
            if kind is None:
                if self._sealer:
                    self._sealer.close()
                self._file.flush()
                os.fsync(self._file.fileno())
