"""Waits for the end of a job, woken by the job store."""

import threading
import time
import uuid
from collections import defaultdict
from typing import Any

import structlog

from libs.contracts.jobs import Job
from libs.jobs.store import JobStore
from libs.telemetry.vital import vital_thread

log = structlog.get_logger()

LOOK_AGAIN_S = 1.0
"""A message can be lost; then the job is looked at this often."""
RECONNECT_S = 0.5


class JobWaiter:
    """One subscription for all the waiting requests of a process."""

    def __init__(self, store: JobStore) -> None:
        self._store = store
        self._waiting: dict[uuid.UUID, list[threading.Event]] = defaultdict(list)
        self._lock = threading.Lock()
        vital_thread("ended-jobs", self._listen).start()

    def wait(self, tenant_id: uuid.UUID, job_id: uuid.UUID, seconds: float) -> Job | None:
        """The job once it has ended, or as it is when the time is up; None where Redis does not know it."""
        deadline = time.monotonic() + seconds
        ended = threading.Event()
        with self._lock:
            self._waiting[job_id].append(ended)
        try:
            while True:
                job = self._store.job(tenant_id, job_id)
                left = deadline - time.monotonic()
                if job is None or job.status.ended or left <= 0:
                    return job
                ended.wait(min(left, LOOK_AGAIN_S))
                ended.clear()
        finally:
            with self._lock:
                self._waiting[job_id].remove(ended)
                if not self._waiting[job_id]:
                    del self._waiting[job_id]

    def _listen(self) -> None:
        while True:
            try:
                with self._store.client.pubsub(ignore_subscribe_messages=True) as ended:
                    ended.subscribe(self._store.keys.ended)
                    while True:
                        self._wake(ended.get_message(timeout=5.0))
            except Exception as error:
                # Whatever it is: without this thread every wait takes up to a second longer.
                log.warning("ended_jobs_interrupted", exc_info=error)
                time.sleep(RECONNECT_S)

    def _wake(self, message: dict[str, Any] | None) -> None:
        if message is not None:
            with self._lock:
                for waiter in self._waiting.get(uuid.UUID(message["data"].decode()), ()):
                    waiter.set()
