"""/findings/rules/new and /findings/rules/{code}: a rule of one's own, made, changed and deleted."""

import falcon
import falcon.asgi
from msgspec.structs import replace

from libs.compliance.own_rules import fields_of
from libs.contracts.compliance.findings import SEVERITIES
from libs.contracts.compliance.own_rules import LONGEST_TEXT
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.steering.findings import FindingDesk
from services.console.http.forms import read_form
from services.console.http.threads import Threads
from services.console.pages.findings.rule_form import PREFIX, Draft, asked, body_of, drafted, typed
from services.console.pages.jobs.acting import origin_of
from services.console.pages.speech import Speech
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

MENDABLE = frozenset({"OWN_RULE_UNFIT", "OWN_RULE_CHANGED", "OWN_RULES_OF_TENANT", "RULE_CODE", "FIELD_UNFIT"})
"""What the person who fills in the form can put right in it."""

WRITTEN = ("created_at", "updated_at")
"""Fields that nobody fills in stand behind the others."""


class OwnRulePage:
    """The form, and what is done with it: first the field, then what is asked of it."""

    def __init__(self, view: View, gate: Gate, threads: Threads, desk: FindingDesk) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._desk = desk

    async def on_get_new(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Which field; where one is named, the form."""
        person, of = await self._person(req), req.params.get("of")
        if of is None:
            self._choose(req, resp, person)
            return
        entity, field = asked(str(of))
        self._show(req, resp, person, Draft(entity=entity, field=field))

    async def on_post_new(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Make it; a code that there is already is another rule's."""
        self._gate.require_own(req)
        await self._put(req, resp, None)

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        """A rule as it is; another field may be named for it."""
        person, of = await self._person(req), req.params.get("of")
        draft = drafted(await self._threads.run(self._desk.own_rule, person.caller.tenant_id, code))
        if draft is None:
            raise Refusal("RULE_NOT_FOUND")
        if of is not None:
            entity, field = asked(str(of))
            draft = replace(draft, entity=entity, field=field, operator="", values=())
        self._show(req, resp, person, draft, code)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        """Have it be what the form says; a page of before does nothing."""
        self._gate.require_own(req)
        await self._put(req, resp, code)

    async def on_post_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str) -> None:
        """Have it be no more, with what it has found."""
        self._gate.require_own(req)
        person = await self._person(req)
        await self._threads.run(self._desk.drop_rule, origin_of(req, person), code)
        self._back(resp)

    async def _put(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, code: str | None) -> None:
        person, draft = await self._person(req), typed(await read_form(req))
        try:
            await self._threads.run(
                self._desk.put_rule, origin_of(req, person), code or PREFIX + draft.name, body_of(draft),
                draft.version if code else "",
            )  # fmt: skip
        except Refusal as refusal:
            if refusal.problem.code not in MENDABLE:
                raise
            resp.status = refusal.problem.status
            self._show(req, resp, person, draft, code, refusal)
            return
        self._back(resp)

    async def _person(self, req: falcon.asgi.Request) -> Person:
        """Who sees the inventory, and may decide about findings."""
        await self._gate.person(req, Right.OPERATE)
        return await self._gate.person(req, Right.INVENTORY)

    def _back(self, resp: falcon.asgi.Response) -> None:
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path("/findings/rules")

    def _choose(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, person: Person) -> None:
        fields = {entity: sorted(fields_of(entity), key=WRITTEN.__contains__) for entity in ENTITIES}
        self._view.show(
            req, resp, "findings/own_rule_field.html", person, section="findings", tab="rules", fields=fields,
            address="/findings/rules/new",
        )  # fmt: skip

    def _show(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        person: Person,
        draft: Draft,
        code: str | None = None,
        refusal: Refusal | None = None,
    ) -> None:
        speech = self._view.speech(req)
        self._view.show(
            req, resp, "findings/own_rule.html", person, section="findings", tab="rules", draft=draft, code=code,
            severities=SEVERITIES, longest=LONGEST_TEXT, complaint=_complaint(speech, refusal) if refusal else "",
        )  # fmt: skip


def _complaint(speech: Speech, refusal: Refusal) -> str:
    """What is wrong; of a value that does not fit, what does."""
    if refusal.problem.code == "OWN_RULE_UNFIT":
        return speech.chosen(str(refusal.params["reason"]), str(refusal.params["reason_vi"]))
    return speech.refusal(refusal)
