"""Small disks that can be filled: a tmpfs for each server, which nobody sees but this process and its children.

Only root may mount, and only Linux has mount namespaces; elsewhere there is no small disk, and what needs one says so.
"""

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

CLONE_NEWNS = 0x00020000
MS_REC, MS_PRIVATE = 0x4000, 1 << 18
MNT_DETACH = 2
BLOCK = 64 * 1024
NAME = "ballast"
DISKS = {"valkey": 256, "postgres": 512, "files": 256}
"""MiB by server, and for files, beyond what a run needs."""


class Ballast:
    """A file that takes all the room of a disk."""

    def __init__(self, disk: Path) -> None:
        self._file = disk / NAME

    def fill(self) -> None:
        """Take all the room that there is."""
        file = os.open(self._file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            for size in (BLOCK * 16, BLOCK, 512):
                with suppress(OSError):  # no space left
                    while True:
                        os.write(file, bytes(size))
        finally:
            os.close(file)

    def drop(self) -> None:
        """Give the room back."""
        self._file.unlink(missing_ok=True)


@contextmanager
def small_disks(below: Path, megabytes: dict[str, int]) -> Iterator[dict[str, Path]]:
    """New disks by name, of these sizes, each mounted at a new directory; none where that is not allowed.

    The calling thread enters a mount namespace of its own: the disks are gone when its processes are.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    disks: dict[str, Path] = {}
    if sys.platform == "linux" and os.geteuid() == 0 and not libc.unshare(CLONE_NEWNS):
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        for name, size in megabytes.items():
            at = below / f"disk-{name}"
            at.mkdir(parents=True)
            if not libc.mount(b"tmpfs", bytes(at), b"tmpfs", 0, f"size={size}m,mode=0755".encode()):
                disks[name] = at
    try:
        yield disks
    finally:
        for at in disks.values():
            libc.umount2(bytes(at), MNT_DETACH)
