"""Who is receiving a file in this process, so that it can be asked to come to its end."""

import socket
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct

PATIENCE_S = 2.0
"""How long a newer request waits for what the older one has in hand."""

Place = tuple[uuid.UUID, uuid.UUID]
"""Tenant and file."""


class _Holder(Struct, eq=False):
    connection: socket.socket | None
    ended: threading.Event


class Holders:
    """The requests of a process that bring files, by file."""

    def __init__(self) -> None:
        self._holders: dict[Place, _Holder] = {}
        self._lock = threading.Lock()

    @contextmanager
    def holding(self, place: Place, connection: socket.socket | None) -> Iterator[None]:
        """Be the one who receives this file until the end of the block."""
        holder = _Holder(connection, threading.Event())
        with self._lock:
            self._holders[place] = holder
        try:
            yield
        finally:
            holder.ended.set()
            with self._lock:
                if self._holders.get(place) is holder:
                    del self._holders[place]

    def end(self, place: Place) -> None:
        """Have the one who receives this file keep what has come, and end.

        In another process, it finds out when it wants to add to the file, and what it has in hand is lost.
        """
        with self._lock:
            holder = self._holders.get(place)
        if holder is None:
            return
        if holder.connection is not None:
            with suppress(OSError):
                holder.connection.shutdown(socket.SHUT_RD)  # what has come is still read
        holder.ended.wait(PATIENCE_S)
