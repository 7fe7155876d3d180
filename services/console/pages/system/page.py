"""/system and what is done there."""

import falcon
import falcon.asgi

from libs.contracts.queues import LANES
from libs.contracts.refusals import Refusal
from libs.intake.options import Origin
from libs.steering.lanes import LaneSteering, lane_of
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.jobs.acting import LONGEST_REASON
from services.console.pages.now import STREAM
from services.console.pages.system.readings import SystemReader
from services.console.pages.system.schedules import ScheduleReader
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

LOOK_MS = 3_000
"""How often the page is read again: nobody sends a message when a worker dies."""
ALL = "all"


class SystemResource:
    """Shows the system to those who may see it, and lets those who may pause and resume its lanes."""

    def __init__(
        self,
        view: View,
        gate: Gate,
        threads: Threads,
        reader: SystemReader,
        schedules: ScheduleReader,
        steering: LaneSteering,
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._reader = reader
        self._schedules = schedules
        self._steering = steering

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The page, also while a store is away: that is when people look at it."""
        person = await self._gate.known_person(req, Right.WATCH_SYSTEM)
        shown = await self._reader.read()
        schedules = await self._schedules.read(person.caller.tenant_id) if shown.database.answer else None
        self._view.show(
            req, resp, "system.html", person, shown=shown, stream=STREAM, look_ms=LOOK_MS, lanes=(*LANES, ALL),
            asks_ingest=self._reader.asks_ingest, schedules=schedules,
        )  # fmt: skip

    async def on_post_lane(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, lane: str, action: str) -> None:
        """Pause or resume a lane, or all of them, for a reason."""
        person, form = await self._order_of(req)
        if action not in ("pause", "resume"):
            raise Refusal("PAGE_NOT_FOUND")
        reason = form.text("reason", LONGEST_REASON)
        if not reason:
            raise Refusal("REASON_NEEDED")
        origin = Origin(person.caller, req.context.request_id, req.context.traceparent, "")
        for each in LANES if lane == ALL else (lane_of(lane),):
            await self._threads.run(self._steering.steer, origin, each, action, reason)
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path("/system")

    async def _order_of(self, req: falcon.asgi.Request) -> tuple[Person, Form]:
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.ADMIN)
        return person, await read_form(req)
