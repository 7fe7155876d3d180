"""Advisory locks that tell whose a directory is and who is left of a former run.

The kernel drops an advisory lock when the last process that holds the open file is gone. A child that inherits the
file therefore holds the claim as long as it, or any process it forked, lives: no process id is ever guessed from a
file that a crash left behind.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

PATIENCE = 10.0
PASSING = 1.0
"""Seconds in which what was killed lets go of its claim, thread by thread."""
POLL = 0.02


class Claim:
    """A lock on the file `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._file = -1

    def take(self, patience: float = 0.0) -> bool:
        """Whether the claim is ours within so many seconds; if not, another process holds it."""
        deadline = time.monotonic() + patience
        while not self._take():
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL)
        return True

    def _take(self) -> bool:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return False
        self._file = file
        return True

    def fileno(self) -> int:
        """The open file, to be inherited by a child."""
        return self._file

    def let_go(self) -> None:
        """Close the file; children that inherited it keep the claim."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def holders(self) -> Iterator[int]:
        """The ids of other processes that have the file open, as far as we may see. Linux alone tells."""
        for process in Path("/proc").glob("[0-9]*"):
            if process.name != str(os.getpid()) and self._is_open_in(process):
                yield int(process.name)

    def evict(self, first: signal.Signals) -> bool:
        """End what is left of a former run and take the claim; False if the holders cannot be found or ended."""
        self._signal_holders(first)
        if self.take(PATIENCE):
            return True
        for _ in range(int(PATIENCE)):  # again and again: a holder may be forking
            self._signal_holders(signal.SIGKILL)
            if self.take(1):
                return True
        return False

    def _signal_holders(self, number: signal.Signals) -> None:
        for process in self.holders():
            send(process, signal.SIGCONT)  # one that was stopped would not notice
            send(process, number)

    def _is_open_in(self, process: Path) -> bool:
        try:
            return any(file.readlink() == self.path for file in (process / "fd").iterdir())
        except OSError:  # gone meanwhile, or another user's
            return False


def send(process: int, number: signal.Signals) -> None:
    """Signal a process that may be gone already."""
    try:
        os.kill(process, number)
    except (ProcessLookupError, PermissionError):
        return
