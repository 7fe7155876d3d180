"""Backups with real programs: what is in one, that it was tried, and what is left of one that could not be made."""

import datetime
import os
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace
from psycopg import sql
from psycopg.conninfo import make_conninfo

from deploy.local.servers.postgres import PostgresServer, binaries
from libs.backups.database import scratch
from libs.backups.database.restoring import AS_ANYBODY, restore
from libs.backups.settings import BackupSettings
from libs.backups.shelf import DRAFT, Backup, Shelf
from libs.contracts.system.backups import Manifest, TableSum
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.contracts.tasks.types.upkeep.backup import BACKUP
from libs.tasks.runner import Runner
from services.processor.settings import ProcessorSettings
from services.processor.tools import Tools
from services.processor.types.upkeep.backup import run
from tests.fault.faults.ballast import Ballast, small_disks
from tests.integration.tasks.workplace.bench import Bench
from tests.integration.tasks.workplace.dock import every
from tests.servers import cloned_database
from tests.waiting import wait_until

PASSWORD = "only-in-the-environment"
VERSION = '[ "$1" = --version ] && exec $REAL "$@"'
NOW = datetime.datetime.now(datetime.UTC)
ROWS = 300
SMALL = """
CREATE SCHEMA IF NOT EXISTS inventory;
CREATE TABLE IF NOT EXISTS inventory.recipient (
    tenant_id uuid, recipient_id uuid, name_vi text, recipient_type text, job_id uuid,
    PRIMARY KEY (tenant_id, recipient_id)
);
GRANT USAGE ON SCHEMA inventory TO sluice_backup;
GRANT SELECT ON inventory.recipient TO sluice_backup;
"""
"""All that a small database has, where nothing is said of another."""


class Vault:
    """A folder of backups, the database that they are of, and whoever makes them."""

    def __init__(self, bench: Bench, database_url: str, folder: Path) -> None:
        self.bench, self.database_url, self.folder = bench, database_url, folder
        self.shelf = Shelf(folder / "backups")
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER ROLE sluice_backup PASSWORD {}").format(sql.Literal(PASSWORD)))
            connection.execute(SMALL)
            connection.execute(
                "INSERT INTO inventory.recipient (tenant_id, recipient_id, name_vi, recipient_type, job_id) "
                "SELECT gen_random_uuid(), gen_random_uuid(), 'Ngân hàng ' || n, 'processor', gen_random_uuid() "
                "FROM generate_series(1, %s) n",
                [ROWS],
            )
        self.settings = BackupSettings(
            backup_dir=str(folder / "backups"), backup_programs=str(binaries()),
            backup_database_url=make_conninfo(database_url, user="sluice_backup", password=PASSWORD),
        )  # fmt: skip

    def change(self, **settings: Any) -> None:
        self.settings = replace(self.settings, **settings)

    def runner(self) -> Runner:
        settings = ProcessorSettings(
            redis_url="redis://unused", database_url=self.database_url, backups=self.settings
        )  # fmt: skip
        nothing: Any = dict.fromkeys(Tools.__struct_fields__)
        tools = Tools(**{**nothing, "settings": settings, "pool": self.bench.pool})
        return self.bench.runner(lambda context: run(context, tools), BACKUP)

    def open(self) -> TaskRef:
        return self.bench.open("backup", reason="x")

    def make(self) -> Task:
        """A backup from its opening to its end."""
        ref = self.open()
        self.bench.sql.execute("UPDATE work.task SET parameters = '{}' WHERE task_id = %s", [ref.task_id])
        self.runner().handle(ref)
        return self.bench.task(ref)

    def made(self) -> Backup:
        """The same of one that is made."""
        task = self.make()
        assert task.status == "completed", (task.error, self.bench.story(TaskRef(task.tenant_id, task.task_id, "low")))
        return self.shelf.backups()[0]

    def wrapped(self, program: str, script: str) -> None:
        """Have a program be called by a shell script, which finds it as $REAL; its version is asked of itself."""
        folder = self.folder / "programs"
        folder.mkdir(exist_ok=True)
        for name in ("pg_dump", "pg_restore"):
            if not (folder / name).exists():
                (folder / name).symlink_to(binaries() / name)
        (folder / program).unlink()
        (folder / program).write_text(f"#!/bin/sh\nREAL={binaries() / program}\n{VERSION}\n{script}\n")
        (folder / program).chmod(0o755)
        self.change(backup_programs=str(folder))

    def require_nothing_left(self) -> None:
        """Neither a draft nor a scratch database is there."""
        assert [path.name for path in (self.folder / "backups").glob(".*")] == []
        assert scratch.left_over(self.database_url) == []


@pytest.fixture
def whole(bench: Bench, database_url: str, tmp_path: Path) -> Vault:
    """With all of Sluice's tables."""
    return Vault(bench, database_url, tmp_path)


@pytest.fixture
def vault(bench: Bench, postgres: PostgresServer, tmp_path: Path) -> Iterator[Vault]:
    """With one table, which is quicker."""
    with cloned_database(postgres.url, "template0") as url:
        yield Vault(bench, url, tmp_path)


