"""Gives up on bodies that arrive too slowly, so that they cannot hold threads.

A thread that waits for a slow client is blocked in recv; a watchdog ends the receiving side of its socket, and recv
returns at once. The sending side stays open for the answer.
"""

import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from msgspec import Struct, structs

from libs.telemetry.process.vital import vital_thread

CHECK_EVERY_S = 0.5
CROWDED_GRACE_S = 1.0
SMALLEST_BLOCK, LARGEST_BLOCK = 16 * 1024, 1024 * 1024


def next_block(received: int) -> int:
    """Bytes to read at once after so many, and so what may have come without being counted yet.

    It grows with the body, because gunicorn copies all that it has read ahead for each block that it hands out.
    """
    return min(max(received, SMALLEST_BLOCK), LARGEST_BLOCK)


class Pace(Struct, frozen=True):
    """How a body must arrive."""

    seconds: float
    bytes_per_second: float
    grace_seconds: float

    def too_slow(self, elapsed_s: float, received: int) -> bool:
        """Whether to give up after so many seconds with so many bytes."""
        due = (elapsed_s - self.grace_seconds) * self.bytes_per_second
        return elapsed_s > self.seconds or received + next_block(received) < due


class Reading:
    """A body that is being read."""

    def __init__(self, connection: socket.socket | None) -> None:
        self.received = 0
        self.given_up = False
        self.started = time.monotonic()
        self._connection = connection

    def begin_again(self) -> None:
        """Have what comes from now on keep the pace by itself: what came fast earns no long rest."""
        self.started = time.monotonic()  # first: the watchdog may look in between
        self.received = 0

    def give_up(self) -> None:
        """End the receiving side of the connection."""
        self.given_up = True
        if self._connection is not None:
            with suppress(OSError):
                self._connection.shutdown(socket.SHUT_RD)


class Watchdog:
    """Watches all bodies that a process is reading. Where they are a crowd, none has much of a grace."""

    def __init__(self, pace: Pace, crowd: int = sys.maxsize) -> None:
        self._pace = pace
        self._crowded_pace = structs.replace(pace, grace_seconds=min(pace.grace_seconds, CROWDED_GRACE_S))
        self._crowd = crowd
        self._readings: set[Reading] = set()
        self._lock = threading.Lock()
        vital_thread("slow-bodies", self._run).start()

    @contextmanager
    def watch(self, connection: socket.socket | None) -> Iterator[Reading]:
        """Watch a body while it is read; the reader keeps `received` up to date."""
        reading = Reading(connection)
        with self._lock:
            self._readings.add(reading)
        try:
            yield reading
        finally:
            self.release(reading)

    def release(self, reading: Reading) -> None:
        """Watch it no more; may be called twice."""
        with self._lock:
            self._readings.discard(reading)

    def _run(self) -> None:
        while True:
            time.sleep(CHECK_EVERY_S)
            now = time.monotonic()
            with self._lock:
                pace = self._crowded_pace if len(self._readings) > self._crowd else self._pace
                slow = [r for r in self._readings if pace.too_slow(now - r.started, r.received)]
            for reading in slow:
                reading.give_up()
