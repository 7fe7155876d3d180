"""Passwords of both stores are changed while services work: nothing starts again, and nothing is lost."""

import threading
import time
import uuid
from pathlib import Path
from typing import Self

from tests.integration.between.login import Login
from tests.integration.between.services import ends_of, started, task_done
from tests.integration.service_process import RECIPIENT, Scanner
from tests.waiting import wait_until

LONGEST_S = 5.0
"""The patience of a pool: for so long somebody may wait in vain."""
ROUNDS = 2


class Load:
    """Posts batches, reads, and notes for how long it is refused; only what was accepted is to be found again."""

    def __init__(self, scanner: Scanner) -> None:
        self._scanner = scanner
        self.accepted: list[str] = []
        self.longest: dict[str, float] = {}
        """By what was asked, the longest time without an answer that is none of a store that is away."""
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)

    def _run(self) -> None:
        last = {"post": time.monotonic(), "read": time.monotonic()}
        while not self._over.is_set():
            for what, done in (("post", self._post()), ("read", self._read())):
                now = time.monotonic()
                if done:
                    self.longest[what] = max(self.longest.get(what, 0.0), now - last[what])
                    last[what] = now

    def _post(self) -> bool:
        answer = self._scanner.post([RECIPIENT] * 3, background=True, key=uuid.uuid4().hex)
        assert answer.status_code == 202 or (answer.status_code == 503 and answer.json()["retryable"]), answer.text
        if answer.status_code == 202:
            self.accepted.append(answer.json()["job_id"])
        return answer.status_code == 202

    def _read(self) -> bool:
        answer = self._scanner.get("/api/v1/inventory/recipients?limit=1")
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200


def test_passwords_change_under_load(tmp_path: Path, login: Login) -> None:
    with started(tmp_path, **login.settings) as services:
        services.wait_ready()
        scanner = services.scanner()
        person = services.person(scanner)
        with Load(scanner) as load:
            for turn in range(ROUNDS):
                more = len(load.accepted) + 10
                wait_until(lambda more=more: len(load.accepted) > more, 30, "batches are accepted")
                login.rotate(f"password-{turn}")
            more = len(load.accepted) + 10
            wait_until(lambda: len(load.accepted) > more, 30, "batches are accepted afterwards")
        for job in load.accepted:
            ended = ends_of(scanner, f"/api/v1/jobs/{job}")
            assert (ended["status"], ended["records"]["created"]) == ("completed", 3), ended
        assert max(load.longest.values()) < LONGEST_S, load.longest
        assert task_done(scanner)["status"] == "completed"
        assert load.accepted[-1] in person.get("/jobs").text
        assert "password-" not in services.log()
