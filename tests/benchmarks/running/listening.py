"""Clients of streams in one event loop, and an ear at Redis: when something was told, and when each has heard of it."""

import asyncio
import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import redis

OPENED = re.compile(rb'"snapshot":true')
ENDED = re.compile(rb'"job_id":"([0-9a-f-]{36})","type":"write","status":"completed"')
OPEN_SECONDS = 120.0
LONGEST_MARK = 200
"""Bytes that a mark may have, cut in two by the network."""


class Listeners:
    """Streams of all jobs of some tenants; each notes when it hears of a job's end."""

    def __init__(self, console_url: str, tokens: Sequence[str], each: int) -> None:
        parts = urlsplit(console_url)
        self._host, self._port = parts.hostname or "", parts.port or 0
        self.tokens = [token for token in tokens for _ in range(each)]
        self.opened = 0
        self.heard: dict[str, list[float]] = defaultdict(list)
        """By job, when each stream was told of its end."""
        self.broken = 0
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @contextmanager
    def open(self) -> Iterator[float]:
        """All of them at once; gives the seconds until the last had its snapshot. Raises TimeoutError."""
        self._thread.start()
        began = time.monotonic()
        # Kept: a loop has weak references to its tasks alone.
        running = [asyncio.run_coroutine_threadsafe(self._listen(token), self._loop) for token in self.tokens]
        while self.opened < len(self.tokens):
            if time.monotonic() - began > OPEN_SECONDS or self.broken:
                raise TimeoutError(f"{self.opened} streams are open, {self.broken} broke")
            threading.Event().wait(0.01)
        try:
            yield time.monotonic() - began
        finally:
            for each in running:
                each.cancel()
            asyncio.run_coroutine_threadsafe(_others_end(), self._loop).result()
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()
            self._loop.close()

    async def _listen(self, token: str) -> None:
        reader, writer = await asyncio.open_connection(self._host, self._port, limit=4 * 1024 * 1024)
        writer.write(f"GET /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        rest, is_open, known = b"", False, set[bytes]()
        try:
            while piece := await reader.read(65_536):
                now, text = time.monotonic(), rest + piece
                if not is_open and OPENED.search(text):
                    is_open, self.opened = True, self.opened + 1
                for found in ENDED.finditer(text):
                    if found[1] not in known:
                        known.add(found[1])
                        self.heard[found[1].decode()].append(now)
                rest = text[-LONGEST_MARK:]
            self.broken += 1
        finally:
            writer.close()


async def _others_end() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    await asyncio.gather(*others, return_exceptions=True)


class Ear:
    """Hears what the job store tells, as the console does."""

    def __init__(self, redis_url: str) -> None:
        self.told: dict[str, float] = {}
        """By job, when its end was told."""
        self._client: Any = redis.Redis.from_url(redis_url)
        self._pubsub = self._client.pubsub()
        self._pubsub.psubscribe("{sluice}:*:events")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Hear no more."""
        self._pubsub.close()
        self._client.close()

    def _listen(self) -> None:
        try:
            for message in self._pubsub.listen():
                if message["type"] == "pmessage" and b'"completed"' in message["data"]:
                    job = re.search(rb'"job_id":"([0-9a-f-]{36})"', message["data"])
                    if job:
                        self.told.setdefault(job[1].decode(), time.monotonic())
        except (redis.RedisError, ValueError, OSError):  # it is closed
            return
