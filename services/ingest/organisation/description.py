"""How the API's description tells of the organisation."""

from typing import Any

from libs.contracts.inventory.organisation import Organisation, StoredOrganisation
from services.ingest.inventory.resource import READ, STEER
from services.ingest.openapi.parts import PROBLEMS_OF_ALL, Schema, content, get, header, needs, problems, ref
from services.ingest.organisation.resource import WRITE

ETAG: Schema = {"ETag": {"description": "Its version, for If-Match.", "schema": {"type": "string"}}}


def organisation_schemas() -> list[Any]:
    """The bodies."""
    return [Organisation, StoredOrganisation]


def organisation_paths() -> Schema:
    """What is answered for it."""
    path = "/api/v1/organisation"
    shown = get("get_organisation", "Who the tenant is", content(ref("StoredOrganisation")), tag="inventory")
    shown["get"]["security"] = needs(READ, STEER)
    shown["get"]["responses"]["200"]["headers"] = ETAG
    return {path: {**shown, "put": _put()}}


def _put() -> Schema:
    stored = {"content": content(ref("StoredOrganisation")), "headers": ETAG}
    return {
        "operationId": "put_organisation",
        "summary": "Say who the tenant is: all of it, and a member that is absent is null",
        "tags": ["inventory"],
        "security": needs(WRITE),
        "parameters": [header("If-Match", {"type": "string"}, "The ETag of the version that this takes the place of.")],
        "requestBody": {"required": True, "content": content(ref("Organisation"))},
        "responses": {
            "200": {"description": "As it is now.", **stored},
            "201": {"description": "As it is now; nothing was said before.", **stored},
            **problems(*PROBLEMS_OF_ALL, 408, 411, 412, 413, 415, 422),
        },
    }
