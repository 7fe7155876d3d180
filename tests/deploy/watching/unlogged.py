"""A console more, whose log goes to a disk that is full."""

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx

from deploy.local.data_dir.ports import HOST, free_port
from tests.root import ROOT
from tests.waiting import wait_until

FULL_DISK = Path("/dev/full")
"""Each write to it fails for want of room, null(4)."""


class Unlogged:
    """It works as others do, and nothing that it says is written down."""

    def __init__(self) -> None:
        self._address = f"{HOST}:{free_port()}"
        self._metrics = f"{HOST}:{free_port()}"
        self.metrics_url = f"http://{self._metrics}/metrics"

    @contextlib.contextmanager
    def running(self, like: int) -> Iterator[None]:
        """Started as the console of this process id was."""
        started = Path(f"/proc/{like}")
        command = (started / "cmdline").read_text().split("\0")[:-1]
        around = dict(each.split("=", 1) for each in (started / "environ").read_text().split("\0") if each)
        around |= {"SLUICE_CONSOLE_BIND": self._address, "SLUICE_METRICS_BIND": self._metrics}
        with FULL_DISK.open("wb") as log, subprocess.Popen(command, cwd=ROOT, env=around, stderr=log) as console:
            try:
                wait_until(lambda: self.says_something() or console.poll() is not None, 60, "the console answers")
                assert console.poll() is None
                yield
            finally:
                console.terminate()

    def says_something(self) -> bool:
        """Have it write a line, if it is there."""
        try:
            return httpx.get(f"http://{self._address}/sign-in", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False
