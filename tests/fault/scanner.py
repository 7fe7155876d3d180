"""Scanners: threads that post batches, write every answer down before they go on, and repeat what stayed unanswered."""

import json
import threading
import time
import uuid
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import jwt

from tests.fault.history import Answer, Log
from tests.fault.workload import Batch, Workload
from tests.system.samples import Json

SCOPES = "ingest:write jobs:read jobs:write"
PATIENCE = httpx.Timeout(8.0, connect=2.0)
PAUSE_AFTER_FAULT = 0.2
"""Seconds before a scanner whose request failed sends the next one."""


class Api:
    """The running system as scanners reach it; one for each thread."""

    def __init__(self, url: str, secret: bytes) -> None:
        self._secret = secret
        self._http = httpx.Client(base_url=url, timeout=PATIENCE, trust_env=False)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def bearer(self, tenant: uuid.UUID) -> dict[str, str]:
        """The header of a scanner of this tenant."""
        now = int(time.time())
        claims = {
            "iss": "sluice", "aud": "sluice", "sub": "scanner", "tenant": str(tenant),
            "iat": now, "exp": now + 86_400, "scope": SCOPES,
        }  # fmt: skip
        return {"Authorization": "Bearer " + jwt.encode(claims, self._secret, algorithm="HS256")}

    def get(self, tenant: uuid.UUID, path: str, **options: Any) -> httpx.Response:
        """GET with the tenant's token."""
        headers = {**self.bearer(tenant), **options.pop("headers", {})}
        return self._http.get(path, headers=headers, **options)

    def act(self, tenant: uuid.UUID, path: str) -> httpx.Response:
        """POST without a body."""
        return self._http.post(path, headers=self.bearer(tenant))

    def send(self, path: str, body: bytes, headers: dict[str, str], **query: str) -> httpx.Response:
        """POST this body."""
        return self._http.post(path, content=body, headers=headers, params=query)

    def post(self, batch: Batch, request_id: str) -> httpx.Response:
        """Post a batch once. Raises httpx.HTTPError where no whole answer comes."""
        path = f"/api/v1/tenants/{batch.tenant}/batch/{batch.kind.name}"
        headers = {**self.bearer(batch.tenant), "Content-Type": "application/json", "X-Request-ID": request_id}
        if batch.key:
            headers["Idempotency-Key"] = batch.key
        if batch.wait_s:
            headers["Prefer"] = f"wait={batch.wait_s}"
        body = json.dumps({batch.kind.member: [item.body for item in batch.items]}).encode()
        path = path if batch.wait_s else f"{path}/async"
        return self.send(path, body, headers, mode=batch.mode, on_error=batch.on_error, lane=batch.lane)


def read_answer(batch: Batch, response: httpx.Response) -> Answer:
    """What an answer says of its batch."""
    body: Json = response.json()
    return Answer(
        batch.name,
        response.status_code,
        job=body.get("job_id", ""),
        ids=tuple(body.get(batch.kind.ids_member, ())),
        counts={name.removeprefix("total_"): count for name, count in body.items() if name.startswith("total_")},
        code=body.get("code", ""),
    )


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


class Scanner(threading.Thread):
    """Posts its batches one after the other until it is told to stop."""

    def __init__(self, workload: Workload, poster: Poster, number: int, pace_s: float) -> None:
        super().__init__(name=f"scanner-{number}", daemon=True)
        self._workload = workload
        self._poster = poster
        self._number = number
        self._pace_s = pace_s
        self._stopping = threading.Event()
        self.error: BaseException | None = None

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
            if batch.cancel and answer.acknowledged:
                self._poster.cancel(batch, answer.job)
            if number % 5 == 0:
                self._poster.repeat()
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
