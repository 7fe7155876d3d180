"""/inventory/{entity}/{id}/fill: what a person fills in of a record, which is written as every record is."""

import falcon
import falcon.asgi
import msgspec

from libs.contracts.inventory.reading import names_of
from libs.contracts.inventory.records import Entity
from libs.contracts.refusals import Refusal
from libs.contracts.texts.problems import RECORD_ERRORS
from libs.lookup.inventory import InventoryLookup, RecordDetails, entity_of
from libs.mending.filling import Filled, Filling, fields_to_fill, filled, version_of
from services.console.http.forms import read_form
from services.console.http.threads import Threads
from services.console.pages.fields import controls, typed
from services.console.pages.jobs.acting import origin_of
from services.console.pages.speech import Speech
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

LARGEST_FORM = 512 * 1024
MOST_FIELDS = 100
LINES = ("tax_code", "exemption_code", "subject_group", "agreement_ref", "service", "system_location")
"""What is said in a few words."""


class FillPage:
    """The form, and what is done with it."""

    def __init__(self, view: View, gate: Gate, threads: Threads, lookup: InventoryLookup, filling: Filling) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._lookup = lookup
        self._filling = filling

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, entity: str, record: str) -> None:
        """The fields as they are stored."""
        person = await self._person(req)
        kind = entity_of(entity)
        self._show(req, resp, person, kind, await self._find(person, kind, record))

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, entity: str, record: str) -> None:
        """Write what was changed; a page of a record that was written again since is shown again and does nothing."""
        self._gate.require_own(req)
        person = await self._person(req)
        form = await read_form(req, largest=LARGEST_FORM, most_fields=MOST_FIELDS)
        kind = entity_of(entity)
        details, texts = await self._find(person, kind, record), typed(form)
        said = filled(kind, details.record, texts)
        stale = form.text("version", 100) != version_of(details.record)
        # Who has pressed twice finds that it is as it should be.
        if said.faults or (stale and said.changes):
            resp.status = falcon.HTTP_412 if stale else falcon.HTTP_422
            self._show(req, resp, person, kind, details, texts, said, stale=stale)
            return
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(_address(kind, details))
        if said.changes:
            job = await self._threads.run(
                self._filling.fill, origin_of(req, person), kind, details.record, said.changes
            )
            resp.location += f"?job={job}"

    async def _person(self, req: falcon.asgi.Request) -> Person:
        """Who sees values of records, and may have them written."""
        await self._gate.person(req, Right.INGEST)
        return await self._gate.person(req, Right.INVENTORY)

    async def _find(self, person: Person, kind: Entity, record: str) -> RecordDetails:
        if not fields_to_fill(kind):
            raise Refusal("RECORD_NOT_FOUND")
        return await self._threads.run(self._lookup.record, person.caller.tenant_id, kind, record)

    def _show(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        person: Person,
        kind: Entity,
        details: RecordDetails,
        texts: dict[str, str] | None = None,
        said: Filled | None = None,
        *,
        stale: bool = False,
    ) -> None:
        speech, stored = self._view.speech(req), msgspec.structs.asdict(details.record)
        vietnamese, english = (stored[name] for name in names_of(kind))
        self._view.show(
            req, resp, "inventory/fill.html", person, section="inventory", entity=kind, lines=LINES,
            title=speech.chosen(english or vietnamese, vietnamese), address=_address(kind, details),
            version=version_of(details.record), complaint="FILL_STALE" if stale else "FILL_FAULTY" if said else "",
            controls=controls(
                speech, "FIELD", fields_to_fill(kind), stored, texts, _faults(speech, said) if said else {}, stale=stale
            ),
        )  # fmt: skip


def _faults(speech: Speech, said: Filled) -> dict[str, list[str]]:
    """What is wrong, by field."""
    return {
        name: [speech.chosen(*RECORD_ERRORS[fault.code].text(fault.params)) for fault in faults]
        for name, faults in said.faults.items()
    }


def _address(kind: Entity, details: RecordDetails) -> str:
    return f"/inventory/{kind.name}/{getattr(details.record, kind.id_field)}"
