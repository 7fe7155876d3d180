"""The log files of the children."""

import os
from io import FileIO
from pathlib import Path

MAX_BYTES = 16 * 1024 * 1024
TAIL_BYTES = 4_000
TAIL_LINES = 12


def open_log(path: Path) -> FileIO:
    """Open a log for appending, mode 0600. One that has grown beyond 16 MiB is set aside as `<name>.1` first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > MAX_BYTES:
        path.replace(path.with_name(path.name + ".1"))
    return FileIO(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600), "w")


def tail(path: Path) -> str:
    """The last lines of a log, empty if there is none."""
    if not path.exists():
        return ""
    with path.open("rb") as log:
        log.seek(max(0, path.stat().st_size - TAIL_BYTES))
        lines = log.read().decode("utf-8", "replace").splitlines()
    return "\n".join(f"  {line}" for line in lines[-TAIL_LINES:])
