"""Bounds what all bodies of a process hold in memory while they are read and decoded."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from libs.contracts.refusals import Refusal
from libs.telemetry.metrics.requests import BODY_BYTES

CROWDED_PART = 8
"""Of the limit, so many parts."""


class BodyMemory:
    """A number of bytes that the bodies of a process share."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._lock = threading.Lock()

    def is_crowded(self, own: int) -> bool:
        """Whether others than one, who holds so many bytes, hold so much that large bodies should take less room."""
        return (self._used - own) * CROWDED_PART > self._limit

    @contextmanager
    def share(self) -> Iterator["Share"]:
        """One body's part, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.take(-share.size)

    def take(self, size: int) -> bool:
        """Take bytes (or give them back, where negative); False where there are not so many."""
        with self._lock:
            if size > 0 and self._used + size > self._limit:
                return False
            self._used += size
        BODY_BYTES.inc(size)
        return True


class Share:
    """What one body holds."""

    def __init__(self, memory: BodyMemory) -> None:
        self._memory = memory
        self.size = 0

    @property
    def is_crowded(self) -> bool:
        """Whether others hold much."""
        return self._memory.is_crowded(self.size)

    def hold(self, size: int) -> None:
        """Hold so many bytes in all. Raises Refusal where other bodies hold too much: the client comes back later."""
        if size != self.size and not self._memory.take(size - self.size):
            raise Refusal("BUSY", headers={"Retry-After": "1"})
        self.size = size
