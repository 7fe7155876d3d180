"""What lacks for a backup, before one is begun and when settings are checked."""

import os
from pathlib import Path

from libs.backups.database.programs import find, major, version_of
from libs.backups.failures import BackupError
from libs.backups.frames import read_key
from libs.backups.settings import BackupSettings
from libs.database.queries import QUERIES
from libs.database.server.session import session


def require_fit(settings: BackupSettings, database_url: str) -> None:
    """Raise BackupError for the first thing that lacks; psycopg.Error while PostgreSQL is away."""
    if not settings.backup_dir:
        raise BackupError("BACKUP_NOT_SET")
    _require_folder(Path(settings.backup_dir))
    if settings.backup_key_file:
        read_key(settings.backup_key_file)
    programs = [find(settings.backup_programs, name) for name in ("pg_dump", "pg_restore")]
    with session(settings.backup_database_url or database_url, "backup") as connection:
        server = connection.info.parameter_status("server_version") or ""
        for program in programs:
            _require_new(program, server)
        if lacking := [right for (right,) in connection.execute(QUERIES["lacking_of_backup"]).fetchall()]:
            raise BackupError("BACKUP_RIGHTS", rights=", ".join(lacking))


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise BackupError("BACKUP_FOLDER", reason=error.strerror) from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BackupError("BACKUP_FOLDER", reason=os.strerror(13))


def _require_new(program: str, server: str) -> None:
    version = version_of(program)
    if major(version) < major(server):
        raise BackupError("BACKUP_PROGRAM_OLD", program=Path(program).name, version=version, server=server)
