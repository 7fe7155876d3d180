"""Makes a backup: writes it, restores it into a scratch database, compares, and only then gives it its name.

What is being made is named by the lease: whoever comes later removes what belongs to no lease that lives, and a
processor that was thought dead gives nothing a name. So a run that dies leaves nothing but work to be done again.
"""

import datetime
import errno
from importlib.metadata import version
from pathlib import Path

import psycopg
import structlog

from libs.backups.database import scratch
from libs.backups.database.dumping import Taken, dump
from libs.backups.database.restoring import AS_ANYBODY, require_same, require_whole, restore
from libs.backups.failures import BackupError
from libs.backups.fitness import require_fit
from libs.backups.frames import read_key
from libs.backups.keeping import kept
from libs.backups.shelf import Backup, Shelf
from libs.contracts.system.backups import Manifest
from libs.contracts.tasks.types.upkeep.backup import BackupResult
from libs.database.queries import QUERIES
from libs.tasks.context import Context, TaskFailedError, TransientError
from libs.telemetry.process.crashpoints import crash_point
from services.processor.tools import Tools

log = structlog.get_logger()

FILE, SEALED_FILE = "database.dump", "database.dump.sealed"
FULL = (errno.ENOSPC, errno.EDQUOT)


def run(context: Context, tools: Tools) -> BackupResult:
    """Make it, and remove what is not kept any longer."""
    try:
        return _run(_Making(context, tools))
    except (BackupError, psycopg.Error, OSError) as error:
        context.stop_if_cancelled()  # which may be what was met
        raise _told(error) from error


def _told(error: BackupError | psycopg.Error | OSError) -> Exception:
    """As a person is told of it; what nobody foresaw stays what it is."""
    if isinstance(error, BackupError):
        return TransientError(error.code) if error.passing else TaskFailedError(error.code, **error.params)
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return TaskFailedError("BACKUP_RIGHTS", rights=error.diag.table_name or "CREATEDB, BYPASSRLS, SELECT")
    if isinstance(error, psycopg.errors.DiskFull):
        return TaskFailedError("BACKUP_SERVER_FULL")
    if isinstance(error, psycopg.OperationalError):
        return TransientError("DATABASE_UNAVAILABLE")
    if isinstance(error, OSError):
        full = error.errno in FULL
        return TaskFailedError("BACKUP_DISK_FULL") if full else TaskFailedError("BACKUP_FOLDER", reason=error.strerror)
    return error


class _Making:
    """What the steps of one run share."""

    def __init__(self, context: Context, tools: Tools) -> None:
        self.context, self.pool = context, tools.pool
        self.settings = tools.settings.backups
        self.own_url = tools.settings.database_url
        self.url = self.settings.backup_database_url or self.own_url
        self.shelf = Shelf(Path(self.settings.backup_dir))
        self.token = context.lease.token.hex
        self.key = read_key(self.settings.backup_key_file) if self.settings.backup_key_file else None
        newest = next(iter(self.shelf.backups()), None) if self.settings.backup_dir else None
        self._about = newest.manifest.bytes if newest else 0

    def asked(self) -> bool:
        """Whether this run is to end."""
        context = self.context
        return context.cancelled.is_set() or context.lost.is_set() or context.leaving.is_set()

    def tell(self, stage: str, share: float) -> None:
        """Note how far a stage is; how long a dump will be is known from the one before."""
        if stage == "dump":
            share = share / self._about if self._about else 0.0
        self.context.progress(stage, share)


def _run(making: _Making) -> BackupResult:
    require_fit(making.settings, making.own_url)
    _clear(making)
    made = making.shelf.of_job(making.context.task.task_id)  # by a run that died before it could say so
    if made is None:
        draft = making.shelf.draft(making.token)
        try:
            made = _made(making, draft)
        finally:
            making.shelf.drop_draft(making.token)
    return _result(made, _keep(making))


def _made(making: _Making, draft: Path) -> Backup:
    path = draft / (SEALED_FILE if making.key else FILE)
    programs = making.settings.backup_programs
    taken = dump(making.url, programs, path, making.key, making.asked, making.tell)
    _verify(making, path, taken)
    crash_point("backup.before_name")
    making.context.log("BACKUP_VERIFIED", tables=len(taken.tables))  # whose lease is gone says and names nothing
    made = making.shelf.put(making.token, _manifest(making, path, taken))
    crash_point("backup.after_name")
    return made


def _verify(making: _Making, path: Path, taken: Taken) -> None:
    require_whole(path, taken.bytes, taken.sha256, making.tell)
    programs = making.settings.backup_programs
    with scratch.scratch(making.url, making.token) as url:
        restore(url, programs, path, making.key, making.asked, making.tell, *AS_ANYBODY)
        require_same(url, taken.tables, making.asked, making.tell)


def _manifest(making: _Making, path: Path, taken: Taken) -> Manifest:
    return Manifest(
        job_id=making.context.task.task_id, taken_at=taken.at, verified_at=datetime.datetime.now(datetime.UTC),
        sluice=version("sluice"), postgres=taken.postgres, pg_dump=taken.pg_dump, file=path.name, bytes=taken.bytes,
        sha256=taken.sha256, encrypted=making.key is not None, migrations=taken.migrations, tables=taken.tables,
    )  # fmt: skip


def _clear(making: _Making) -> None:
    """Remove what runs have left that died. Whose lease lives is asked last: who comes meanwhile is among them."""
    drafts, databases = making.shelf.drafts(), scratch.left_over(making.url)
    with making.pool.connection() as connection:
        live = {token.hex for (token,) in connection.execute(QUERIES["live_leases"]).fetchall()}
    for token in drafts:
        if token not in live:
            making.shelf.drop_draft(token)
    scratch.forget(making.url, [token for token in databases if token not in live])
    making.shelf.clear_removed()


def _keep(making: _Making) -> list[str]:
    """Remove what is not kept any longer; returns the names."""
    settings = making.settings
    taken = {backup.name: backup.manifest.taken_at for backup in making.shelf.backups()}
    names = kept(
        taken, daily=settings.backup_daily, weekly=settings.backup_weekly, monthly=settings.backup_monthly
    )  # fmt: skip
    going = sorted(taken.keys() - names)
    for number, name in enumerate(going):
        making.tell("keep", number / len(going))
        making.shelf.remove(name)
    return going


def _result(made: Backup, removed: list[str]) -> BackupResult:
    manifest = made.manifest
    return BackupResult(
        name=made.name, taken_at=manifest.taken_at, bytes=manifest.bytes, sha256=manifest.sha256,
        encrypted=manifest.encrypted, tables=len(manifest.tables), removed=removed,
    )  # fmt: skip
