"""One scanner's eyes: asks for jobs while everything goes wrong. An answer may fail to come, but none may be wrong."""

import random
from collections import deque

import httpx

from tests.fault.checking.stored import COUNTERS
from tests.fault.running.api import Api
from tests.fault.running.scanners.workload import Batch
from tests.system.samples import Json

REMEMBERED = 60
UNFIT = (400, 401, 403, 404, 500)
"""Answers that a scanner with a good token, asking for a job that was acknowledged to it, must not get."""


class Observer:
    """Looks at the jobs of one scanner."""

    def __init__(self, api: Api, seed: str) -> None:
        self._api = api
        self._random = random.Random(seed)
        self._jobs: deque[tuple[Batch, str]] = deque(maxlen=REMEMBERED)
        self._pending: dict[str, int] = {}
        """By job: how many records had no outcome when it was last seen; that number never grows again."""
        self.oddities: list[str] = []

    def remember(self, batch: Batch, job: str) -> None:
        """Have a job looked at from now on."""
        if not batch.dry_run:  # Redis alone knows of those, and not for long
            self._jobs.append((batch, job))

    def look(self) -> None:
        """Ask for a job and see whether the answer can be true."""
        if not self._jobs:
            return
        batch, job = self._random.choice(self._jobs)
        try:
            answer = self._api.get(batch.tenant, f"/api/v1/jobs/{job}")
        except httpx.HTTPError:
            return
        if answer.status_code in UNFIT:
            self.oddities.append(f"{batch.name}: GET job {job} is answered {answer.status_code}")
        elif answer.status_code == 200:
            self._judge(batch, answer.json())

    def retry(self) -> None:
        """Ask for another attempt at a job that is meant to fail: it fails again, and is counted once."""
        failing = [(batch, job) for batch, job in self._jobs if batch.aborts]
        if not failing:
            return
        batch, job = self._random.choice(failing)
        self._pending[job] = len(batch.items)
        try:
            self._api.act(batch.tenant, f"/api/v1/jobs/{job}/retry?strategy=all")
        except httpx.HTTPError:
            return

    def _judge(self, batch: Batch, job: Json) -> None:
        records, name = job["records"], str(job["id"])
        if records["total"] != len(batch.items) or records["pending"] < 0:
            self.oddities.append(f"{batch.name} of {len(batch.items)} records shows {records}")
        if sum(records[counter] for counter in COUNTERS) + records["pending"] != records["total"]:
            self.oddities.append(f"{batch.name} does not add up: {records}")
        if records["pending"] > self._pending.get(name, len(batch.items)) and not batch.aborts:
            self.oddities.append(f"{batch.name} has more records without outcome than before: {records}")
        self._pending[name] = records["pending"]
