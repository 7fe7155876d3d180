"""pg_dump and pg_restore: where they are, what they are told, and why they fail.

Where to log in, password included, is in their environment alone, which the account that runs them can read and nobody
else. Of what they print, the log has the first line; a person is told a code, since the rest may quote rows.
"""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import IO

import structlog
from psycopg.pq import Conninfo

from libs.backups.failures import BackupError
from libs.database.server.address import current_address

log = structlog.get_logger()

Asked = Callable[[], bool]
"""Whether somebody wants an end of what is under way."""

LOOK_EVERY_S = 0.1
LONGEST_LINE = 300
_VERSION = re.compile(r"(\d+)(?:\.\d+)?")
_QUOTED = re.compile(r'"[^"]*"$')
_TOLD = (
    (re.compile(r"permission denied (?:for|to) ([\w .]+)"), "BACKUP_RIGHTS"),
    (re.compile(r"row-level security"), "BACKUP_RIGHTS"),
    (re.compile(r"No space left|could not extend file|disk full"), "BACKUP_SERVER_FULL"),
    (re.compile(r"lock timeout|could not obtain lock"), "BACKUP_LOCKED"),
    (re.compile(r"end of file|valid archive|uncompress|corrupt|magic string"), "BACKUP_DAMAGED"),
    (re.compile(r"connection to server|server closed the connection|terminating connection"), "DATABASE_UNAVAILABLE"),
)
_PASSING = ("BACKUP_LOCKED", "DATABASE_UNAVAILABLE")


def find(folder: str, program: str) -> str:
    """The path of a program. Raises BackupError."""
    found = shutil.which(program, path=folder or None)
    if found is None:
        raise BackupError("BACKUP_PROGRAM_MISSING", program=program)
    return os.path.abspath(found)  # noqa: PTH100 -- a link stays one: wrappers go by their own name


def version_of(program: str) -> str:
    """What a program says of itself, such as 18.6."""
    done = subprocess.run((program, "--version"), capture_output=True, text=True, check=False, timeout=60)
    return done.stdout.split()[-1] if done.returncode == 0 and done.stdout.split() else "0"


def major(version: str) -> int:
    """The first number of a version."""
    found = _VERSION.search(version)
    return int(found[1]) if found else 0


def login(database_url: str) -> dict[str, str]:
    """The environment of a program that is to log in there."""
    options = Conninfo.parse(current_address(database_url).encode())
    given = (option for option in options if option.val and option.envvar)
    said = {(option.envvar or b"").decode(): (option.val or b"").decode() for option in given}
    return {**os.environ, **said, "LC_ALL": "C.UTF-8", "PGAPPNAME": "sluice-backup", "PGCLIENTENCODING": "UTF8"}


@contextmanager
def ended_by(asked: Asked, end: Callable[[], object]) -> Iterator[None]:
    """Have `end` called as soon as somebody asks, while the block lasts."""
    over = threading.Event()

    def look() -> None:
        while not over.wait(LOOK_EVERY_S):
            if asked():
                end()
                return

    thread = threading.Thread(target=look, name="backup-end", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def running(
    command: Sequence[str], environ: dict[str, str], asked: Asked, *, reads: bool = False
) -> Iterator[IO[bytes]]:
    """A program, as long as the block lasts: what it writes, or what it `reads`. It is killed where the block fails.

    Raises BackupError where the program fails.
    """
    with tempfile.TemporaryFile() as told, subprocess.Popen(
        command, env=environ, stdin=subprocess.PIPE if reads else subprocess.DEVNULL,
        stdout=subprocess.DEVNULL if reads else subprocess.PIPE, stderr=told,
    ) as child, ended_by(asked, child.kill):  # fmt: skip
        pipe = child.stdin if reads else child.stdout
        assert pipe is not None
        try:
            yield pipe
            pipe.close()
        except BrokenPipeError:  # its end says why
            pass
        except BaseException:
            child.kill()
            raise
        finally:
            with suppress(BrokenPipeError):
                pipe.close()
        if child.wait():
            raise _failed(os.path.basename(command[0]), child.returncode, told)  # noqa: PTH119 -- no path is meant


def _failed(program: str, status: int, told: IO[bytes]) -> BackupError:
    told.seek(0)
    text = told.read(1 << 16).decode("utf-8", "replace")
    first = _QUOTED.sub("…", (text.splitlines() or [""])[0])[:LONGEST_LINE]
    log.warning("backup_program_failed", program=program, status=status, told=first)
    for pattern, code in _TOLD:
        if found := pattern.search(text):
            return BackupError(code, passing=code in _PASSING, rights="".join(found.groups()) or "BYPASSRLS")
    return BackupError("BACKUP_PROGRAM_FAILED", program=program, status=status)
