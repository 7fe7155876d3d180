"""What one stream tells until its end: with its job, with the right to see it, or with the process."""

import asyncio
import enum
import time
from collections.abc import AsyncGenerator

import redis

from libs.contracts.refusals import Refusal
from services.console.sign_in.gate import Gate, Person
from services.console.streams.feed import QUIET_S
from services.console.streams.hub import Hub
from services.console.streams.news import News, Snapshot, Watcher

PING_S = 4.5
LOOK_S = 4.0
"""How often a session is looked up: whoever signs out sees no more."""


class End(enum.Enum):
    """Why a stream has ended."""

    JOB = "job"
    PERSON = "person"
    PROCESS = "process"


class Telling:
    """One stream, of one person. `end` says why it is over."""

    def __init__(self, hub: Hub, gate: Gate, person: Person, watcher: Watcher) -> None:
        self._hub = hub
        self._gate = gate
        self._person = person
        self._watcher = watcher
        self._looked = time.monotonic()
        self.end = End.PROCESS

    async def messages(self) -> AsyncGenerator[list[Snapshot | News], None]:
        """Messages as they are to be told; none of them where there has been nothing for a while."""
        async with self._hub.watching(self._watcher):
            while not self._watcher.closed:
                left = self._person.caller.ends - time.time()
                if left <= 0 or not await self._is_in():
                    self.end = End.PERSON
                    return
                told = await self._watcher.news(min(PING_S, left))
                if not self._watcher.closed:
                    yield told
                if self._is_last(told):
                    self.end = End.JOB
                    return
                if told:
                    await asyncio.sleep(QUIET_S)

    def _is_last(self, told: list[Snapshot | News]) -> bool:
        job_id = self._watcher.job_id
        return any(isinstance(news, News) and news.ended and news.job_id == job_id for news in told)

    async def _is_in(self) -> bool:
        if time.monotonic() - self._looked < LOOK_S:
            return True
        self._looked = time.monotonic()
        try:
            return await self._gate.is_in(self._person)
        except (redis.RedisError, Refusal):  # nobody is thrown out because a store is away, or much is asked
            return True
