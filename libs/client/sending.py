"""Batches on their way to the server: a thread each, and all of them wait where one was told to come later."""

import threading
from collections.abc import Callable
from dataclasses import replace

import httpx

from libs.client.batches import MAX_BATCH_BYTES, Batch
from libs.client.connection import Connection
from libs.client.retrying import TransientError, Waiting

MOST_BYTES = 4 * MAX_BATCH_BYTES
"""Bytes of bodies that are on their way at once; a single one may be larger."""

Post = Callable[[], httpx.Response]
"""Makes a request once; raises what `Connection.attempt` raises."""


class AbandonedError(Exception):
    """Nobody waits for the answer any more."""


class Sending:
    """One batch on its way."""

    def __init__(self, batch: Batch, send: Callable[[], httpx.Response]) -> None:
        self.batch = batch
        self._send = send
        self._answer: httpx.Response | None = None
        self._failure: Exception | None = None
        # As a daemon: whoever interrupts the program does not wait for a network.
        self._thread = threading.Thread(target=self._run, name=f"batch-{batch.number}", daemon=True)
        self._thread.start()

    @property
    def answered(self) -> bool:
        """Whether `answer` waits no more."""
        return not self._thread.is_alive()

    def wait(self, seconds: float | None) -> None:
        """Wait for the answer, no longer than that."""
        self._thread.join(seconds)

    def answer(self) -> httpx.Response:
        """The answer, once there is one. Raises what `Connection.send` raises."""
        self._thread.join()
        if self._failure:
            raise self._failure
        assert self._answer
        return self._answer

    def _run(self) -> None:
        try:
            self._answer = self._send()
        except Exception as failure:  # noqa: BLE001 -- whatever it is, it is raised where the answer is asked for
            self._failure = failure


class Road:
    """Where a push's batches are on their way, in their order."""

    def __init__(self, connection: Connection) -> None:
        retrying = connection.retrying
        self.on_way: list[Sending] = []
        self._clock = retrying.clock
        self._left = threading.Event()
        self._held_until = self._clock()
        self._lock = threading.Lock()
        self._tell = retrying.on_wait
        self._retrying = replace(retrying, sleep=self._wait, on_wait=self._told if self._tell else None)

    def has_room(self, batch: Batch) -> bool:
        """Whether this batch may go, too, by the bytes that are on their way."""
        sizes = sum(len(sending.batch.body) for sending in self.on_way)
        return not self.on_way or sizes + len(batch.body) <= MOST_BYTES

    def send(self, batch: Batch, post: Post) -> None:
        """Have a batch sent, again and again as long as that may help."""
        self.on_way.append(Sending(batch, lambda: self._retrying.run(lambda: self._attempt(post))))

    def leave(self) -> None:
        """Let nothing be sent again; what is under way is answered, or not."""
        self._left.set()

    def _attempt(self, post: Post) -> httpx.Response:
        while (seconds := self._held_until - self._clock()) > 0:
            self._wait(seconds)
        try:
            return post()
        except TransientError as failure:
            if failure.retry_after is not None:
                with self._lock:
                    self._held_until = max(self._held_until, self._clock() + failure.retry_after)
            raise

    def _wait(self, seconds: float) -> None:
        if self._left.wait(seconds):
            raise AbandonedError

    def _told(self, waiting: Waiting) -> None:
        with self._lock:
            assert self._tell
            self._tell(waiting)
