"""A running stack that is loaded, and everything that can be broken in it and mended again."""

import contextlib
import itertools
import json
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jwt
import psycopg
import redis
from cryptography.hazmat.primitives.asymmetric import rsa

from deploy.metrics_folder import IN_MEMORY, PREFIX
from tests.system.api import Stack, Tenant
from tests.system.samples import CATEGORY, RECIPIENT
from tests.waiting import wait_until

SCANNERS = 12
PAUSE_S = 0.8
STRANGER = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
"""Signs tokens that nobody knows the key of."""
WEBHOOK = """
INSERT INTO work.webhook (tenant_id, event_id, type, body, due_at)
VALUES (%s, %s, 'job.ended', '{}', now() + interval '1 day')
"""
RAISES = """
CREATE OR REPLACE FUNCTION public.raises() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
CREATE TRIGGER raises BEFORE INSERT ON {} FOR EACH ROW EXECUTE FUNCTION public.raises()
"""


class Scene:
    """A stack, its scanners, and hands that break things. Every hand mends again."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.tenant = Tenant(stack)
        everything = "ingest:write jobs:read jobs:write rejects:read inventory:read system:read system:write"
        self.operator = stack.bearer(stack.claims(self.tenant.id, scope=everything))
        self.redis: redis.Redis = redis.Redis.from_url(stack.described()["redis_url"])
        self._over = threading.Event()
        self._scanners = [
            threading.Thread(target=self._scan, args=(number,), daemon=True) for number in range(SCANNERS)
        ]

    @contextlib.contextmanager
    def loaded(self) -> Iterator[None]:
        """Scanners post all the time, whatever they are answered, and somebody with a token of a stranger comes by."""
        for thread in self._scanners:
            thread.start()
        yield
        self._over.set()
        for thread in self._scanners:
            thread.join(60)

    def _scan(self, number: int) -> None:
        body = json.dumps({RECIPIENT.member: [RECIPIENT.sample()] * 20}).encode()
        headers = {**self.tenant.bearer, "Content-Type": "application/json"}
        strange = {
            "Authorization": f"Bearer {jwt.encode(self.stack.claims(self.tenant.id), STRANGER, 'RS256', {'kid': 'x'})}"
        }
        with httpx.Client(base_url=self.stack.url, timeout=30, trust_env=False) as http:
            while not self._over.wait(PAUSE_S):
                with contextlib.suppress(httpx.HTTPError):
                    http.post(self.tenant.path(RECIPIENT, background=True), content=body, headers=headers)
                    if number == 0:
                        http.get("/api/v1/jobs", headers=strange)

    def post(self, path: str, body: Any = None) -> httpx.Response:
        """POST as an operator."""
        return self.stack.http.post(path, json=body, headers=self.operator)

    def get(self, path: str) -> httpx.Response:
        """GET as an operator."""
        return self.stack.http.get(path, headers=self.operator)

    def run(self, statement: str, *values: Any) -> None:
        """As the superuser."""
        self.stack.database.execute(statement, values or None)  # type: ignore[call-overload]

    # What breaks.

    @contextlib.contextmanager
    def stopped(self, *names: str) -> Iterator[None]:
        """These programs with all that they have started do not move."""
        pids = [pid for name in names for pid in family(self.stack.pid(name))]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in reversed(pids):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)

    @contextlib.contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Somebody holds a table."""
        with psycopg.connect(self.stack.database_url) as somebody:
            somebody.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")  # type: ignore[arg-type]
            yield
            somebody.rollback()

    @contextlib.contextmanager
    def done(self, statement: str, undone: str) -> Iterator[None]:
        """A change of the database."""
        self.run(statement)
        try:
            yield
        finally:
            self.run(undone)

    @contextlib.contextmanager
    def raising(self, table: str) -> Iterator[None]:
        """A trigger of somebody's raises at each new row."""
        with self.done(RAISES.format(table), f"DROP TRIGGER raises ON {table}"):
            yield

    @contextlib.contextmanager
    def nearly_full(self) -> Iterator[None]:
        """Redis has little more memory than it uses."""
        before = self.redis.config_get("maxmemory")["maxmemory"]
        used = int(self.redis.info("memory")["used_memory"])
        self.redis.config_set("maxmemory", int(used / 0.75 / 0.9))
        try:
            yield
        finally:
            self.redis.config_set("maxmemory", before)

    @contextlib.contextmanager
    def files_away(self) -> Iterator[None]:
        """Where the files were there is something else."""
        folder = Path(self.stack.described()["files_dir"])
        away = folder.with_name("away")
        folder.rename(away)
        folder.write_text("no folder")
        try:
            yield
        finally:
            folder.unlink()
            away.rename(folder)

    @contextlib.contextmanager
    def metrics_broken(self) -> Iterator[None]:
        """Something that nobody can read lies with the metrics of ingest."""
        workers = family(self.stack.pid("ingest"))[1:]
        folder = next(file.parent for pid in workers for file in IN_MEMORY.glob(f"{PREFIX}*/*_{pid}.db"))
        broken = folder / f"broken_{workers[0]}.db"
        broken.write_bytes(b"\x40\0\0\0" + b"\1" * 60)  # it says that it holds something
        try:
            yield
        finally:
            broken.unlink(missing_ok=True)

    @contextlib.contextmanager
    def unheard(self) -> Iterator[None]:
        """Webhooks that nobody takes."""
        for _ in range(101):
            self.run(WEBHOOK, self.tenant.id, uuid.uuid4())
        try:
            yield
        finally:
            self.run("DELETE FROM work.webhook")

    def lose_a_job(self) -> None:
        """Somebody deletes a batch from Redis that a writer has begun."""
        with self.locked("inventory.data_category"):  # which nobody else writes, so that a writer is free for it
            sent = wait_until(self._accepted, 60, "a batch is accepted")
            began = "SELECT 1 FROM ingest.job WHERE job_id = %s"
            wait_until(lambda: self.stack.database.execute(began, (sent,)).fetchone(), 60, "a writer has begun")
            self.redis.delete(*self.redis.scan_iter(f"*{sent}*", count=10_000))
            self.redis.zrem("{sluice}:open", f"{self.tenant.id}|{sent}")

    def _accepted(self) -> str | None:
        answer = self.tenant.post(CATEGORY, [CATEGORY.sample()], background=True)
        return str(answer.json()["job_id"]) if answer.status_code == 202 else None

    def leave_garbage(self) -> None:
        """Somebody else writes to Redis."""
        self.redis.zadd("{sluice}:due", {"what is this": 0})
        self.redis.hset("{sluice}:audit", "nothing", "{")


def family(pid: int) -> list[int]:
    """A process and all that it has started, itself first."""
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            _, _, fields = status.read_text().rpartition(") ")
            parents.setdefault(int(fields.split()[1]), []).append(int(status.parent.name))
    found = [pid]
    for each in itertools.count():
        if each == len(found):
            return found
        found += parents.get(found[each], [])
    raise AssertionError
