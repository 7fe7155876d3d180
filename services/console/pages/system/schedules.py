"""The schedules on the page: the tenant's and the system's, and what is done with them."""

import asyncio
import uuid

import falcon
import falcon.asgi
import psycopg

from libs.contracts.refusals import Refusal
from libs.contracts.tasks.schedules import Schedule
from libs.intake.options import Origin
from libs.steering.schedules import ScheduleAction, Scheduling
from services.console.http.forms import read_form
from services.console.http.threads import Threads
from services.console.pages.jobs.acting import LONGEST_REASON
from services.console.pages.system.readings import PATIENCE_S
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

ACTIONS: tuple[ScheduleAction, ...] = ("pause", "resume", "run")
LONGEST_NAME = 100


class ScheduleReader:
    """Reads them, no longer than a page may wait."""

    def __init__(self, scheduling: Scheduling, threads: Threads) -> None:
        self._scheduling = scheduling
        self._threads = threads

    async def read(self, tenant_id: uuid.UUID) -> list[Schedule] | None:
        """All of them; None where they cannot be had now."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self._threads.run(lambda: self._scheduling.all(tenant_id, system=True))
        except (TimeoutError, psycopg.Error, Refusal):
            return None


class ScheduleResource:
    """/system/schedules/{action}, for whoever may write to the system."""

    def __init__(self, view: View, gate: Gate, threads: Threads, scheduling: Scheduling) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._scheduling = scheduling

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, action: str) -> None:
        """Pause a schedule, have it go on, or run it now, for a reason."""
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.ADMIN)
        form = await read_form(req)
        wanted = next((each for each in ACTIONS if each == action), None)
        if wanted is None:
            raise Refusal("PAGE_NOT_FOUND")
        reason = form.text("reason", LONGEST_REASON)
        if not reason:
            raise Refusal("REASON_NEEDED")
        owner, _, name = form.text("schedule", LONGEST_NAME).partition("/")
        origin = Origin(person.caller, req.context.request_id, req.context.traceparent, "")
        await self._threads.run(self._act, origin, name, owner == "system", wanted, reason)
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path("/system")

    def _act(self, origin: Origin, name: str, system: bool, action: ScheduleAction, reason: str) -> None:
        found = self._scheduling.story(origin.caller.tenant_id, name, system=system).schedule
        self._scheduling.act(origin, found, action, reason)
