"""/: what happens now."""

import falcon.asgi

from services.console.http.threads import Threads
from services.console.pages.now_readings import LOOKED_AT, NowReader
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

RUNNING_SHOWN = 12
STREAM = "/api/v1/events"


class NowResource:
    """The first page."""

    def __init__(self, view: View, gate: Gate, threads: Threads, reader: NowReader) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._reader = reader

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """What runs, what has ended last, how the last hour was, and who works."""
        person = await self._gate.person(req, Right.VIEW)
        system = Right.WATCH_SYSTEM in person.rights
        shown = await self._threads.run(lambda: self._reader.read(person.caller.tenant_id, system=system))
        self._view.show(
            req, resp, "now.html", person, shown=shown, running=shown.open[:RUNNING_SHOWN], stream=STREAM,
            looked_at=LOOKED_AT,
        )  # fmt: skip
