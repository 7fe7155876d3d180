"""Brings a backup into a database, and says whether what came out is what went in."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from libs.backups.database.dumping import PIECE, Tell
from libs.backups.database.programs import Asked, find, login, running
from libs.backups.database.tables import sums
from libs.backups.failures import BackupError
from libs.backups.frames import opened
from libs.contracts.system.backups import TableSum
from libs.database.queries import QUERIES
from libs.database.server.session import session, state

AS_ANYBODY = ("--no-owner", "--no-privileges")
"""For a database that nobody works with: everything belongs to who restores it."""


def require_whole(path: Path, size: int, sha256: str, tell: Tell) -> None:
    """Raise BackupError unless a file is what was written. Raises OSError."""
    found, read = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            found.update(piece)
            read += len(piece)
            tell("restore", 0.0)
    if (read, found.hexdigest()) != (size, sha256):
        raise BackupError("BACKUP_DAMAGED")


def restore(
    database_url: str, programs: str, path: Path, key: bytes | None, asked: Asked, tell: Tell, *options: str
) -> None:
    """Have pg_restore bring a file into an empty database. Raises BackupError, OSError, and whatever `tell` does."""
    command = (find(programs, "pg_restore"), "--exit-on-error", "--no-password", *options)
    environ = login(database_url)
    target = f"--dbname={environ.get('PGDATABASE', '')}"
    size = path.stat().st_size
    with path.open("rb") as file, running((*command, target), environ, asked, reads=True) as given:
        for piece in opened(file, key) if key else _pieces(file):
            given.write(piece)
            tell("restore", file.tell() / size)


def require_same(database_url: str, expected: dict[str, TableSum], asked: Asked, tell: Tell) -> None:
    """Raise BackupError unless a database holds what was backed up. Raises psycopg.Error."""
    with session(database_url, "backup") as connection:
        state(connection)
        with connection.transaction():
            connection.execute(QUERIES["unbounded_session"])
            found = sums(connection, asked, lambda share: tell("compare", share))
    differing = [name for name in {*found, *expected} if found.get(name) != expected.get(name)]
    if differing:
        raise BackupError("BACKUP_DIFFERS", tables=len(differing))


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(PIECE):
        yield piece
