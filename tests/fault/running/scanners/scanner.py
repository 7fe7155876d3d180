"""Scanners: threads that post batches, look at their jobs, and go on whatever happens."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fault.checking.history import Answer
from tests.fault.checking.observer import Observer
from tests.fault.running.api import Api
from tests.fault.running.scanners.poster import Poster
from tests.fault.running.scanners.workload import Workload

PAUSE_AFTER_FAULT = 0.2
"""Seconds before a scanner whose request failed sends the next one."""


class Scanner(threading.Thread):
    """Posts its batches one after the other until it is told to stop."""

    def __init__(self, workload: Workload, poster: Poster, number: int, pace_s: float) -> None:
        super().__init__(name=f"scanner-{number}", daemon=True)
        self._workload = workload
        self._poster = poster
        self._number = number
        self._pace_s = pace_s
        self._observer = Observer(poster.api, f"{workload.seed}/{number}")
        self._stopping = threading.Event()
        self.error: BaseException | None = None

    @property
    def oddities(self) -> list[str]:
        """Answers that cannot be true."""
        return self._observer.oddities

    def stop(self) -> None:
        """Finish the batch that is under way, then end; raises what has ended the thread before its time."""
        self._stopping.set()
        self.join(60)
        if self.error:
            raise self.error

    def run(self) -> None:
        """Post."""
        try:
            self._post_all()
        except BaseException as error:  # noqa: BLE001 -- the thread that joins us raises it
            self.error = error

    def _post_all(self) -> None:
        number = 0
        while not self._stopping.is_set():
            batch = self._workload.batch(self._number, number)
            answer = self._poster.post(batch)
            if answer.acknowledged:
                self._observer.remember(batch, answer.job)
                if batch.cancel:
                    self._poster.cancel(batch, answer.job)
            self._observer.look()
            if number % 5 == 0:
                self._poster.repeat()
            if number % 10 == 0:
                self._observer.retry()
            number += 1
            self._stopping.wait(PAUSE_AFTER_FAULT if answer.unknown else self._pace_s)


class Fleet:
    """All scanners of a run."""

    def __init__(self, workload: Workload, url: str, secret: bytes, directory: Path, *, pace_s: float = 0.03) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self._workload = workload
        self._base = Poster(workload, Api(url, secret), directory, "base")
        self._posters = [
            Poster(workload, Api(url, secret), directory, f"scanner-{number}") for number in range(workload.scanners)
        ]
        self._scanners = [Scanner(workload, poster, number, pace_s) for number, poster in enumerate(self._posters)]

    def lay_base(self) -> None:
        """Post what the batches refer to, before any fault."""
        for batch in self._workload.base():
            answer = self._base.post(batch)
            assert answer.status == 201, answer

    def start(self) -> None:
        """Have all scanners post."""
        for scanner in self._scanners:
            scanner.start()

    def stop(self) -> None:
        """Have all scanners end."""
        for scanner in self._scanners:
            scanner.stop()

    @property
    def oddities(self) -> list[str]:
        """What the scanners have been told of their jobs that cannot be true."""
        return [oddity for scanner in self._scanners for oddity in scanner.oddities]

    def post(self, scanner: int, number: int, via: Api | None = None) -> Answer:
        """Post one batch now, without the scanner's thread; `via` reaches another ingest than the usual one."""
        return self._posters[scanner].post(self._workload.batch(scanner, number), via)

    def finish(self, within_s: float) -> int:
        """Repeat all that is unanswered, at most so long; returns how much still is."""
        deadline = time.monotonic() + within_s
        with ThreadPoolExecutor(len(self._posters)) as together:
            list(together.map(lambda poster: poster.finish(deadline), self._posters))
        return sum(len(poster.unanswered) for poster in self._posters)

    def close(self) -> None:
        """Close the logs and the connections."""
        for poster in (self._base, *self._posters):
            poster.close()
