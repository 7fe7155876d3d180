"""The `sluice` command on a terminal of 80 columns, with somebody who answers."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
from types import TracebackType
from typing import Self

from tests.root import ROOT
from tests.system.api import Tenant
from tests.waiting import wait_until

ROWS, COLUMNS = 24, 80
_STEERING = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """One run of the command; everything that it prints, as it would be read."""

    def __init__(self, tenant: Tenant, *args: str, language: str = "en") -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        token = tenant.bearer["Authorization"].removeprefix("Bearer ")
        environ = {**os.environ, "SLUICE_URL": tenant.stack.url, "SLUICE_TOKEN": token, "SLUICE_LANG": language}
        environ |= {"PYTHONUTF8": "1", "TERM": "xterm"}
        for name in ("COLUMNS", "LINES"):
            environ.pop(name, None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "libs.client.commands.command", *args],
            stdin=slave, stdout=slave, stderr=slave, cwd=ROOT, env=environ, start_new_session=True,
        )  # fmt: skip
        os.close(slave)
        self._bytes = bytearray()
        self._read = 0
        self._reader = threading.Thread(target=self._collect, daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        self._reader.join(10)
        os.close(self._master)

    @property
    def text(self) -> str:
        """All that has been printed, without what steers a terminal."""
        return _STEERING.sub("", self._bytes.decode(errors="replace")).replace("\r\n", "\n")

    def sees(self, words: str, timeout: float = 60) -> None:
        """Wait for these words, after those that were seen last."""
        wait_until(lambda: words in self.text[self._read :] or self._process.poll() is not None, timeout, words)
        assert words in self.text[self._read :], self.text
        self._read = self.text.index(words, self._read) + len(words)

    def types(self, line: str) -> None:
        """Answer with a line."""
        os.write(self._master, line.encode() + b"\n")

    def interrupts(self) -> None:
        """Ctrl-C."""
        self._process.send_signal(signal.SIGINT)

    def ends(self, timeout: float = 60) -> int:
        """Its exit status."""
        status = self._process.wait(timeout)
        self._reader.join(10)
        return status

    @property
    def widest(self) -> int:
        """Columns of the longest line, of those that were written over the last state."""
        return max((len(line.rpartition("\r")[2]) for line in self.text.split("\n")), default=0)

    def _collect(self) -> None:
        try:
            while data := os.read(self._master, 4096):
                self._bytes += data
        except OSError:  # the other end has been closed
            return