def older(vault: Vault, *days: float) -> list[str]:
    """Backups of so many days ago, as far as their manifests go."""
    names = []
    for number, day in enumerate(days):
        vault.shelf.draft(f"old-{number}")
        taken = NOW - datetime.timedelta(days=day)
        manifest = Manifest(
            job_id=uuid.uuid4(), taken_at=taken, verified_at=taken, sluice="0", postgres="18", pg_dump="18", file="x",
            bytes=1, sha256="", encrypted=False, migrations=[], tables={"a.b": TableSum(1, "1")},
        )  # fmt: skip
        names.append(vault.shelf.put(f"old-{number}", manifest).name)
    return names


def test_a_backup_holds_all_tenants_and_was_restored_before_it_has_a_name(whole: Vault) -> None:
    vault = whole
    task = vault.make()
    assert task.status == "completed", task.error
    (backup,) = vault.shelf.backups()
    manifest = backup.manifest
    assert manifest.tables["inventory.recipient"].rows == ROWS
    assert {"ingest.audit", "ingest.chunk", "work.task", "public.sluice_migration"} <= manifest.tables.keys()
    assert manifest.migrations[0] == "0001_roles_and_schemas.sql"
    assert (manifest.job_id, manifest.encrypted) == (task.task_id, False)
    assert task.result
    assert (task.result["name"], task.result["sha256"]) == (backup.name, manifest.sha256)
    assert (vault.folder / "backups" / backup.name / manifest.file).stat().st_size == manifest.bytes
    assert (vault.folder / "backups" / backup.name).stat().st_mode & 0o077 == 0
    assert "BACKUP_VERIFIED" in vault.bench.story(TaskRef(task.tenant_id, task.task_id, "normal"))
    vault.require_nothing_left()


