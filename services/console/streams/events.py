"""/api/v1/jobs/{id}/events and /api/v1/events: Server-Sent Events."""

import uuid
import weakref
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import cast

import falcon
import falcon.asgi

from services.console.streams.door import Door
from services.console.streams.encoding import BEGIN, STILL_HERE
from services.console.streams.hub import Hub
from services.console.streams.telling import Telling

LONGEST_EVENT_ID = 64


class EventResource:
    """Streams over a plain answer that goes on."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """One job, until it ends. Who knows its end already is told nothing, and not to come again (204)."""
        person = await self._door.person(req)
        found = await self._door.job(person, job)
        known = (req.get_header("Last-Event-ID") or "")[:LONGEST_EVENT_ID]
        if found.status.ended and known == str(found.version):
            resp.status = falcon.HTTP_204
            return
        self._stream(resp, person.caller.tenant_id, self._door.telling(person, found.id, known))

    async def on_get_all(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """All jobs of the tenant."""
        person = await self._door.person(req)
        self._stream(resp, person.caller.tenant_id, self._door.telling(person, None))

    def _stream(self, resp: falcon.asgi.Response, tenant_id: uuid.UUID, telling: Telling) -> None:
        self._door.hub.take_place(tenant_id, "sse")
        resp.content_type = "text/event-stream"
        resp.set_header("X-Accel-Buffering", "no")
        resp.stream = cast(AsyncIterator[bytes], _Events(self._door.hub, telling, tenant_id))


class _Events:
    """The body of an answer, and its place: given back at its end, or with the object where nobody sends it."""

    def __init__(self, hub: Hub, telling: Telling, tenant_id: uuid.UUID) -> None:
        self._place = weakref.finalize(self, hub.give_back, tenant_id, "sse")
        self._pieces = _encoded(telling)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._pieces

    async def close(self) -> None:
        """Falcon calls it however the answer has ended."""
        self._place()
        await self._pieces.aclose()


async def _encoded(telling: Telling) -> AsyncGenerator[bytes, None]:
    yield BEGIN
    async with aclosing(telling.messages()) as messages:
        async for told in messages:
            yield b"".join(message.event for message in told) or STILL_HERE
