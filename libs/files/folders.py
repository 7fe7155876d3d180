"""Folders on this machine's disk in which files are made and read, as long as it takes.

Whoever is killed removes nothing, and what stays behind holds values of records. So each is locked as long as its
process lives, and processors remove those that nobody holds.
"""

import fcntl
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

PREFIX = "sluice-work-"
YOUNG_S = 60.0
"""A folder that is as young may not have been locked yet."""


class Folder:
    """A new one. Raises OSError where there is no room for it."""

    def __init__(self) -> None:
        self._made = tempfile.TemporaryDirectory(prefix=PREFIX)
        self.path = Path(self._made.name)
        self._lock: int | None = _opened(self.path)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def cleanup(self) -> None:
        """Remove it, with all that is in it."""
        self._made.cleanup()
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def remove_left_over(young_s: float = YOUNG_S) -> int:
    """Remove what processes have left that are no more; returns how many folders there were."""
    removed = 0
    for path in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another's, or another was quicker
            removed += _removed(path, young_s)
    return removed


def _removed(path: Path, young_s: float) -> bool:
    lock = _opened(path)
    try:
        about = os.fstat(lock)
        if about.st_uid != os.geteuid() or time.time() - about.st_mtime < young_s:
            return False
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(path)
        return True
    finally:
        os.close(lock)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
