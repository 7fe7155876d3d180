"""The folder of backups. What has a name there was verified; what is being made begins with a dot."""

import os
import shutil
import uuid
from pathlib import Path

import msgspec
from msgspec import Struct

from libs.contracts.system.backups import MANIFEST, Manifest

DRAFT, GOING = ".draft-", ".going-"


class Backup(Struct, frozen=True):
    """One of them."""

    name: str
    manifest: Manifest


class Shelf:
    """Every method raises OSError."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def backups(self) -> list[Backup]:
        """All that have a readable manifest, newest first."""
        found = [Backup(path.name, manifest) for path in self._folders() if (manifest := read_manifest(path))]
        return sorted(found, key=lambda backup: backup.manifest.taken_at, reverse=True)

    def of_job(self, job_id: uuid.UUID) -> Backup | None:
        """The one that a job has made."""
        return next((backup for backup in self.backups() if backup.manifest.job_id == job_id), None)

    def draft(self, token: str) -> Path:
        """An empty folder to make one in; who makes it may read it, and nobody else."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / f"{DRAFT}{token}"
        path.mkdir(mode=0o700)
        return path

    def drafts(self) -> list[str]:
        """Who makes one, or has begun to."""
        names = (path.name for path in self._folder.glob(f"{DRAFT}*"))
        return [name.removeprefix(DRAFT) for name in names]

    def drop_draft(self, token: str) -> None:
        """Have a draft be gone, if it is there."""
        shutil.rmtree(self._folder / f"{DRAFT}{token}", ignore_errors=True)

    def put(self, token: str, manifest: Manifest) -> Backup:
        """Give a draft its name, once all of it is on the disk; from then on it is a backup."""
        draft = self._folder / f"{DRAFT}{token}"
        write_synced(draft / MANIFEST, msgspec.json.format(msgspec.json.encode(manifest, order="deterministic")))
        sync(draft)
        name = f"{manifest.taken_at:%Y%m%dT%H%M%SZ}-{manifest.job_id.hex[-8:]}"
        draft.rename(self._folder / name)
        sync(self._folder)
        return Backup(name, manifest)

    def remove(self, name: str) -> None:
        """Have one be no more: at once by its name, then by its bytes."""
        going = self._folder / f"{GOING}{name}"
        (self._folder / name).rename(going)
        sync(self._folder)
        shutil.rmtree(going)

    def clear_removed(self) -> None:
        """End what somebody has begun to remove."""
        for path in self._folder.glob(f"{GOING}*"):
            shutil.rmtree(path, ignore_errors=True)

    def _folders(self) -> list[Path]:
        try:
            return [path for path in self._folder.iterdir() if not path.name.startswith(".") and path.is_dir()]
        except FileNotFoundError:
            return []


def read_manifest(folder: Path) -> Manifest | None:
    """What a backup says of itself; None where there is none, or none that can be read."""
    try:
        return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
    except (OSError, msgspec.MsgspecError):
        return None


def write_synced(path: Path, data: bytes) -> None:
    """Write a file and have it on the disk."""
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """Have a folder's names on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
