"""/jobs/bulk: all jobs that match a filter are cancelled or retried, once a person has seen how many they are.

What is confirmed is sealed: action, filter, cut-off and count. They are counted again when it is confirmed, and by the
job that carries it out.
"""

import datetime
import hashlib
import uuid
from typing import Any

import falcon
import falcon.asgi
import msgspec
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.contracts.tasks.types.bulk import BULK, MOST_JOBS, BulkParameters
from libs.lookup.counting import MOST
from libs.steering.bulk import BulkCheck
from libs.steering.opening import TaskOpening
from services.console.http.forms import read_form
from services.console.http.threads import Threads
from services.console.pages.jobs.acting import ACTIONS, order_of, origin_of
from services.console.pages.jobs.filters import Search, search_of
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right
from services.console.sign_in.seals import LONGEST_SEAL, sealed, unsealed

MADE_ANEW = ("BULK_MORE", "SEAL_OLD")
"""Refusals upon which a person may look again."""


class Confirmed(Struct, frozen=True):
    """What a person has seen."""

    action: str
    filter: dict[str, Any]
    before: datetime.datetime
    expected: int


class BulkResource:
    """Asks, and has it done."""

    def __init__(self, view: View, gate: Gate, threads: Threads, check: BulkCheck, opening: TaskOpening) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._check = check
        self._opening = opening

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """What would be done, and with how many jobs."""
        person = await self._gate.person(req, Right.OPERATE)
        await self._ask(req, resp, person, None)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Have it done; where more match by now, or it was asked too long ago, ask again."""
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.OPERATE)
        form = await read_form(req)
        seal = form.text("seal", LONGEST_SEAL)
        try:
            seen = unsealed(person.secret, seal, Confirmed)
            order = order_of(form, seen.action)
            asked = msgspec.convert(
                {
                    "action": seen.action, "filter": seen.filter, "expected": seen.expected,
                    "before": seen.before.isoformat(), "reason": order.reason, "strategy": order.strategy,
                },
                BulkParameters,
            )  # fmt: skip
            opened = await self._threads.run(self._open, req, person, asked, seal)
        except Refusal as refusal:
            if refusal.problem.code not in MADE_ANEW:
                raise
            await self._ask(req, resp, person, refusal)
            return
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(f"/jobs/{opened}")

    def _open(self, req: falcon.asgi.Request, person: Person, asked: BulkParameters, seal: str) -> uuid.UUID:
        key = f"console/{hashlib.sha256(seal.encode()).hexdigest()}"  # sent twice, it is one job
        origin = origin_of(req, person)
        return self._opening.open(origin, BULK, asked, key=key).task_id

    async def _ask(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, person: Person, refusal: Refusal | None
    ) -> None:
        speech = self._view.speech(req)
        search, action = search_of(req, speech), req.params.get("action")
        if action not in ACTIONS:
            raise Refusal("PAGE_NOT_FOUND")
        _require_known(search)
        now = datetime.datetime.now(datetime.UTC)
        asked = msgspec.convert(
            {"action": action, "filter": search.members(speech), "expected": 0, "before": now}, BulkParameters
        )
        count = await self._threads.run(self._check.count, person.caller.tenant_id, asked)
        seen = Confirmed(action, msgspec.to_builtins(asked.filter), now, count if count <= MOST else MOST_JOBS)
        complaint = ""
        if refusal:
            resp.status = refusal.problem.status
            complaint = speech.refusal(refusal)
        self._view.show(
            req, resp, "bulk.html", person, section="jobs", search=search, action=action, count=count, most=MOST,
            limit=MOST_JOBS, before=now, seal=sealed(person.secret, seen), complaint=complaint,
        )  # fmt: skip


def _require_known(search: Search) -> None:
    """A filter that nobody knows is left out of a list; here that would mean more jobs than somebody has named."""
    if search.unknown:
        raise Refusal("FILTER_UNKNOWN", name=search.unknown[0][0])