def test_what_is_written_meanwhile_is_not_in_it(vault: Vault) -> None:
    more = "INSERT INTO inventory.recipient SELECT gen_random_uuid(), gen_random_uuid() FROM inventory.recipient"
    psql = binaries() / "psql"
    vault.wrapped("pg_dump", f"""{psql} -q "{vault.database_url}" -c "{more}" || exit 9\nexec $REAL "$@\"""")
    assert vault.made().manifest.tables["inventory.recipient"].rows == ROWS
    with psycopg.connect(vault.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM inventory.recipient").fetchone() == (2 * ROWS,)


def test_the_password_is_told_to_the_programs_and_to_nobody_else(vault: Vault) -> None:
    for program in ("pg_dump", "pg_restore"):
        vault.wrapped(program, f'echo "$@" >> {vault.folder}/arguments; exec $REAL "$@"')
    vault.made()
    arguments = (vault.folder / "arguments").read_text()
    assert len(arguments.splitlines()) == 2
    assert PASSWORD not in arguments
    assert PASSWORD not in "".join(path.read_text("latin-1") for path in vault.folder.rglob("manifest.json"))


def test_with_a_key_nobody_reads_it_without(vault: Vault) -> None:
    key = vault.folder / "key"
    key.write_text("ab" * 32 + "\n")
    vault.change(backup_key_file=str(key))
    backup = vault.made()
    path = vault.folder / "backups" / backup.name / backup.manifest.file
    assert backup.manifest.encrypted
    assert not path.read_bytes().startswith(b"PGDMP")
    with scratch.scratch(vault.database_url, "reader") as url:
        restore(url, str(binaries()), path, bytes.fromhex("ab" * 32), lambda: False, lambda *_: None, *AS_ANYBODY)
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM inventory.recipient").fetchone() == (ROWS,)
    key.write_text("no key")
    assert vault.make().error == "BACKUP_KEY"


FAULTS = {
    "cut short": ('$REAL "$@" | head -c 3000', "BACKUP_DAMAGED"),
    "rows are missing": ('exec $REAL "$@" --exclude-table-data=inventory.recipient', "BACKUP_DIFFERS"),
    "an error": ("echo nobody knows >&2; exit 3", "BACKUP_PROGRAM_FAILED"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_what_cannot_be_restored_to_the_same_is_no_backup(vault: Vault, fault: str) -> None:
    script, code = FAULTS[fault]
    before = older(vault, 1)
    vault.wrapped("pg_dump", script)
    task = vault.make()
    assert (task.status, task.error) == ("failed", code)
    assert [each.name for each in vault.shelf.backups()] == before
    vault.require_nothing_left()


def test_programs_have_to_be_as_new_as_the_server(vault: Vault) -> None:
    vault.wrapped("pg_restore", "")
    (vault.folder / "programs" / "pg_restore").write_text("#!/bin/sh\necho 'pg_restore (PostgreSQL) 9.6.24'\n")
    assert vault.make().error == "BACKUP_PROGRAM_OLD"


def test_a_login_that_lacks_a_right_is_told_which(whole: Vault) -> None:
    vault = whole
    before = older(vault, 1)
    vault.bench.sql.execute("ALTER ROLE sluice_backup NOCREATEDB NOBYPASSRLS")
    try:
        task = vault.make()
    finally:
        vault.bench.sql.execute("ALTER ROLE sluice_backup CREATEDB BYPASSRLS")
    assert task.error == "BACKUP_RIGHTS"
    query = "SELECT params ->> 'rights' AS rights FROM work.task_log WHERE task_id = %s AND code = 'ENDED_FAILED'"
    (row,) = vault.bench.sql.execute(query, [task.task_id]).fetchall()
    assert row["rights"].startswith("CREATEDB, BYPASSRLS (")
    vault.bench.sql.execute("CREATE TABLE inventory.of_somebody_else ()")
    assert vault.make().error == "BACKUP_RIGHTS"
    assert [each.name for each in vault.shelf.backups()] == before
    vault.require_nothing_left()


def test_without_a_folder_a_program_or_room_there_is_none(vault: Vault) -> None:
    vault.change(backup_programs=str(vault.folder))
    assert vault.make().error == "BACKUP_PROGRAM_MISSING"
    (vault.folder / "file").write_text("")
    vault.change(backup_programs=str(binaries()), backup_dir=str(vault.folder / "file"))
    assert vault.make().error == "BACKUP_FOLDER"
    vault.change(backup_dir="")
    assert vault.make().error == "BACKUP_NOT_SET"


def test_a_full_disk_says_so_and_costs_no_other_backup(vault: Vault) -> None:
    came: list[str | None] = []

    def fill() -> None:
        """In a thread of its own, which alone sees the small disk."""
        with small_disks(vault.folder, {"backups": 1}) as disks:
            if not disks:
                return
            vault.folder = disks["backups"]
            vault.shelf = Shelf(vault.folder / "backups")
            vault.change(backup_dir=str(vault.folder / "backups"))
            before = older(vault, 1)
            ballast = Ballast(vault.folder)
            ballast.fill()
            came.append(vault.make().error)
            ballast.drop()
            assert [each.name for each in vault.shelf.backups()] == before
            vault.require_nothing_left()
            assert vault.make().status == "completed"
            came.append("and goes on")

    thread = threading.Thread(target=fill)
    thread.start()
    thread.join(60)
    if not came:
        pytest.skip("only root may mount a small disk")
    assert came == ["BACKUP_DISK_FULL", "and goes on"]


def test_a_cancel_ends_its_programs_at_once(vault: Vault) -> None:
    """pg_dump waits for a lock that somebody holds."""
    pid = vault.folder / "pid"
    vault.wrapped("pg_dump", f'echo $$ > {pid}; exec $REAL "$@"')
    before = older(vault, 1)
    ref, runner = vault.open(), vault.runner()
    vault.bench.sql.execute("UPDATE work.task SET parameters = '{}' WHERE task_id = %s", [ref.task_id])
    with psycopg.connect(vault.database_url) as holder:
        holder.execute("LOCK TABLE inventory.recipient IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(target=runner.handle, args=[ref])
        thread.start()
        with every(0.1, runner.extend_leases):
            waiting = (
                "SELECT FROM pg_stat_activity WHERE application_name = 'sluice-backup' AND wait_event_type = 'Lock'"
            )
            wait_until(lambda: vault.bench.sql.execute(waiting).fetchone() is not None, 20, "pg_dump waits")
            vault.bench.cancel(ref)
            asked = time.monotonic()
            thread.join(20)
    assert vault.bench.task(ref).status == "cancelled"
    assert time.monotonic() - asked < 2.0
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)
    assert [each.name for each in vault.shelf.backups()] == before
    vault.require_nothing_left()


def test_what_the_dead_have_left_is_removed_and_what_the_living_make_is_not(vault: Vault) -> None:
    dead = uuid.uuid4().hex
    vault.shelf.draft(dead)
    living = vault.bench.store().claim(vault.bench.open())
    assert living
    vault.shelf.draft(living.token.hex)
    going = older(vault, 3)[0]
    (vault.folder / "backups" / going).rename(vault.folder / "backups" / f".going-{going}")
    with scratch.scratch(vault.database_url, living.token.hex):
        with psycopg.connect(vault.settings.backup_database_url, autocommit=True) as connection:
            (name,) = connection.execute(
                "SELECT datname FROM pg_database WHERE datname LIKE %s", [f"%{living.token.hex}"]
            )
            connection.execute(f"CREATE DATABASE {name[0].replace(living.token.hex, dead)}")
        vault.made()
        assert scratch.left_over(vault.database_url) == [living.token.hex]
        assert [path.name for path in (vault.folder / "backups").glob(".*")] == [f"{DRAFT}{living.token.hex}"]


def test_older_ones_are_kept_by_days_weeks_and_months(vault: Vault) -> None:
    older(vault, 1, 1.001, 2, 400)
    vault.change(backup_daily=2, backup_weekly=1, backup_monthly=1)
    task = vault.make()
    assert task.result
    assert len(task.result["removed"]) == 3
    assert len(vault.shelf.backups()) == 2
