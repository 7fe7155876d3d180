"""/inventory/{entity}/{id}: one record."""

import uuid

import falcon.asgi

from libs.compliance.findings import FindingReader
from libs.contracts.inventory.reading import choices_of, names_of, sides_of
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import Task
from libs.lookup.everything import AnyJobs
from libs.lookup.inventory import InventoryLookup, entity_of
from libs.mending.filling import fields_to_fill
from services.console.http.threads import Threads
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right


class RecordPage:
    """The page of a record."""

    def __init__(
        self, view: View, gate: Gate, threads: Threads, lookup: InventoryLookup, findings: FindingReader, jobs: AnyJobs
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._lookup = lookup
        self._findings = findings
        self._jobs = jobs

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, entity: str, record: str) -> None:
        """All that is known of it."""
        person = await self._gate.person(req, Right.INVENTORY)
        kind = entity_of(entity)
        tenant_id = person.caller.tenant_id
        # The batch first: one that has ended is looked at no more, and the record must not be of before it.
        sent = await self._threads.run(self._sent, person, req.params.get("job"))
        shown = await self._threads.run(self._lookup.record, tenant_id, kind, record)
        findings = await self._threads.run(self._findings.of_record, tenant_id, kind.name, uuid.UUID(record))
        self._view.show(
            req, resp, "inventory/record.html", person, section="inventory", entity=kind, entities=ENTITIES,
            names=names_of(kind), choices=choices_of(kind), shown=shown, findings=findings, sent=sent,
            stream=f"/api/v1/jobs/{sent.id}/events" if sent and not sent.status.ended else None,
            can_fill=bool(fields_to_fill(kind)) and person.may("INGEST"),
            sides=list(zip(sides_of(kind), shown.links, strict=True)),
        )  # fmt: skip

    def _sent(self, person: Person, job: object) -> Job | Task | None:
        """The batch by which this person has changed the record, if the page is asked for after that."""
        try:
            return self._jobs.find(person.caller.tenant_id, uuid.UUID(str(job))) if job else None
        except ValueError:
            return None
