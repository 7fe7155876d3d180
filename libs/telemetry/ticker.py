"""Threads of a service that keep promises while the others work."""

import threading
import time
from collections.abc import Callable

import psycopg
import redis
import structlog

from libs.telemetry.metrics.promises import TICK_FAILURES
from libs.telemetry.process.vital import vital_thread

log = structlog.get_logger()


class Ticker:
    """Calls a function every so often, in a thread, until it is stopped; an error is logged and the next tick comes.

    Should the thread end all the same, so does the process. It is late when no tick has ended well for `patience_s`
    seconds; an error of the kinds `excused`, of a store that is away, is no fault of the thread.
    """

    def __init__(
        self,
        name: str,
        every_s: float,
        tick: Callable[[], object],
        *,
        patience_s: float,
        excused: tuple[type[Exception], ...] = (),
    ) -> None:
        self.name = name
        self._failures = TICK_FAILURES.labels(name)
        self._every_s = every_s
        self._tick = tick
        self._patience_s = patience_s
        self._excused = excused
        self._last = time.monotonic()
        self._stopping = threading.Event()
        self._thread = vital_thread(name, self._run)

    @property
    def late(self) -> bool:
        """Whether it has done nothing for too long."""
        return time.monotonic() - self._last > self._patience_s

    def start(self) -> None:
        """Begin ticking."""
        self._last = time.monotonic()
        self._thread.start()

    def stop(self) -> None:
        """Stop, after the tick that is under way."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            if self._ends_well():
                self._last = time.monotonic()

    def _ends_well(self) -> bool:
        try:
            self._tick()
        except (redis.RedisError, psycopg.Error) as error:
            self._failures.inc()
            log.warning("tick_failed", thread=self.name, exc_info=error)
            return isinstance(error, self._excused)
        except Exception:  # a promise is kept by this thread: it may not end
            self._failures.inc()
            log.exception("tick_failed", thread=self.name)
            return False
        return True
