"""/inventory/{entity}/{id}: one record."""

import uuid

import falcon.asgi

from libs.compliance.findings import FindingReader
from libs.contracts.inventory.reading import choices_of, names_of, sides_of
from libs.contracts.inventory.records import ENTITIES
from libs.lookup.inventory import InventoryLookup, entity_of
from services.console.http.threads import Threads
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right


class RecordPage:
    """The page of a record."""

    def __init__(
        self, view: View, gate: Gate, threads: Threads, lookup: InventoryLookup, findings: FindingReader
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._lookup = lookup
        self._findings = findings

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, entity: str, record: str) -> None:
        """All that is known of it."""
        person = await self._gate.person(req, Right.INVENTORY)
        kind = entity_of(entity)
        tenant_id = person.caller.tenant_id
        shown = await self._threads.run(self._lookup.record, tenant_id, kind, record)
        findings = await self._threads.run(self._findings.of_record, tenant_id, kind.name, uuid.UUID(record))
        self._view.show(
            req, resp, "inventory/record.html", person, section="inventory", entity=kind, entities=ENTITIES,
            names=names_of(kind), choices=choices_of(kind), shown=shown, findings=findings,
            sides=list(zip(sides_of(kind), shown.links, strict=True)),
        )  # fmt: skip
