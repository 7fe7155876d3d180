"""What a command prints arrives on any terminal: letters that its encoding lacks become the nearest ones it has."""

import codecs
import io
import os
import sys
import unicodedata
from typing import TextIO, cast

from libs.telemetry.process.outlet import Outlet

READABLE = "sluice-readable"
"""The name of the error handler, see `codecs.register_error`."""

_NEAREST = {"đ": "d", "Đ": "D", "…": "...", "—": "-", "“": '"', "”": '"', "·": "-", "█": "#", "░": "."}


def make_readable() -> None:
    """Have standard output and error never fail for a letter."""
    codecs.register_error(READABLE, _readable)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=READABLE)


def never_wait_for_terminal() -> None:
    """Have nothing that is printed stop this process either: the terminal may be closed, or stopped by Ctrl-S."""
    out = Outlet(sys.stdout, errors=READABLE)
    error = out if _same_file() else Outlet(sys.stderr, errors=READABLE)
    sys.stdout, sys.stderr = cast(TextIO, out), cast(TextIO, error)


def discard_output() -> None:
    """Forget what standard output holds and could not write, so that the end of the process does not try it again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _same_file() -> bool:
    """Whether output and error go to one file, in which their order counts."""
    try:
        return os.path.sameopenfile(sys.stdout.fileno(), sys.stderr.fileno())
    except (OSError, AttributeError):  # one of them is closed
        return False


def _readable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_nearest, error.object[error.start : error.end])), error.end


def _nearest(letter: str) -> str:
    """The letter without its marks, in ASCII; nothing for a mark alone."""
    base = unicodedata.normalize("NFD", letter)[0]
    if unicodedata.combining(base):
        return ""
    return _NEAREST.get(base, base if base.isascii() else "?")
