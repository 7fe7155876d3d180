"""Clients of an installation that go on while it is changed under them, and forgive nothing."""

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.integration.console.visitors.site import EVERYTHING, Person
from tests.integration.service_process import ENDED
from tests.signing import bearer
from tests.waiting import wait_until

DEEDS = ("wait_for_batch", "leave_batch", "bring_file", "look", "listen")
RECORDS, ROWS = 40, 2_000
"""Of a batch, and of a file."""
PAUSE_S = 0.1
"""Between two of the same."""


class Load:
    """Threads that each do one thing again and again; what goes wrong is kept, and nothing is tried twice."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.tenant = uuid.uuid4()
        self.faults: list[str] = []
        self.jobs: list[str] = []
        """Accepted batches."""
        self.loads: list[str] = []
        """Accepted loads of files."""
        self.records = 0
        """Acknowledged, of both."""
        self.done = dict.fromkeys(DEEDS, 0)
        """How often each of the things was done."""
        self._numbers = iter(range(10**9))
        self._lock = threading.Lock()
        self._over = threading.Event()
        # A connection for each request: one that rests may be closed at any time, which says nothing of requests.
        limits = httpx.Limits(max_keepalive_connections=0)
        headers = {"Authorization": bearer(self.tenant, scope=EVERYTHING, exp=4_000_000_000)}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=60, trust_env=False, limits=limits)

    @contextmanager
    def running(self) -> Iterator[None]:
        """All of it, until the block ends."""
        self._person = Person(self.url, self.tenant).sign_in()
        threads = [threading.Thread(target=self._again, args=(name,), daemon=True) for name in DEEDS]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over.set()
            for thread in threads:
                thread.join(90)
        assert not any(thread.is_alive() for thread in threads)

    def beat(self) -> None:
        """Until each thing has been done once more, wholly."""
        before = dict(self.done)
        wait_until(lambda: all(self.done.get(name, 0) > before[name] + 1 for name in self.done), 60, "more of all")

    def job(self, name: str) -> dict[str, Any]:
        """A job as it is now."""
        found: dict[str, Any] = self.http.get(f"/api/v1/jobs/{name}").json()
        return found

    def wait_for_ends(self, timeout: float) -> None:
        """Until every job has ended as it should."""
        for name in (*self.jobs, *self.loads):
            wait_until(lambda name=name: self.job(name)["status"] in ENDED, timeout, f"the end of {name}")
            assert self.job(name)["status"] == "completed", self.job(name)

    def _again(self, name: str) -> None:
        deed: Callable[[], None] = getattr(self, f"_{name}")
        while not self._over.is_set():
            try:
                deed()
            except Exception as error:  # noqa: BLE001 -- whatever a client sees
                self.faults.append(f"{name}: {error!r}")
            self.done[name] += 1
            self._over.wait(PAUSE_S)

    def _batch(self) -> dict[str, Any]:
        with self._lock:
            numbers = [next(self._numbers) for _ in range(RECORDS)]
        return {"recipients": [self._record(f"b{number}") for number in numbers]}

    def _record(self, name: str) -> dict[str, str]:
        return {"external_id": name, "name_vi": f"Công ty {name}", "recipient_type": "processor"}

    def _send(self, tail: str, *statuses: int) -> None:
        answer = self.http.post(f"/api/v1/tenants/{self.tenant}/batch/recipients{tail}", json=self._batch())
        require(answer, *statuses)
        with self._lock:
            self.jobs.append(answer.json()["job_id"])
            self.records += RECORDS

    def _wait_for_batch(self) -> None:
        self._send("", 201, 202)

    def _leave_batch(self) -> None:
        self._send("/async", 202)

    def _bring_file(self) -> None:
        with self._lock:
            number = next(self._numbers)
        names = [f"f{number}-{row}" for row in range(ROWS)]
        rows = "".join(f"{name},Công ty {name},processor\n" for name in names)
        data = f"external_id,name_vi,recipient_type\n{rows}".encode()
        answer = self.http.post("/api/v1/jobs/load", files={"file": ("r.csv", data)}, data={"entity": "recipients"})
        require(answer, 202)
        with self._lock:
            self.loads.append(answer.json()["id"])
            self.records += len(names)
        self._over.wait(2)

    def _look(self) -> None:
        """At a page, and at the API's list."""
        require(self._person.http.get("/jobs", headers={"Connection": "close"}), 200)
        require(self.http.get("/api/v1/jobs?limit=20"), 200)

    def _listen(self) -> None:
        """To what happens; a stream may end, and is there again at once."""
        with self.http.stream("GET", "/api/v1/events") as stream:
            assert stream.status_code == 200, stream.status_code
            try:
                for line in stream.iter_lines():
                    if line.startswith("data:"):
                        return
            except (httpx.RemoteProtocolError, httpx.ReadError):
                return  # it was cut: the client comes again


def require(answer: httpx.Response, *statuses: int) -> None:
    """Raise AssertionError with what the answer says, unless it has one of these."""
    assert answer.status_code in statuses, f"{answer.status_code} {answer.text[:300]}"
