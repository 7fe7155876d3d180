"""A standard stream that never raises and never waits, whoever reads it and whatever becomes of them.

Every line of a process goes through here: its own logs, those of libraries, tracebacks, warnings. They are put in a
queue and written by a thread of their own. A reader that stalls costs lines once the queue is full; a pipe that is
closed or a disk that is full costs the lines of that time. Both are counted, neither is felt by the thread that speaks.
"""

import atexit
import os
import select
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import TextIO, cast

MOST_TEXTS = 10_000
"""Texts, a line each as a rule, that wait for a reader; some megabytes."""
AT_EXIT_S = 1.0
GATHER_S = 0.1
"""The thread's rest once all is written, behind a whole line: who speaks meanwhile need not wake it, which costs more
than the line."""


class Outlet:
    """Stands where a text stream is expected; `stream` None is a stream that was closed before the process began.

    `dropped` is called once for each text that is lost; it may be replaced.
    """

    def __init__(self, stream: TextIO | None, *, errors: str = "backslashreplace") -> None:
        self.encoding = (stream.encoding if stream else None) or "utf-8"
        self.errors = errors
        self.dropped: Callable[[], object] = lambda: None
        self._file = -1
        self._terminal = False
        if stream is not None:
            with suppress(OSError, ValueError):
                self._file, self._terminal = stream.fileno(), stream.isatty()
        self._begin()
        # A fork takes the queue along and not the thread: what waits is the parent's to write.
        os.register_at_fork(after_in_child=self._begin)
        atexit.register(self.drain, AT_EXIT_S)

    def write(self, text: str) -> int:
        """Have the text written some time; safe in any thread, in a signal handler, under any lock.

        Raises TypeError for what is no text, by which click tells a text stream from a binary one.
        """
        if not isinstance(text, str):
            raise TypeError("a text is wanted")
        if self._waiting.qsize() >= MOST_TEXTS:
            self._drop()
        else:
            self._waiting.put(text)
            self._start()
        return len(text)

    def flush(self) -> None:
        """Do nothing: nobody who speaks waits for who listens."""

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._terminal

    def fileno(self) -> int:
        """The file descriptor. Raises OSError where there is none."""
        if self._file < 0:
            raise OSError("the stream is closed")
        return self._file

    def drain(self, seconds: float) -> None:
        """Wait until all that was said before is written or lost, so long at most."""
        if self._started.locked():
            reached = threading.Event()
            self._waiting.put(reached)
            reached.wait(seconds)

    def _begin(self) -> None:
        self._waiting: SimpleQueue[str | threading.Event] = SimpleQueue()
        self._started = threading.Lock()

    def _start(self) -> None:
        """Start the thread, unless this process has done so."""
        if self._started.acquire(blocking=False):
            try:
                threading.Thread(target=self._run, name="outlet", daemon=True).start()
            except RuntimeError:  # no room for a thread now, or the interpreter is about to end
                self._started.release()

    def _run(self) -> None:
        while True:
            text = self._waiting.get()
            if isinstance(text, threading.Event):
                text.set()
                continue
            try:
                self._put(text.encode(self.encoding, self.errors))
            except Exception:  # noqa: BLE001 -- most often of the system; this thread goes on whatever it is
                self._drop()
            if text.endswith("\n") and self._waiting.empty():
                time.sleep(GATHER_S)

    def _put(self, data: bytes) -> None:
        while data:
            try:
                data = data[os.write(self._file, data) :]
            except BlockingIOError:  # others share the file, and one of them has made it so
                select.select((), (self._file,), (), 1.0)

    def _drop(self) -> None:
        with suppress(Exception):  # to count is not worth more than to go on
            self.dropped()


def never_wait_for_stderr() -> Outlet:
    """Put an outlet in the place of standard error, once a process; gives it."""
    standard: object = sys.stderr
    if isinstance(standard, Outlet):
        return standard
    outlet = Outlet(sys.stderr)
    sys.stderr = cast(TextIO, outlet)
    return outlet
