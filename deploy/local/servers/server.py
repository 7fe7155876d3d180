"""What the two embedded servers have in common: run alone (as tests do) or as a program of the supervisor."""

import importlib.util
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Self

from deploy.local.errors import StackError
from deploy.local.supervision.process import Process, Program
from deploy.local.supervision.stopping import end
from libs.contracts.texts import said

START_TIMEOUT = 60.0
"""Seconds. Recovery after an unclean stop takes longer than a start."""


class Server(ABC):
    """An embedded server on 127.0.0.1 whose data, password and log are below `data_dir`."""

    def __init__(self, data_dir: Path, port: int, log: Path | None = None) -> None:
        self.data_dir = data_dir.absolute()
        self.port = port
        self.log = log or self.data_dir / "server.log"
        self._process: Process | None = None

    @property
    @abstractmethod
    def url(self) -> str:
        """Where to connect, password included. Makes the password if there is none yet."""

    @abstractmethod
    def program(self) -> Program:
        """What the supervisor runs."""

    @property
    def pid(self) -> int:
        """The server's process id, 0 if it was not started here."""
        return self._process.pid if self._process else 0

    def start(self, timeout: float = START_TIMEOUT) -> Self:
        """Start the server and wait until it answers. It dies with this process, whatever way that ends.

        Main thread only. Raises StackError if the server does not answer within `timeout` seconds, or if another
        living process runs one on the same data dir.
        """
        self._process = Process(self.program())
        try:
            self._process.start()
            self._process.wait_ready(timeout)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Stop the server in an orderly way; nothing happens if it does not run."""
        if self._process:
            end([self._process])
            self._process = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()


def package_file(package: str, pattern: str) -> Path:
    """A file that ships in a package, found without importing the package. Raises StackError if it is not installed."""
    spec = importlib.util.find_spec(package)
    for location in spec.submodule_search_locations or () if spec else ():
        for path in sorted(Path(location).glob(pattern)):
            return path
    raise StackError(said("PACKAGE_MISSING", name=package.replace("_", "-")))
