"""A socket that a client which does not read cannot block for long.

What the client does not take at once is kept for the event loop to send on. Only where that is much does the thread
wait, and only as long as the client keeps the pace.
"""

import errno
import select
import socket
import struct
import time
from collections import deque
from contextlib import suppress
from itertools import islice

from msgspec import Struct

from services.ingest.http.body_memory import BodyMemory

KEPT_BYTES = 32 * 1024 * 1024
"""What a process keeps of all answers together."""
MOST_KEPT = 256 * 1024
"""What it keeps of one."""
KERNEL_BYTES = 128 * 1024
"""What the kernel keeps of one, beside; left to itself, it is up to 4 MiB for a client that takes nothing."""
ALWAYS_KEPT = 16 * 1024
"""A small answer is always kept, however much is: the connections are few enough."""
PIECES = 64
"""Sent at once."""


class TakingPace(Struct, frozen=True):
    """How a client must take its answer: something within the grace, and at this rate in all."""

    grace_seconds: float
    bytes_per_second: float

    def patience(self, sent: int, waited_s: float) -> float:
        """Seconds to wait on, once so much was sent and waited for so long; negative where the client is too slow."""
        return self.grace_seconds + min(0.0, sent / self.bytes_per_second - waited_s)


class PacedSocket(socket.socket):
    """Takes the place of an accepted socket. Used by one thread at a time."""

    def __init__(self, accepted: socket.socket, pace: TakingPace, memory: BodyMemory) -> None:
        super().__init__(fileno=accepted.detach())
        self.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        self._pace = pace
        self._memory = memory
        self._unsent: deque[memoryview] = deque()
        self._held = 0
        self.given_up = False
        self.patient = False
        """Set for a client that is known: what it still sends is read for longer, so that it sees its refusal."""
        self.begin()

    def begin(self) -> None:
        """Begin a new answer, whose pace is its own."""
        self._sent, self._waited_s = 0, 0.0
        self._has_begun = False

    @property
    def patience(self) -> float:
        """Seconds for which the client may take nothing from now on."""
        return self._pace.patience(self._sent, self._waited_s)

    def waited(self, seconds: float) -> None:
        """Count a wait for the client."""
        self._waited_s += seconds

    def sendall(self, data: bytes, flags: int = 0) -> None:  # type: ignore[override]  # no other buffers come
        """Send, or keep what may be kept. Raises OSError where the client is gone or too slow."""
        self._unsent.append(memoryview(data))
        begins, self._has_begun = not self._has_begun, True
        if begins and _is_before_more(data):
            return  # it goes out with what follows; where nothing does, the event loop sends it
        while not self.flush() and not self._may_keep():
            self._wait()

    def send(self, data: bytes, flags: int = 0) -> int:  # type: ignore[override]
        """The same, for those who send little."""
        self.sendall(data)
        return len(data)

    def flush(self) -> bool:
        """Send what the client takes without waiting; whether that was all. Raises OSError where it is gone."""
        with suppress(BlockingIOError):
            while self._unsent:
                self._drop(super().sendmsg(list(islice(self._unsent, PIECES)), (), socket.MSG_DONTWAIT))
        self._hold(min(self._held, self._size))
        return not self._unsent

    def _drop(self, sent: int) -> None:
        """Forget so many bytes, which the kernel has."""
        self._sent += sent
        while self._unsent and sent >= len(self._unsent[0]):
            sent -= len(self._unsent.popleft())
        if sent:
            self._unsent[0] = self._unsent[0][sent:]

    def close(self) -> None:
        """Close; where the client has not taken all, the kernel forgets the rest too."""
        if self._unsent or self.given_up:
            with suppress(OSError):
                self.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._unsent.clear()
        self._hold(0)
        super().close()

    @property
    def _size(self) -> int:
        return sum(map(len, self._unsent))

    def _may_keep(self) -> bool:
        size = self._size
        return size <= ALWAYS_KEPT or (size <= MOST_KEPT and self._hold(size))

    def _hold(self, size: int) -> bool:
        """Have so many bytes counted as kept."""
        taken = size == self._held or self._memory.take(size - self._held)
        if taken:
            self._held = size
        return taken

    def _wait(self) -> None:
        started = time.monotonic()
        room = select.poll()
        room.register(self, select.POLLOUT)
        ready = room.poll(max(0.0, self.patience) * 1000)
        self.waited(time.monotonic() - started)
        if not ready:
            self.given_up = True
            raise ConnectionResetError(errno.ECONNRESET, "the client does not take its answer")


def _is_before_more(data: bytes) -> bool:
    """Whether it is the head of an answer whose length is known, which its server is about to write."""
    return data.startswith(b"HTTP/") and data.endswith(b"\r\n\r\n") and b"\r\ncontent-length: " in data.lower()
