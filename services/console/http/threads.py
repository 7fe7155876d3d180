"""Asks stores that make their caller wait, without the event loop's waiting."""

import asyncio
import contextvars
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from libs.contracts.refusals import Refusal

Answer = TypeVar("Answer")

QUEUE = 8
"""Questions that may wait, for each thread; whoever comes then is told to come back."""


class Threads:
    """A few threads for all requests of a process."""

    def __init__(self, size: int) -> None:
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="stores")
        self._turns = asyncio.Semaphore(max(1, size // 2))
        self._most = size * (1 + QUEUE)
        self._asked = 0

    async def run(self, work: Callable[..., Answer], *args: object) -> Answer:
        """What `work` answers, or raises. Raises Refusal where too many wait already."""
        if self._asked >= self._most:
            raise Refusal("CONSOLE_BUSY")
        self._asked += 1
        context = contextvars.copy_context()
        asked = asyncio.get_running_loop().run_in_executor(self._pool, lambda: context.run(work, *args))
        # The thread works on where nobody waits for it any more.
        asked.add_done_callback(self._answered)
        return await asyncio.shield(asked)

    async def in_turn(self, work: Callable[..., Answer], *args: object) -> Answer:
        """As `run`, for streams: hundreds may begin at once, so they wait for each other and leave pages half the pool.

        Whoever takes part has a place among the streams or asks for one: as many may wait as clients are connected.
        """
        async with self._turns:
            return await self.run(work, *args)

    async def each(self, pieces: Iterator[Answer]) -> AsyncIterator[Answer]:
        """The pieces of an answer, each made in a thread."""
        while (piece := await self.run(next, pieces, None)) is not None:
            yield piece

    def _answered(self, asked: "asyncio.Future[Answer]") -> None:
        self._asked -= 1
        if not asked.cancelled():
            asked.exception()  # somebody has seen it, if only we
