"""Everything below /api/v1/mappings. A version never changes: who changes or approves one makes the next."""

import time
import uuid

import falcon
import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from libs.contracts.files.mapping_bodies import MappingPage, MappingPatch, NewMappingBody, list_item, mapping_view
from libs.contracts.files.mappings import Source, StoredMapping
from libs.contracts.ids import uuid7
from libs.contracts.inventory.records import ENTITIES
from libs.database.mappings import MappingStore, NewMapping
from libs.files.mapping.changing import blank
from libs.files.mapping.proposing.history import signature
from libs.files.mapping.targets import Targets, targets_in, targets_of
from libs.identity.callers import Caller
from libs.lookup import page_tokens
from libs.steering.looking import opened
from libs.steering.mappings import MappingDesk, patched, require_source
from libs.uploads.files import FileStore
from services.ingest.http.auth import origin_of, require
from services.ingest.http.body import BodyReader
from services.ingest.http.json_body import MisfitError, read_json
from services.ingest.http.parameters import choice, known_parameters, number, wants_json
from services.ingest.mappings.refusing import etag_of, pointing, require_match

LARGEST_PAGE, DEFAULT_PAGE = 200, 50
MOST_ROWS, DEFAULT_ROWS = 100, 20
LAST_VERSION = 999_999_999


class MappingResource:
    """Lists, shows, makes, changes, tries and approves mappings."""

    def __init__(self, bodies: BodyReader, mappings: MappingStore, files: FileStore) -> None:
        self._bodies = bodies
        self._mappings = mappings
        self._files = files
        self._desk = MappingDesk(mappings, files)

    def on_get_list(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of the tenant's mappings, newest first."""
        caller = require(req, "jobs:read")
        wants_json(req)
        known_parameters(req, "entity", "status", "limit", "page_token")
        limit = number(req, "limit", DEFAULT_PAGE, 1, LARGEST_PAGE)
        found = self._mappings.page(
            caller.tenant_id,
            before=page_tokens.read_id_token(caller.tenant_id, req.params.get("page_token")),
            entity=choice(req, "entity", tuple(ENTITIES), None),
            status=choice(req, "status", ("proposed", "approved"), None),
            limit=limit + 1,
        )
        token = page_tokens.after_id(caller.tenant_id, found[limit - 1].mapping_id) if len(found) > limit else None
        resp.data = msgspec.json.encode(MappingPage(list(map(list_item, found[:limit])), token))

    def on_post_list(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Make a mapping of a file's columns by hand."""
        caller = require(req, "ingest:write")
        wants_json(req)
        known_parameters(req)
        with pointing():
            body = read_json(self._bodies, req, NewMappingBody)
            targets = self._targets(caller, body)
            source = Source() if body.source is UNSET else require_source(body.source)
            header, source = self._header(caller, body.file_id, source, body.entity)
            start = replace(blank(targets, header, source), reference_file_id=body.reference_file_id)
            content = patched(start, replace(body, source=UNSET))
        new = NewMapping(
            tenant_id=caller.tenant_id, mapping_id=uuid7(time.time_ns() // 1_000_000), content=content,
            signature=signature(header), created_by=caller.subject, file_id=body.file_id,
        )  # fmt: skip
        stored = self._desk.make(origin_of(req, caller), new)
        resp.status = falcon.HTTP_201
        resp.set_header("Location", f"/api/v1/mappings/{stored.mapping_id}")
        _show(resp, stored)

    def on_get(self, req: falcon.Request, resp: falcon.Response, mapping: str) -> None:
        """One version of a mapping, the newest unless another is named."""
        caller = require(req, "jobs:read")
        wants_json(req)
        known_parameters(req, "version")
        _show(resp, self._find(req, caller, mapping))

    def on_patch(self, req: falcon.Request, resp: falcon.Response, mapping: str) -> None:
        """Make the next version, with what is to change."""
        caller = require(req, "ingest:write")
        wants_json(req)
        known_parameters(req)
        stored = self._find(req, caller, mapping)
        require_match(req, stored, needed=True)
        with pointing():
            content = patched(stored.content, read_json(self._bodies, req, MappingPatch))
        _show(resp, self._desk.change(origin_of(req, caller), stored, content))

    def on_get_preview(self, req: falcon.Request, resp: falcon.Response, mapping: str) -> None:
        """The first rows of its file, before and after."""
        caller = require(req, "jobs:read")
        wants_json(req)
        known_parameters(req, "rows", "version")
        count = number(req, "rows", DEFAULT_ROWS, 1, MOST_ROWS)
        shown = self._desk.preview(self._find(req, caller, mapping), count)
        resp.set_header("Cache-Control", "no-store")
        resp.data = msgspec.json.encode(shown)

    def on_post_approve(self, req: falcon.Request, resp: falcon.Response, mapping: str) -> None:
        """Approve the newest version, which If-Match may name; approving it once more is no harm."""
        caller = require(req, "ingest:write")
        wants_json(req)
        known_parameters(req)
        stored = self._find(req, caller, mapping)
        require_match(req, stored, needed=False)
        _show(resp, self._desk.approve(origin_of(req, caller), stored))

    def _find(self, req: falcon.Request, caller: Caller, text: str) -> StoredMapping:
        version = number(req, "version", 0, 1, LAST_VERSION) if "version" in req.params else None
        return self._desk.find(caller.tenant_id, text, version)

    def _targets(self, caller: Caller, body: NewMappingBody) -> Targets:
        """What the columns may become. Raises Refusal, MisfitError."""
        if (body.entity is None) is (body.reference_file_id is None):
            raise MisfitError("ENTITY_OR_FILE", "/entity")
        if body.reference_file_id is not None:
            return targets_in(self._header(caller, body.reference_file_id, Source())[0])
        if body.entity not in ENTITIES:
            raise MisfitError("ENTITY_UNKNOWN", "/entity")
        return targets_of(body.entity)

    def _header(
        self, caller: Caller, file_id: uuid.UUID, source: Source, entity: str | None = None
    ) -> tuple[list[str], Source]:
        with opened(self._files, caller.tenant_id, file_id, source, entity) as table:
            return table.header, table.source


def add_mapping_routes(app: "falcon.App[falcon.Request, falcon.Response]", mappings: MappingResource) -> None:
    """Have the application answer for mappings."""
    app.add_route("/api/v1/mappings", mappings, suffix="list")
    app.add_route("/api/v1/mappings/{mapping}", mappings)
    app.add_route("/api/v1/mappings/{mapping}/preview", mappings, suffix="preview")
    app.add_route("/api/v1/mappings/{mapping}/approve", mappings, suffix="approve")


def _show(resp: falcon.Response, stored: StoredMapping) -> None:
    resp.set_header("ETag", etag_of(stored))
    resp.set_header("Cache-Control", "private, no-cache")
    resp.data = msgspec.json.encode(mapping_view(stored))
