"""Ports that a data dir keeps over restarts."""

import random
import socket
import sys
from pathlib import Path
from typing import Self

import msgspec

from deploy.local.data_dir.private_files import write_private

HOST = "127.0.0.1"
EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
LOWEST = 10_240


def is_free(port: int) -> bool:
    """Whether a server could listen on `port` now. Connections that only wait to be forgotten do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(taken: frozenset[int] = frozenset()) -> int:
    """A free port outside the range from which the kernel takes ports for outgoing connections.

    Inside that range, a client that tries to reach a server that is down can be given the server's own port: it then
    talks to itself, and the server cannot come back.
    """
    candidates = [port for port in range(LOWEST, _first_ephemeral()) if port not in taken]
    for port in random.sample(candidates, len(candidates)):
        if is_free(port):
            return port
    raise OSError("no free port")


def _first_ephemeral() -> int:
    try:
        first = int(EPHEMERAL.read_text(encoding="ascii").split()[0])
    except OSError:  # not Linux
        first = 49_152
    return first if first > LOWEST + 1_000 else 65_536


class Ports:
    """The ports of one data dir by name, kept in a file so that a restart gets the same ones where they are free.

    As a context it holds the ports that it gave, so that no other stack chooses one of them: not before its server
    listens, and not while its server is restarted.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._kept: dict[str, int] = {}
        self._held: dict[int, socket.socket] = {}
        if path.exists():
            self._kept = msgspec.json.decode(path.read_bytes(), type=dict[str, int])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for mark in self._held.values():
            mark.close()
        self._held.clear()

    def take(self, name: str, port: int) -> bool:
        """Give the port to `name`, now and after a restart; False if it is taken."""
        if port in self._held or not self._hold(port):
            return False
        if self._kept.get(name) != port:
            self._kept[name] = port
            write_private(self._path, msgspec.json.encode(self._kept).decode())
        return True

    def get(self, name: str, preferred: int | None = None) -> int:
        """The port kept for `name` if it is free, else `preferred` if it is free, else any free one."""
        for known in (self._kept.get(name), preferred):
            if known is not None and self.take(name, known):
                return known
        return self.get_any(name)

    def get_any(self, name: str) -> int:
        """Any free port."""
        while True:
            port = free_port(frozenset(self._kept.values()))
            if self.take(name, port):
                return port

    def _hold(self, port: int) -> bool:
        """Hold the port among all stacks of this machine by a name in the kernel, which a crash cannot leave behind."""
        mark = socket.socket(socket.AF_UNIX)
        try:
            if sys.platform == "linux":
                mark.bind(f"\0sluice.port.{port}")
        except OSError:  # another stack holds it
            mark.close()
            return False
        if not is_free(port):
            mark.close()
            return False
        self._held[port] = mark
        return True
