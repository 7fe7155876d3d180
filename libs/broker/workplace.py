"""A service of Dramatiq threads, with threads beside them that keep its promises, until somebody asks for its end."""

import gc
import signal
import threading
from collections.abc import Sequence

import dramatiq

from libs.telemetry.process.vital import end_process
from libs.telemetry.ticker import Ticker


class Workplace:
    """The threads of one process."""

    def __init__(self, worker: dramatiq.Worker, tickers: Sequence[Ticker]) -> None:
        self._worker = worker
        self._tickers = tickers
        self._closing = threading.Event()

    @property
    def closing(self) -> bool:
        """Whether somebody has asked for its end."""
        return self._closing.is_set()

    @property
    def late(self) -> str:
        """What has done nothing for too long, in a few words; nothing if all is well."""
        late = [ticker.name for ticker in self._tickers if ticker.late]
        return f"late: {', '.join(late)}" if late else ""

    def close(self) -> None:
        """Ask for its end."""
        self._closing.set()

    def open(self) -> None:
        """Start all threads; SIGTERM and SIGINT ask for the end from now on."""
        for signum in (signal.SIGTERM, signal.SIGINT):
            signal.signal(signum, lambda *_: self.close())
        for ticker in self._tickers:
            ticker.start()
        self._worker.start()
        gc.collect()
        gc.freeze()

    def wait(self) -> None:
        """Until somebody asks for the end."""
        # With a time-out, because the kernel may hand the signal to another thread while this one sleeps in a lock.
        while not self._closing.wait(timeout=0.5):
            self._check_worker()

    def drain(self, seconds: int) -> None:
        """Finish what has been begun, for so long at most, and stop all threads."""
        self._worker.stop(timeout=seconds * 1000)
        for ticker in self._tickers:
            ticker.stop()

    def _check_worker(self) -> None:
        """Dramatiq's threads are as vital as our own."""
        for thread in (*self._worker.workers, *self._worker.consumers.values()):
            if not thread.is_alive():
                end_process(thread.name)
