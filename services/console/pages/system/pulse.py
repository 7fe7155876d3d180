"""Asks a store one thing at a time, no longer than a page may wait: one that has gone silent holds one thread."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Generic, TypeVar

import structlog
from msgspec import Struct

log = structlog.get_logger()

Answer = TypeVar("Answer")


class Reading(Struct, Generic[Answer], frozen=True):
    """What a store has answered, if it has."""

    answer: Answer | None = None
    silent_s: float = 0.0
    """For how long it has been asked in vain."""


class Pulse(Generic[Answer]):
    """One question to one store, shared by all who want to know at the same time."""

    def __init__(self, name: str, ask: Callable[[], Answer], patience_s: float) -> None:
        self._name = name
        self._ask = ask
        self._patience_s = patience_s
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"pulse-{name}")
        self._asked: asyncio.Future[Answer] | None = None
        self._since: float | None = None

    async def read(self) -> Reading[Answer]:
        """The answer, or for how long there has been none."""
        self._since = self._since or time.monotonic()
        if self._asked is None or self._asked.done():
            self._asked = asyncio.get_running_loop().run_in_executor(self._thread, self._ask)
            self._asked.add_done_callback(lambda done: done.cancelled() or done.exception())  # somebody has seen it
        try:
            async with asyncio.timeout(self._patience_s):
                answer = await asyncio.shield(self._asked)
        except Exception as error:  # whatever it is, the page says so and shows the rest
            log.warning("store_not_well", store=self._name, exc_info=error)
            return Reading(None, time.monotonic() - self._since)
        self._since = None
        return Reading(answer)
