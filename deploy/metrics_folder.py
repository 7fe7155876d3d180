"""The folder in which the processes of one gunicorn put their metrics together: in memory, and gone with them."""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path

PREFIX = "sluice-metrics-"
LOCK = "lock"
IN_MEMORY = Path("/dev/shm")  # noqa: S108 -- folders in it are made by mkdtemp


def make(parent: Path) -> Path:
    """A new folder, kept for as long as this process or a child of it lives. Raises OSError."""
    remove_left_behind(parent)
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    lock = os.open(folder / f".{LOCK}", os.O_CREAT | os.O_RDWR, 0o600)
    fcntl.flock(lock, fcntl.LOCK_EX)
    (folder / f".{LOCK}").rename(folder / LOCK)  # held from its first moment on
    return folder


def parent() -> Path:
    """Where such folders are made: in memory, where there is a disk of that kind."""
    return IN_MEMORY if os.access(IN_MEMORY, os.W_OK) else Path(tempfile.gettempdir())


def remove_left_behind(parent: Path) -> None:
    """Remove the folders of processes that were killed."""
    for folder in parent.glob(f"{PREFIX}*"):
        if folder.lstat().st_uid == os.getuid() and _is_left(folder / LOCK):
            shutil.rmtree(folder, ignore_errors=True)


def _is_left(lock: Path) -> bool:
    try:
        opened = os.open(lock, os.O_RDWR | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(opened)
    return True
