"""A TCP proxy that does what networks do: it cuts, delays, loses an answer, half-closes, swallows, and heals.

It knows bytes alone. All connections of all proxies of a run live on one event loop in one thread; the methods that
make trouble may be called from any thread.
"""

import asyncio
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

HOST = "127.0.0.1"
READ = 64 * 1024
PATIENCE_S = 10


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxies", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.call(self._cancel_all())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_S)
        self._loop.close()

    def call(self, work: Coroutine[Any, Any, Any]) -> Any:
        """Run this on the loop and return what it returns."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_S)

    async def _cancel_all(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Link:
    """One connection: a client, a server, and what flows between them."""

    def __init__(self, proxy: "Proxy", client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self._proxy = proxy
        self.client = client
        self.server = server
        self.answer_is_lost = False
        self.deaf = False
        """Whether the client has been told that the server has ended, while the server still listens."""

    def cut(self) -> None:
        """End both connections at once, so that neither end hears the other any more."""
        for end in (self.client, self.server):
            end.transport.abort()

    async def upwards(self, reader: asyncio.StreamReader) -> None:
        """Carry requests."""
        while data := await reader.read(READ):
            await self._proxy.pass_through()
            self.answer_is_lost = self.answer_is_lost or self._proxy.loses_answer_to(data)
            self.server.write(data)
            await self.server.drain()
        await self._proxy.pass_through()
        self.server.write_eof()

    async def downwards(self, reader: asyncio.StreamReader) -> None:
        """Carry answers."""
        while data := await reader.read(READ):
            await self._proxy.pass_through()
            if self.answer_is_lost:
                self.cut()
                return
            if not self.deaf:
                self.client.write(data)
                await self.client.drain()
        await self._proxy.pass_through()
        if not self.deaf:
            self.client.write_eof()


class Proxy:
    """Stands before one server."""

    def __init__(self, loop: Loop, target_port: int) -> None:
        self._loop = loop
        self._target_port = target_port
        self._links: set[_Link] = set()
        self._delay_s = 0.0
        self._refuses = False
        self._mark, self._spared = b"", 0
        self.port = 0
        self.lost_answers = 0
        loop.call(self._start())

    async def _start(self) -> None:
        self._open = asyncio.Event()
        self._open.set()
        self._server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._now(self._server.close)
        self.cut()

    # Trouble.

    def cut(self) -> None:
        """End all connections; new ones are welcome."""
        self._now(self._cut_all)

    def lead_to(self, target_port: int) -> None:
        """End all connections; new ones are another server's."""
        self._target_port = target_port
        self.cut()

    def refuse(self) -> None:
        """End all connections and every new one, until `accept`."""
        self._refuses = True
        self.cut()

    def accept(self) -> None:
        """Take new connections again."""
        self._refuses = False

    def delay(self, seconds: float) -> None:
        """Hold back everything that passes for so long; 0 ends it."""
        self._delay_s = seconds

    def lose_answer(self, mark: bytes, *, after: int = 0) -> None:
        """End the next connection on which a request holds these bytes, in place of its answer; some `after` it."""
        self._mark, self._spared = mark, after

    def half_close(self) -> None:
        """Tell all clients that their server has ended its side, and the servers nothing."""
        self._now(self._deafen_all)

    def swallow(self) -> None:
        """Let nothing through, and say nothing, until `release`."""
        self._now(self._open.clear)

    def release(self, *, cut: bool = False) -> None:
        """Let everything through again. What was held back arrives late, or, with `cut`, never."""
        if cut:
            self.cut()
        self._now(self._open.set)

    def heal(self) -> None:
        """End all trouble."""
        self._refuses, self._delay_s, self._mark = False, 0.0, b""
        self.release()

    # What connections ask.

    async def pass_through(self) -> None:
        """Return when data may pass."""
        await self._open.wait()
        if self._delay_s:
            await asyncio.sleep(self._delay_s)

    def loses_answer_to(self, request: bytes) -> bool:
        """Whether this is the request whose answer is to be lost."""
        if not self._mark or self._mark not in request:
            return False
        if self._spared:
            self._spared -= 1
            return False
        self._mark = b""
        self.lost_answers += 1
        return True

    def _now(self, act: Callable[[], None]) -> None:
        async def perform() -> None:
            act()

        self._loop.call(perform())

    def _cut_all(self) -> None:
        for link in self._links:
            link.cut()

    def _deafen_all(self) -> None:
        for link in self._links:
            link.deaf = True
            with suppress(OSError, RuntimeError):
                link.client.write_eof()

    async def _serve(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        if self._refuses:
            client.transport.abort()
            return
        try:
            await self._open.wait()
            answers, server = await asyncio.open_connection(HOST, self._target_port)
        except OSError:
            client.transport.abort()
            return
        link = _Link(self, client, server)
        self._links.add(link)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(link.upwards(reader))
                both.create_task(link.downwards(answers))
        except* (OSError, RuntimeError):
            pass
        finally:
            self._links.discard(link)
            link.cut()
