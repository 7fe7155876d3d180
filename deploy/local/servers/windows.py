"""Shows a process that leaves root the directories it works in, where the way to them is for root alone.

In a mount namespace of its own, the first directory that its account may not enter is covered by an empty one, in
which the path is made again and ends in the real directory. All else below the covered one is out of the process's
sight. Only root may do that, where mounting is allowed; other processes see nothing of it. Imported by `launch.py`.
"""

import ctypes
import os
import stat
from pathlib import Path

CLONE_NEWNS = 0x00020000
MS_BIND, MS_REC, MS_SLAVE = 0x1000, 0x4000, 1 << 19
PACKAGES = "site-packages"


def show(uid: int, gid: int, directory: str, program: str) -> None:
    """Have `uid` reach `directory` and the packages that `program` is part of. Raises OSError where that cannot be."""
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source: str, at: Path, kind: str | None, flags: int, options: str | None) -> None:
        given = [text.encode() if text is not None else None for text in (source, str(at), kind, options)]
        if libc.mount(*given[:3], flags, given[3]):
            raise OSError(ctypes.get_errno(), f"{at}: {os.strerror(ctypes.get_errno())}")

    wanted = [path for path in (Path(directory), packages_of(Path(program))) if closed_above(path, uid, gid)]
    if not wanted:
        return
    if libc.unshare(CLONE_NEWNS):
        raise OSError(ctypes.get_errno(), f"{closed_above(wanted[0], uid, gid)} is closed to others")
    mount("none", Path("/"), None, MS_REC | MS_SLAVE, None)
    rooms = {path: os.open(path, os.O_PATH | os.O_DIRECTORY) for path in wanted}
    for path, room in rooms.items():
        if closed := closed_above(path, uid, gid):
            mount("tmpfs", closed, "tmpfs", 0, "mode=755,size=1m")
        path.mkdir(mode=0o755, parents=True, exist_ok=True)
        mount(f"/proc/self/fd/{room}", path, None, MS_BIND, None)


def packages_of(program: Path) -> Path:
    """The directory of packages that a program came with, for its libraries may lie beside it; else its own."""
    return next((parent for parent in program.parents if parent.name == PACKAGES), program.parent)


def closed_above(path: Path, uid: int, gid: int) -> Path | None:
    """The first directory on the way to `path` that this account may not pass through; None where all are open."""
    return next(
        (parent for parent in reversed(path.parents) if parent.exists() and not _open_to(parent, uid, gid)), None
    )


def _open_to(directory: Path, uid: int, gid: int) -> bool:
    status = directory.stat()
    if status.st_uid == uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
