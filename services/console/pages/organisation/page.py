"""/organisation: who the tenant is, as the dossiers name it."""

import falcon
import falcon.asgi
import msgspec

from libs.contracts.chunks import RecordErrorView
from libs.contracts.inventory.organisation import Kept, Organisation
from libs.contracts.refusals import Refusal
from libs.mending.fields import fields_in, value_of
from libs.steering.organisations import OrganisationDesk, organisation_of
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.fields import controls, typed
from services.console.pages.jobs.acting import origin_of
from services.console.pages.speech import Speech
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

LARGEST_FORM = 2 * 1024 * 1024
MOST_FIELDS = 100
TEMPLATE = "organisation.html"
FIELDS = {field.name: field for field in fields_in(Organisation)}
GROUPS = {
    "NAMED": ("name_vi", "name_foreign", "name_short", "tax_code", "registration", "business_lines", "branches"),
    "REACHED": ("address", "trading_address", "phone", "email", "website"),
    "DPO": ("dpo_kind", "dpo_name", "dpo_title", "dpo_phone", "dpo_email", "dpo_decision"),
    "DOES": (
        "exempt_claimed", "transfers_for_fee", "on_data_exchange", "sells_processing", "processing_services",
    ),
    "FILED": ("impact_filed_on", "impact_result_on", "impact_updated_on", "transfer_filed_on"),
}  # fmt: skip
"""By group: the fields in their order."""
LONG = frozenset({"registration", "business_lines", "dpo_decision", "address", "trading_address"})
LINES = FIELDS.keys() - LONG - {"processing_services"}


class OrganisationPage:
    """The form, and what is done with it."""

    def __init__(self, view: View, gate: Gate, threads: Threads, desk: OrganisationDesk) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._desk = desk

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """All that was said."""
        person = await self._gate.person(req, Right.INVENTORY)
        stored = await self._threads.run(self._desk.known, person.caller.tenant_id)
        self._show(req, resp, person, stored)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Have it be what the form says; a page that somebody else was faster than is shown again and does nothing."""
        self._gate.require_own(req)
        await self._gate.person(req, Right.INGEST)
        person = await self._gate.person(req, Right.INVENTORY)
        form = await read_form(req, largest=LARGEST_FORM, most_fields=MOST_FIELDS)
        texts = typed(form)
        values = {name: value_of(field, texts.get(name, "")) for name, field in FIELDS.items()}
        try:
            said = organisation_of(msgspec.json.encode(values))
            await self._threads.run(self._desk.put, origin_of(req, person), said, _version(form))
        except Refusal as refusal:
            if refusal.problem.code not in ("ORGANISATION_INVALID", "ORGANISATION_CHANGED"):
                raise
            resp.status = refusal.problem.status
            stored = await self._threads.run(self._desk.known, person.caller.tenant_id)
            self._show(req, resp, person, stored, form, refusal)
            return
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path("/organisation?saved=1")

    def _show(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        person: Person,
        stored: Kept | None,
        form: Form | None = None,
        refusal: Refusal | None = None,
    ) -> None:
        speech, kept = self._view.speech(req), msgspec.structs.asdict(stored) if stored else {}
        stale = refusal is not None and refusal.problem.code == "ORGANISATION_CHANGED"
        faults = _faults(speech, refusal) if refusal and not stale else {}
        texts = typed(form) if form else None
        groups = {
            group: controls(speech, "ORG", (FIELDS[name] for name in names), kept, texts, faults, stale=stale)
            for group, names in GROUPS.items()
        }
        # What was typed on a page of before stays one of before, unless it is shown beside what is there now.
        version = form.text("version", 20) if form and not stale else str(stored.version if stored else 0)
        self._view.show(
            req, resp, TEMPLATE, person, section="inventory", groups=groups, lines=LINES, stored=stored,
            version=version, saved="saved" in req.params,
            complaint="ORG_STALE" if stale else "FILL_FAULTY" if refusal else "",
        )  # fmt: skip


def _version(form: Form) -> int:
    text = form.text("version", 20)
    if not (text.isascii() and text.isdecimal() and len(text) < 10):  # noqa: PLR2004 -- of 32 bits
        raise Refusal("BAD_REQUEST")
    return int(text)


def _faults(speech: Speech, refusal: Refusal) -> dict[str, list[str]]:
    """What is wrong, by field."""
    found: dict[str, list[str]] = {}
    for each in msgspec.convert(refusal.members["errors"], list[RecordErrorView]):
        name = each.pointer.removeprefix("/").partition("/")[0]
        found.setdefault(name, []).append(speech.chosen(each.error, each.error_vi))
    return found
