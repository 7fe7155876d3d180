"""Reads one file in a process of its own: `python -m libs.files.readers.outside.child FORMAT PATH`.

It dies with the process that started it, has none of its environment, and may take so much memory, and so much time
between two answers, as its limits say. What it cannot do within them ends it, and nothing else.
"""

import ctypes
import resource
import signal
import sys
from collections.abc import Iterator
from typing import Protocol

from libs.files.failures import UnreadableError
from libs.files.readers.outside.messages import Batch, Ended, Failed, Message, Opened, Request, receive, send

MEMORY = 2 * 1024**3
"""Bytes of address space. A library's own share of it is a few hundred megabytes."""
SECONDS = 120
"""Of the processor, between two answers."""
_PR_SET_PDEATHSIG = 1


class Reader(Protocol):
    """An open file."""

    def opened(self) -> Opened:
        """What sheets it has."""

    def read(self, request: Request) -> Iterator[Batch]:
        """The rows of one."""


def limit() -> None:
    """Take the limits on."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    more_time()


def more_time() -> None:
    """Begin the time anew."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime) + 1 + SECONDS
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _opened(kind: str, path: str) -> Reader:
    if kind == "parquet":
        from libs.files.readers.outside.parquet import ParquetReader

        return ParquetReader(path)
    from libs.files.readers.outside.workbook import WorkbookReader

    return WorkbookReader(path)


def _answers(kind: str, path: str) -> Iterator[Message]:
    reader = _opened(kind, path)
    yield reader.opened()
    request = receive(sys.stdin.buffer)
    if isinstance(request, Request):
        yield from reader.read(request)
    yield Ended()


def main() -> None:
    """Read the file that the arguments name, and answer on standard output."""
    limit()
    kind, path = sys.argv[1:]
    try:
        for answer in _answers(kind, path):
            send(sys.stdout.buffer, answer)
            more_time()
    except BrokenPipeError:
        sys.stdout = None
    except ImportError:
        send(sys.stdout.buffer, Failed("FORMAT_NOT_INSTALLED"))
    except UnreadableError as error:
        send(sys.stdout.buffer, Failed(error.code))
    except MemoryError:
        send(sys.stdout.buffer, Failed("FILE_NEEDS_TOO_MUCH"))
    except BaseException:  # noqa: BLE001 -- a library's own, or a panic of Rust, which is no Exception
        send(sys.stdout.buffer, Failed("FILE_DAMAGED"))


if __name__ == "__main__":
    main()
