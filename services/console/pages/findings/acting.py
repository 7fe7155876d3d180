"""/findings/accept, /reopen and /run: what people decide, and a run of the rules."""

import uuid

import falcon
import falcon.asgi
import msgspec

from libs.contracts.compliance.findings import AcceptBody
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.types.rules import RULES, RulesParameters
from libs.steering.findings import FindingDesk, place_of
from libs.steering.opening import TaskOpening
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.findings.search import search_of
from services.console.pages.jobs.acting import LONGEST_REASON, origin_of
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

LONGEST_FINDING = 100


class FindingActs:
    """Keeps decisions, for whoever may operate; opens runs, for whoever may open tasks."""

    def __init__(self, view: View, gate: Gate, threads: Threads, desk: FindingDesk, opening: TaskOpening) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._desk = desk
        self._opening = opening

    async def on_post_accept(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Live with a finding until a day."""
        person, form = await self._sent(req)
        place, body = place_of(*_finding(form)), _body(form)
        await self._threads.run(self._desk.accept, origin_of(req, person), place, body)
        self._back(req, resp)

    async def on_post_reopen(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Live with it no longer."""
        person, form = await self._sent(req)
        place, reason = place_of(*_finding(form)), form.text("reason", LONGEST_REASON)
        await self._threads.run(self._desk.reopen, origin_of(req, person), place, reason)
        self._back(req, resp)

    async def on_post_run(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Run the rules now; the page of the job shows how far it is."""
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.INGEST)
        job_id = await self._threads.run(self._open, req, person)
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(f"/jobs/{job_id}")

    def _open(self, req: falcon.asgi.Request, person: Person) -> uuid.UUID:
        return self._opening.open(origin_of(req, person), RULES, RulesParameters()).task_id

    def _back(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """To the list as it was asked for."""
        query = search_of(req).query()
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path("/findings" + (f"?{query}" if query else ""))

    async def _sent(self, req: falcon.asgi.Request) -> tuple[Person, Form]:
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.OPERATE)
        return person, await read_form(req)


def _finding(form: Form) -> tuple[str, str]:
    code, _, record = form.text("finding", LONGEST_FINDING).partition("/")
    return code, record


def _body(form: Form) -> AcceptBody:
    reason = form.text("reason", LONGEST_REASON)
    if not reason:
        raise Refusal("REASON_NEEDED")
    try:
        return msgspec.convert({"reason": reason, "until": form.text("until", 20)}, AcceptBody)
    except msgspec.ValidationError as error:
        raise Refusal("FIELD_UNFIT", limit=20) from error
