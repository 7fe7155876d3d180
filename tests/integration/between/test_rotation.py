"""Passwords of both stores are changed while services work: nothing starts again, and nothing is lost."""

import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import psycopg
import pytest
import redis
from msgspec import Struct
from psycopg import sql
from psycopg.conninfo import make_conninfo

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.boot.joining import adopt
from tests.integration.between.services import ends_of, started, task_done
from tests.integration.service_process import RECIPIENT, Scanner
from tests.waiting import wait_until

LONGEST_S = 5.0
"""The patience of a pool: for so long somebody may wait in vain."""
ROUNDS = 2


class Secret(Struct):
    """A login of both stores, and the files that services read."""

    database_url: str
    redis_url: str
    login: str
    folder: Path

    def write(self, password: str) -> None:
        """Have the files hold this password, each at once."""
        self._write("database", make_conninfo(self.database_url, user=self.login, password=password))
        self._write("redis", f"redis://{self.login}:{password}@{self.redis_url.rpartition('@')[2]}")

    def _write(self, name: str, text: str) -> None:
        (self.folder / "next").write_text(text)
        (self.folder / "next").rename(self.folder / name)

    def rotate(self, password: str) -> None:
        """Change the password at the stores and in the files, and have every session end that the old one began."""
        with psycopg.connect(self.database_url, autocommit=True) as admin, redis.Redis.from_url(self.redis_url) as keys:
            change = sql.SQL("ALTER ROLE {} PASSWORD {}")
            admin.execute(change.format(sql.Identifier(self.login), sql.Literal(password)))
            keys.execute_command("ACL", "SETUSER", self.login, "resetpass", f">{password}")
            self.write(password)
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [self.login])
            keys.execute_command("CLIENT", "KILL", "USER", self.login)


@pytest.fixture
def secret(tmp_path: Path, database_url: str, namespace: str) -> Iterator[Secret]:
    """A login that may do all in both stores, whose password is `first`."""
    login = f"rotating_{uuid.uuid4().hex[:8]}"
    make = sql.SQL(
        "CREATE ROLE {} LOGIN PASSWORD 'first' IN ROLE sluice_writer, sluice_reader, sluice_tasks, sluice_processor"
    )
    with ValkeyServer(tmp_path / "valkey", free_port()) as server, redis.Redis.from_url(server.url) as keys:
        keys.execute_command("ACL", "SETUSER", login, "on", ">first", "~*", "&*", "+@all")
        adopt(server.url, database_url, namespace)
        with psycopg.connect(database_url, autocommit=True) as admin:
            admin.execute(make.format(sql.Identifier(login)))
            secret = Secret(database_url, server.url, login, tmp_path)
            secret.write("first")
            yield secret
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [login])
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(login)))


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


def test_passwords_change_under_load(tmp_path: Path, secret: Secret, namespace: str) -> None:
    files: dict[str, Any] = {
        "database_url_file": tmp_path / "database", "redis_url_file": tmp_path / "redis", "namespace": namespace,
    }  # fmt: skip
    with started(tmp_path, **files) as services:
        services.wait_ready()
        scanner = services.scanner()
        person = services.person(scanner)
        with Load(scanner) as load:
            for turn in range(ROUNDS):
                more = len(load.accepted) + 10
                wait_until(lambda more=more: len(load.accepted) > more, 30, "batches are accepted")
                secret.rotate(f"password-{turn}")
            more = len(load.accepted) + 10
            wait_until(lambda: len(load.accepted) > more, 30, "batches are accepted afterwards")
        for job in load.accepted:
            ended = ends_of(scanner, f"/api/v1/jobs/{job}")
            assert (ended["status"], ended["records"]["created"]) == ("completed", 3), ended
        assert max(load.longest.values()) < LONGEST_S, load.longest
        assert task_done(scanner)["status"] == "completed"
        assert load.accepted[-1] in person.get("/jobs").text
        assert "password-" not in services.log()
