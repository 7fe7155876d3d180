"""Waits for the end of a job, woken by the job store."""

import contextlib
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog

from libs.contracts.jobs import Job
from libs.jobs.store import JobStore
from libs.lookup.slots import Slots
from libs.telemetry.process.vital import vital_thread

log = structlog.get_logger()

LOOK_AGAIN_S = 1.0
"""A message can be lost; then the job is looked at this often."""
RECONNECT_S = 0.5
LINGER_S = 5.0
"""For how long jobs' ends are heard after the last one was waited for: each end that is told costs every listener."""


class JobWaiter:
    """One subscription for all the waiting requests of a process, of which each holds a thread."""

    def __init__(self, store: JobStore, slots: Slots) -> None:
        self._store = store
        self._slots = slots
        self._waiting: dict[uuid.UUID, list[threading.Event]] = defaultdict(list)
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._hears = threading.Event()
        self._until = 0.0
        vital_thread("ended-jobs", self._listen).start()

    def wait(self, tenant_id: uuid.UUID, job_id: uuid.UUID, seconds: float) -> Job | None:
        """The job once it has ended, or as it is when the time is up; None where Redis does not know it.

        Where too many wait already, the time is up at once.
        """
        if not seconds or not self._slots.take(tenant_id):
            return self._store.job(tenant_id, job_id)
        try:
            return self._wait(tenant_id, job_id, time.monotonic() + seconds)
        finally:
            self._slots.give_back(tenant_id)

    def _wait(self, tenant_id: uuid.UUID, job_id: uuid.UUID, deadline: float) -> Job | None:
        with self._listening(job_id) as ended:
            while True:
                job = self._store.job(tenant_id, job_id)
                left = deadline - time.monotonic()
                if job is None or job.status.ended or left <= 0:
                    return job
                ended.wait(min(left, LOOK_AGAIN_S))
                ended.clear()

    @contextmanager
    def _listening(self, job_id: uuid.UUID) -> Iterator[threading.Event]:
        ended = threading.Event()
        with self._lock:
            self._waiting[job_id].append(ended)
            self._wanted.set()
        self._hears.wait(LOOK_AGAIN_S)  # else an end between the first look and that would be missed
        try:
            yield ended
        finally:
            with self._lock:
                self._until = time.monotonic() + LINGER_S
                self._waiting[job_id].remove(ended)
                if not self._waiting[job_id]:
                    del self._waiting[job_id]

    def _listen(self) -> None:
        while self._wanted.wait():
            try:
                with self._store.client.pubsub() as ended:
                    ended.subscribe(self._store.keys.ended)
                    while self._is_wanted():
                        self._hear(ended.get_message(timeout=LINGER_S))
            except Exception as error:
                # Whatever it is: without this thread every wait takes up to a second longer.
                log.warning("ended_jobs_interrupted", exc_info=error)
                time.sleep(RECONNECT_S)
            finally:
                self._hears.clear()

    def _is_wanted(self) -> bool:
        """Whether anybody waits, or did so a moment ago."""
        with self._lock:
            if not self._waiting and time.monotonic() > self._until:
                self._wanted.clear()
                self._hears.clear()
            return self._wanted.is_set()

    def _hear(self, message: dict[str, Any] | None) -> None:
        if message and message["type"] == "subscribe":
            self._hears.set()
        else:
            self._wake(message)

    def _wake(self, message: dict[str, Any] | None) -> None:
        if message is None:
            return
        with contextlib.suppress(ValueError):  # what is no id wakes nobody, and keeps nobody from being woken
            job_id = uuid.UUID(message["data"].decode())
            with self._lock:
                for waiter in self._waiting.get(job_id, ()):
                    waiter.set()
