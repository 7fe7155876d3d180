"""Threads of a writer that keep promises while the others write."""

import threading
from collections.abc import Callable

import psycopg
import redis
import structlog

log = structlog.get_logger()


class Ticker:
    """Calls a function every so often, in a thread, until it is stopped; an error is logged and the next tick comes."""

    def __init__(self, name: str, every_s: float, tick: Callable[[], object]) -> None:
        self._every_s = every_s
        self._tick = tick
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin ticking."""
        self._thread.start()

    def stop(self) -> None:
        """Stop, after the tick that is under way."""
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.wait(self._every_s):
            try:
                self._tick()
            except (redis.RedisError, psycopg.Error) as error:
                log.warning("tick_failed", thread=self._thread.name, exc_info=error)
            except Exception:  # a promise is kept by this thread: it may not end
                log.exception("tick_failed", thread=self._thread.name)
