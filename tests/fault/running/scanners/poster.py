"""One scanner's hands: posts batches, writes every answer down before it goes on, repeats what stayed unanswered."""

import threading
import time
from collections import deque
from pathlib import Path

import httpx

from tests.fault.checking.history import Answer, Log
from tests.fault.running.api import Api, read_answer
from tests.fault.running.scanners.workload import Batch, Workload


class Poster:
    """Posts batches of one scanner and keeps the log of the answers."""

    def __init__(self, workload: Workload, api: Api, directory: Path, name: str) -> None:
        self._workload = workload
        self._log = Log(directory, name)
        self.api = api
        self.unanswered: deque[Batch] = deque()
        """Batches with a key whose answer is still to come."""

    def post(self, batch: Batch, via: Api | None = None) -> Answer:
        """Post a batch; what came of it is on the disk when this returns."""
        try:
            answer = read_answer(batch, (via or self.api).post(batch, f"{self._workload.run}-{batch.name}"))
        except (httpx.HTTPError, ValueError):
            answer = Answer(batch.name, 0)
        self._log.append(answer)
        if batch.key and not answer.acknowledged and (answer.unknown or answer.status in (429, 503)):
            self.unanswered.append(batch)
        return answer

    def cancel(self, batch: Batch, job: str) -> None:
        """Ask for the end of a job; whether that is heard does not matter."""
        try:
            self.api.act(batch.tenant, f"/api/v1/jobs/{job}/cancel")
        except httpx.HTTPError:
            return

    def repeat(self) -> None:
        """Post the oldest unanswered batch again, under its key."""
        if self.unanswered:
            self.post(self.unanswered.popleft())

    def finish(self, deadline: float) -> None:
        """Repeat what is unanswered until nothing is, or until this moment (`time.monotonic()`)."""
        pause = threading.Event()
        while self.unanswered and time.monotonic() < deadline:
            self.repeat()
            pause.wait(0.05)

    def close(self) -> None:
        """No more is posted."""
        self._log.close()
        self.api.close()
