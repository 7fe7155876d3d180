"""/api/v1/inventory/{entity} and /api/v1/inventory/{entity}/{record}."""

import uuid

import falcon
import msgspec

from libs.compliance.findings import FindingReader
from libs.contracts.inventory.reading import RecordPage
from libs.identity.callers import Caller
from libs.lookup.inventory import InventoryLookup, entity_of
from services.ingest.http.auth import require
from services.ingest.http.parameters import known_parameters, number, wants_json
from services.ingest.inventory.filters import filters_of, inventory_filter

READ = "inventory:read"
STEER = "jobs:write"
"""Whoever steers jobs may read their rejected records, and so those that were written."""
LARGEST_PAGE = 200
DEFAULT_PAGE = 50


class InventoryResource:
    """Shows records; what that costs is bounded."""

    def __init__(self, lookup: InventoryLookup, findings: FindingReader) -> None:
        self._lookup = lookup
        self._findings = findings

    def on_get(self, req: falcon.Request, resp: falcon.Response, entity: str) -> None:
        """A page of records."""
        caller = _caller(req)
        kind = entity_of(entity)
        known_parameters(req, *filters_of(kind), "limit", "page_token")
        limit = number(req, "limit", DEFAULT_PAGE, 1, LARGEST_PAGE)
        wanted, token = inventory_filter(req, kind), req.params.get("page_token")
        found, following = self._lookup.page(caller.tenant_id, kind, wanted, token=token, limit=limit)
        _answer(resp, RecordPage(
            entity=kind.name, records=found.records, count=found.count, more=found.more, next_page_token=following,
        ))  # fmt: skip

    def on_get_record(self, req: falcon.Request, resp: falcon.Response, entity: str, record: str) -> None:
        """One record, what it is linked with, where it came from, and what rules have found of it."""
        caller = _caller(req)
        known_parameters(req)
        found = self._lookup.record(caller.tenant_id, entity_of(entity), record)
        findings = self._findings.of_record(caller.tenant_id, entity, uuid.UUID(record))
        members = msgspec.structs.asdict(found.record)
        _answer(resp, {**members, "links": found.links, "origin": found.origin, "findings": findings})


def _caller(req: falcon.Request) -> Caller:
    caller = require(req, READ, STEER)
    wants_json(req)
    return caller


def _answer(resp: falcon.Response, body: object) -> None:
    resp.set_header("Cache-Control", "no-store")
    resp.data = msgspec.json.encode(body)


def add_inventory_routes(app: "falcon.App[falcon.Request, falcon.Response]", inventory: InventoryResource) -> None:
    """Have the application answer for records."""
    app.add_route("/api/v1/inventory/{entity}", inventory)
    app.add_route("/api/v1/inventory/{entity}/{record}", inventory, suffix="record")
