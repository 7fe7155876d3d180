"""Connections that are held open for nothing, many at once, and opened again as soon as the server has had enough."""

import contextlib
import random
import selectors
import socket
import threading
import time
from typing import Self
from urllib.parse import urlsplit

from tests.system.raw import RawAnswer

TICK_S = 0.2


def silent_readers(url: str, request: bytes, size: int) -> contextlib.ExitStack:
    """Clients that ask for more than they have room for, and read none of it; on exit they go."""
    address = urlsplit(url)
    held = contextlib.ExitStack()
    for _ in range(size):
        connection = held.enter_context(socket.create_connection((address.hostname or "", address.port or 80), 20))
        connection.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            connection.send(request)
    return held


class Crowd(threading.Thread):
    """Clients that stop in the head, stop in the body, send a byte now and then, or say nothing; one thread for all."""

    def __init__(self, url: str, head: bytes, size: int) -> None:
        super().__init__(name="crowd", daemon=True)
        address = urlsplit(url)
        self._address = (address.hostname or "", address.port or 80)
        self._openings = (b"", head[: len(head) // 2], head, head + b"{", head + b'{"recipients": [')
        self._size = size
        self._chance = random.Random(size)
        self._selector = selectors.DefaultSelector()
        self._trickling: set[socket.socket] = set()
        self._stopping = threading.Event()
        self.opened = 0
        self.ended: dict[int | None, int] = {}
        """By status: connections that the server has ended, with that answer or with none."""

    def __enter__(self) -> Self:
        self._fill()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self.join()
        for key in list(self._selector.get_map().values()):
            self._drop(key.fileobj)
        self._selector.close()

    def run(self) -> None:
        """Hold on."""
        trickle_at = 0.0
        while not self._stopping.is_set():
            for key, _ in self._selector.select(TICK_S):
                self._hear(key.fileobj)
                self._fill()
            if time.monotonic() >= trickle_at:
                trickle_at = time.monotonic() + TICK_S
                self._trickle()

    def _fill(self) -> None:
        while len(self._selector.get_map()) < self._size:
            connection = socket.create_connection(self._address, timeout=20)
            connection.sendall(self._openings[self.opened % len(self._openings)])
            if self.opened % len(self._openings) == len(self._openings) - 1:
                self._trickling.add(connection)
            self._selector.register(connection, selectors.EVENT_READ)
            self.opened += 1

    def _hear(self, connection: object) -> None:
        """The server has answered or closed: both are its end."""
        assert isinstance(connection, socket.socket)
        data = b""
        with contextlib.suppress(OSError):
            data = connection.recv(65_536)
        status = RawAnswer(data).status
        self.ended[status] = self.ended.get(status, 0) + 1
        self._drop(connection)

    def _trickle(self) -> None:
        for connection in list(self._trickling):
            with contextlib.suppress(OSError):
                connection.sendall(b" ")

    def _drop(self, connection: object) -> None:
        assert isinstance(connection, socket.socket)
        self._selector.unregister(connection)
        self._trickling.discard(connection)
        connection.close()
