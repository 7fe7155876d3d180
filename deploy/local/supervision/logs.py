"""The log files of the children, bounded in size and number while they run.

A child prints into a pipe, and a thread of the supervisor brings it into files: so whoever prints needs to know
nothing, PostgreSQL and Valkey included, and no line is lost where one file ends and the next begins. A disk that is
full costs lines; the child goes on.
"""

import fcntl
import os
import threading
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import IO

MAX_BYTES = 8 * 1024 * 1024
KEPT = 3
"""Older files beside the one that is written: `<name>.1` is the youngest. With it, 32 MiB a program at most."""
PIPE_BYTES = 1024 * 1024
"""What a child may say while the supervisor is stopped."""
BLOCK = 64 * 1024
TAIL_BYTES = 4_000
TAIL_LINES = 12


class Log:
    """The files of one program, mode 0600; goes on at the end of what a former run has written. Raises OSError."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._path = path
        self._file = _append_to(path)

    def follow(self, pipe: IO[bytes]) -> threading.Thread:
        """Take what comes out of the pipe until it ends, in a thread; then close both."""
        with suppress(OSError, AttributeError):  # a user's pipes have bounds, and other systems no such call
            fcntl.fcntl(pipe, fcntl.F_SETPIPE_SZ, PIPE_BYTES)
        thread = threading.Thread(target=self._run, args=(pipe,), name=f"log of {self._path.stem}", daemon=True)
        thread.start()
        return thread

    def _run(self, pipe: IO[bytes]) -> None:
        with pipe:
            while data := os.read(pipe.fileno(), BLOCK):
                with suppress(OSError):
                    self.take(data)
        self._file.close()

    def take(self, data: bytes) -> None:
        """Write, to the next file where this one is full; it ends with a whole line if it can. Raises OSError."""
        room = MAX_BYTES - self._file.tell()
        if len(data) > room:
            end = data.rfind(b"\n", 0, max(room, 0)) + 1
            self._file.write(data[:end])
            data = data[end:]
            self._turn()
        self._file.write(data)

    def _turn(self) -> None:
        for number in range(KEPT, 0, -1):
            younger = self._numbered(number - 1)
            if younger.exists():
                younger.replace(self._numbered(number))
        full, self._file = self._file, _append_to(self._path)
        full.close()

    def _numbered(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}") if number else self._path


def tail(path: Path) -> str:
    """The last lines of a log, empty if there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])


def _append_to(path: Path) -> FileIO:
    file = FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "w")
    file.seek(0, os.SEEK_END)
    return file
