"""Couriers: threads that bring files and have them loaded, several at a time, and go on whatever happens."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fault.checking.history import Log
from tests.fault.running.api import Api
from tests.fault.running.couriers.errand import Errand
from tests.fault.running.couriers.files import Files

AT_ONCE = 3
"""Files of a courier that are on their way."""


class Courier(threading.Thread):
    """Brings its files, a request of each after the other, until it is told to stop."""

    def __init__(self, files: Files, api: Api, directory: Path, number: int, pace_s: float) -> None:
        super().__init__(name=f"courier-{number}", daemon=True)
        directory.mkdir(parents=True, exist_ok=True)
        self._files = files
        self._number = number
        self._pace_s = pace_s
        self._log = Log(directory, self.name)
        self._brought = 0
        self._stopping = threading.Event()
        self.api = api
        self.open: list[Errand] = []
        self.error: BaseException | None = None

    def begin(self) -> Errand:
        """Set out with the next file."""
        file = self._files.file(self._number, self._brought)
        self._brought += 1
        self.open.append(Errand(file, self._files.key(file.name), self._log))
        return self.open[-1]

    def run(self) -> None:
        """Bring files."""
        try:
            while not self._stopping.is_set():
                if len(self.open) < AT_ONCE:
                    self.begin()
                self._go_round(self._stopping)
        except BaseException as error:  # noqa: BLE001 -- the thread that joins us raises it
            self.error = error

    def stop(self) -> None:
        """Begin with no more files; raises what has ended the thread before its time."""
        self._stopping.set()
        self.join(60)
        if self.error:
            raise self.error

    def finish(self, deadline: float) -> None:
        """Go on with the files that are on their way, until none is, or until this moment (`time.monotonic()`)."""
        pause = threading.Event()
        while self.open and time.monotonic() < deadline:
            self._go_round(pause)

    def close(self) -> None:
        """No more is asked."""
        self._log.close()
        self.api.close()

    def _go_round(self, pause: threading.Event) -> None:
        for errand in self.open:
            errand.step(self.api)
            pause.wait(self._pace_s)
        self.open = [errand for errand in self.open if not errand.done]


class Couriers:
    """All couriers of a run."""

    def __init__(self, files: Files, url: str, secret: bytes, directory: Path, *, pace_s: float = 0.06) -> None:
        self.files = files
        self.directory = directory
        self.each = [Courier(files, Api(url, secret), directory, number, pace_s) for number in range(files.couriers)]

    def start(self) -> None:
        """Have all of them set out."""
        for courier in self.each:
            courier.start()

    def stop(self) -> None:
        """Have all of them begin with no more files."""
        for courier in self.each:
            courier.stop()

    def finish(self, within_s: float) -> list[str]:
        """Bring every errand to its end, at most so long; returns the files of which that was too short."""
        deadline = time.monotonic() + within_s
        with ThreadPoolExecutor(len(self.each)) as together:
            list(together.map(lambda courier: courier.finish(deadline), self.each))
        return [errand.file.name for courier in self.each for errand in courier.open]

    def close(self) -> None:
        """Close the logs and the connections."""
        for courier in self.each:
            courier.close()
