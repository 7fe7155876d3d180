"""The load generator: bodies encoded beforehand go out over kept connections of http.client, one thread each.

It talks to this machine alone, sends a fixed number of requests, and gives up when its time is over. Its CPU time comes
out of the same cores as that of whatever it measures.
"""

import ipaddress
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPMessage
from typing import Any, Self
from urllib.parse import urlsplit

import msgspec

REQUEST_SECONDS = 120.0
LOOK_EVERY = 0.02
"""Seconds between two looks at a job."""
REFUSED = (429, 503)
_never = threading.Event()


def pause(seconds: float) -> None:
    """Do nothing for a while."""
    _never.wait(seconds)


class Deadline:
    """The end of the time that something may take."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def check(self) -> None:
        """Raises TimeoutError when the time is over."""
        if time.monotonic() > self._end:
            raise TimeoutError("the time of this measurement is over")


@dataclass(frozen=True)
class Post:
    """One request to be sent."""

    path: str
    body: bytes
    token: str = ""


@dataclass(frozen=True)
class Answer:
    """What came back, and how long that took from the first byte sent to the last one read."""

    status: int
    headers: HTTPMessage
    body: bytes
    seconds: float
    token: str

    @property
    def json(self) -> Any:
        """The body decoded."""
        return msgspec.json.decode(self.body)


class Client:
    """One connection."""

    def __init__(self, url: str, deadline: Deadline) -> None:
        parts = urlsplit(url)
        assert parts.hostname
        assert ipaddress.ip_address(parts.hostname).is_loopback
        self._connection = HTTPConnection(parts.hostname, parts.port or 80, timeout=REQUEST_SECONDS)
        self._deadline = deadline
        self.refusals = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def get(self, path: str, token: str = "") -> Answer:
        """A GET request."""
        return self._call("GET", Post(path, b"", token))

    def post(self, post: Post) -> Answer:
        """A POST request, repeated when the server says that it has enough for now. The time includes the waiting."""
        started = time.perf_counter()
        while (answer := self._call("POST", post)).status in REFUSED:
            self.refusals += 1
            pause(float(answer.headers.get("Retry-After") or 1))
        if answer.status >= 400:
            raise ValueError(f"status {answer.status}: {answer.body[:500]!r}")
        return Answer(answer.status, answer.headers, answer.body, time.perf_counter() - started, post.token)

    def _call(self, method: str, post: Post) -> Answer:
        self._deadline.check()
        headers = {"Content-Type": "application/json", "Prefer": "wait=60"}
        if post.token:
            headers["Authorization"] = f"Bearer {post.token}"
        started = time.perf_counter()
        self._connection.request(method, post.path, body=post.body or None, headers=headers)
        answer = self._connection.getresponse()
        body = answer.read()
        return Answer(answer.status, answer.headers, body, time.perf_counter() - started, post.token)

    def ended_job(self, path: str, token: str) -> dict[str, Any]:
        """Look at a job until it has ended."""
        while True:
            job: dict[str, Any] = self.get(path, token).json
            if job["status"] in ("completed", "failed", "cancelled"):
                return job
            pause(LOOK_EVERY)


def drive(url: str, posts: Sequence[Post], *, clients: int, deadline: Deadline) -> list[Answer]:
    """Send every post once, over so many connections, each with one request under way; answers in the same order."""
    numbers, lock, stopping = iter(range(len(posts))), threading.Lock(), threading.Event()
    answers: dict[int, Answer] = {}

    def send() -> None:
        with Client(url, deadline) as client:
            while not stopping.is_set():
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                answers[number] = client.post(posts[number])

    with ThreadPoolExecutor(clients) as threads:
        try:
            for future in [threads.submit(send) for _ in range(min(clients, len(posts)))]:
                future.result()
        finally:
            stopping.set()  # one has failed, or Ctrl-C: the others send no more
    return [answers[number] for number in range(len(posts))]


def await_jobs(url: str, answers: Sequence[Answer], deadline: Deadline) -> list[dict[str, Any]]:
    """The jobs that were accepted, when they have ended. The last ones to be accepted usually end last."""
    with Client(url, deadline) as client:
        jobs = [client.ended_job(answer.headers["Location"], answer.token) for answer in reversed(answers)]
    return jobs[::-1]
