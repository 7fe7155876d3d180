"""/api/v1/jobs/{id}/ws: the same over a WebSocket."""

import contextlib
from contextlib import aclosing

import falcon
import falcon.asgi

from libs.contracts.refusals import Refusal
from services.console.streams.door import Door
from services.console.streams.telling import End, Telling

PING = '{"ping":true}'
"""A message, since a server of ASGI has no way to send a ping."""
CLOSE_CODES = {End.JOB: 1000, End.PERSON: 1008, End.PROCESS: 1012}
"""RFC 6455, 7.4.1, and its registry: done; not allowed any more; the service restarts."""
LATER = 1013


class SocketResource:
    """Streams over WebSockets."""

    def __init__(self, door: Door) -> None:
        self._door = door

    async def on_websocket(self, req: falcon.asgi.Request, ws: falcon.asgi.WebSocket, job: str) -> None:
        """One job, until it ends."""
        person = await self._door.person(req)
        found = await self._door.job(person, job)
        tenant_id = person.caller.tenant_id
        try:
            self._door.hub.take_place(tenant_id, "websocket")
        except Refusal:
            # A handshake can be refused with 403 alone, which tells nobody to come back.
            await ws.accept()
            await ws.close(LATER)
            return
        try:
            with contextlib.suppress(falcon.WebSocketDisconnected):
                await ws.accept()
                await _tell(ws, self._door.telling(person, found.id))
        finally:
            self._door.hub.give_back(tenant_id, "websocket")


async def _tell(ws: falcon.asgi.WebSocket, telling: Telling) -> None:
    async with aclosing(telling.messages()) as messages:
        async for told in messages:
            for message in told:
                await ws.send_text(bytes(message.document).decode())
            if not told:
                await ws.send_text(PING)
    await ws.close(CLOSE_CODES[telling.end])
