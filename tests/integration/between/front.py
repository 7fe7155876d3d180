"""A server's TLS, ended in front of it: the wheels of PostgreSQL and Valkey are built without."""

import asyncio
import socket
import ssl
from contextlib import suppress
from typing import Self

from deploy.local.data_dir.ports import HOST
from tests.fault.faults.proxy import READ, Loop

SSL_REQUEST = b"\x00\x00\x00\x08\x04\xd2\x16\x2f"
"""How PostgreSQL's protocol asks for TLS; `S` is a server that has it."""
HELLO = b"\x16"
"""What a client's first message by TLS begins with (RFC 8446, section 5.1: a record of a handshake)."""


class TlsFront:
    """Takes connections by TLS alone, and carries them to a server on this machine.

    What a client sends over the wire is what it would send to the server itself: for PostgreSQL its own request for TLS
    comes first, and whoever sends anything else is turned away. With `plain_too`, who speaks plainly is carried, too:
    a Sentinel built without TLS names the address at which it looks after a server itself.
    """

    def __init__(
        self, loop: Loop, target_port: int, context: ssl.SSLContext, *, postgres: bool, plain_too: bool = False
    ) -> None:
        self._loop, self._target_port, self._context = loop, target_port, context
        self._postgres, self._plain_too = postgres, plain_too
        self.taken = 0
        """Connections that have come through TLS."""
        self._listener = socket.create_server((HOST, 0))
        self._listener.setblocking(False)
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        self._loop.call(self._start())
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call(self._end())

    async def _start(self) -> None:
        self._work = {asyncio.create_task(self._accept())}

    async def _end(self) -> None:
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)
        self._listener.close()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            client, _ = await loop.sock_accept(self._listener)
            self._work.add(asyncio.create_task(self._serve(client)))

    async def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError, asyncio.IncompleteReadError):
            loop = asyncio.get_running_loop()
            if self._postgres:
                if await loop.sock_recv(client, len(SSL_REQUEST)) != SSL_REQUEST:
                    return
                await loop.sock_sendall(client, b"S")
            plain = self._plain_too and await _first_byte(client) != HELLO
            reader = asyncio.StreamReader()
            protocol = asyncio.StreamReaderProtocol(reader)
            context = None if plain else self._context
            transport, _ = await loop.connect_accepted_socket(lambda: protocol, client, ssl=context)
            self.taken += not plain
            below, above = await asyncio.open_connection(HOST, self._target_port)
            writer = asyncio.StreamWriter(transport, protocol, reader, loop)
            await _both(_carry(reader, above), _carry(below, writer))


async def _first_byte(client: socket.socket) -> bytes:
    """What a client begins with, which stays to be read."""
    loop, readable = asyncio.get_running_loop(), asyncio.Event()
    loop.add_reader(client, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(client)
    return client.recv(1, socket.MSG_PEEK)


async def _both(one: "asyncio._CoroutineLike[None]", other: "asyncio._CoroutineLike[None]") -> None:
    """Until one end has ended."""
    tasks = {asyncio.ensure_future(one), asyncio.ensure_future(other)}
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(READ):
            writer.write(data)
            await writer.drain()
    finally:
        writer.transport.abort()
