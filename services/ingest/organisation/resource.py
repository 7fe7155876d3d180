"""/api/v1/organisation: who the tenant of the token is."""

import re

import falcon
import msgspec

from libs.contracts.inventory.organisation import Kept
from libs.contracts.refusals import Refusal
from libs.intake.options import Origin
from libs.steering.organisations import OrganisationDesk, organisation_of
from services.ingest.http.auth import require
from services.ingest.http.body import BodyReader
from services.ingest.http.headers import elements
from services.ingest.http.json_body import read_bytes
from services.ingest.http.parameters import known_parameters, wants_json
from services.ingest.inventory.resource import READ, STEER

WRITE = "ingest:write"
_ETAG = re.compile(r'"([1-9][0-9]{0,8})"')


class OrganisationResource:
    """Shows and changes it."""

    def __init__(self, bodies: BodyReader, desk: OrganisationDesk) -> None:
        self._bodies = bodies
        self._desk = desk

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """All that was said, with its version as ETag."""
        caller = require(req, READ, STEER)
        _plain(req)
        _show(resp, self._desk.find(caller.tenant_id))

    def on_put(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Have it be what the body says, all of it; If-Match names the version that it takes the place of."""
        caller = require(req, WRITE)
        _plain(req)
        version = _version(req)
        origin = Origin(caller, req.context.request_id, req.context.traceparent, "")
        stored = self._desk.put(origin, organisation_of(read_bytes(self._bodies, req)), version)
        if stored.version == 1:
            resp.status = falcon.HTTP_201
            resp.set_header("Location", req.path)
        _show(resp, stored)


def _version(req: falcon.Request) -> int | None:
    """The version that is meant (RFC 9110, 13.1.1); None for any. Raises Refusal where there cannot be such a one."""
    header = req.get_header("If-Match")
    named = elements(header) if header is not None else ["*"]
    if named == ["*"]:
        return None
    found = [match for match in map(_ETAG.fullmatch, named) if match]
    if len(found) != 1 or len(named) != 1:
        raise Refusal("ORGANISATION_CHANGED")
    return int(found[0][1])


def _plain(req: falcon.Request) -> None:
    wants_json(req)
    known_parameters(req)


def _show(resp: falcon.Response, stored: Kept) -> None:
    resp.set_header("ETag", f'"{stored.version}"')
    resp.set_header("Cache-Control", "private, no-cache")
    resp.data = msgspec.json.encode(stored)


def add_organisation_routes(app: "falcon.App[falcon.Request, falcon.Response]", own: OrganisationResource) -> None:
    """Have the application answer for it."""
    app.add_route("/api/v1/organisation", own)
