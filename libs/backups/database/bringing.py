"""Brings a backup back: into an empty database, all of it or nothing, and from there to the newest schema."""

from pathlib import Path
from typing import LiteralString

from psycopg import sql

from libs.backups.database.programs import Asked
from libs.backups.database.restoring import require_same, require_whole, restore
from libs.backups.database.scratch import scratch
from libs.backups.failures import BackupError
from libs.backups.frames import read_key
from libs.backups.shelf import read_manifest
from libs.contracts.system.backups import Manifest
from libs.database.migrations import migrate
from libs.database.queries import QUERIES
from libs.database.server.session import session

OWNER = "sluice_owner"
AS_OWNER = ("--single-transaction", "--no-owner", f"--role={OWNER}")
"""Logins have other names elsewhere; what they had made belongs to the owner, too."""


def manifest_of(folder: Path) -> Manifest:
    """What a backup says of itself. Raises BackupError."""
    manifest = read_manifest(folder)
    if manifest is None:
        raise BackupError("BACKUP_NO_MANIFEST")
    return manifest


def bring_back(database_url: str, programs: str, folder: Path, manifest: Manifest, key_file: str) -> list[str]:
    """Restore a backup, and compare what came out; returns the migrations that were added.

    The login must be able to create databases and roles. Raises BackupError, psycopg.Error, OSError; then the database
    is as empty as it was, unless it is the comparison or a migration that fails.
    """
    if manifest.encrypted and not key_file:
        raise BackupError("BACKUP_KEY_NEEDED")
    key = read_key(key_file) if manifest.encrypted else None
    path = folder / manifest.file
    require_whole(path, manifest.bytes, manifest.sha256, _tell)
    _require_empty(database_url)
    with scratch(database_url, "roles") as elsewhere:
        migrate(elsewhere)  # roles are the server's, and migrations make them
    _let_in(database_url, "GRANT", "TO")
    try:
        restore(database_url, programs, path, key, _NEVER, _tell, *AS_OWNER)
    finally:
        _let_in(database_url, "REVOKE", "FROM")
    require_same(database_url, manifest.tables, _NEVER, _tell)
    return migrate(database_url)


def _require_empty(database_url: str) -> None:
    with session(database_url, "restore") as connection:
        if connection.execute(QUERIES["tables_to_back_up"]).fetchone() is not None:
            raise BackupError("RESTORE_NOT_EMPTY")


def _let_in(database_url: str, word: LiteralString, preposition: LiteralString) -> None:
    """Have the owner make schemas, and a table in `public`, or no longer."""
    with session(database_url, "restore") as connection:
        database = sql.Identifier(connection.info.dbname)
        for place in (sql.SQL("DATABASE {}").format(database), sql.SQL("SCHEMA public")):
            statement = sql.SQL(word + " CREATE ON {} " + preposition + " {}")
            connection.execute(statement.format(place, sql.Identifier(OWNER)))


def _tell(_: str, __: float) -> None:
    """Nobody follows it."""


_NEVER: Asked = lambda: False  # noqa: E731 -- who wants an end of it ends the command
