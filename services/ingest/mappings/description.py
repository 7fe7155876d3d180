"""How the API's description tells of mappings."""

from typing import Any

from libs.contracts.files.mapping_bodies import MappingPage, MappingPatch, MappingView, NewMappingBody, Preview
from libs.contracts.inventory.records import ENTITIES
from services.ingest.openapi.parts import (
    PROBLEMS_OF_ALL,
    TOKEN_PARAMETER,
    UUID_TEXT,
    Schema,
    content,
    get,
    header,
    needs,
    problems,
    query,
    ref,
)

MAPPING: Schema = {"name": "mapping", "in": "path", "required": True, "schema": UUID_TEXT}
VERSION = query("version", {"type": "integer", "minimum": 1}, "Another version than the newest.")
IF_MATCH = "The ETag of the newest version."
TEXT: Schema = {"type": "string"}
PROBLEMS_OF_FILES = (404, 409, 422)


def mapping_schemas() -> list[Any]:
    """The bodies, in and out."""
    return [MappingPage, MappingPatch, MappingView, NewMappingBody, Preview]


def mapping_paths() -> Schema:
    """What is answered for mappings."""
    base, shown = "/api/v1/mappings", content(ref("MappingView"))
    paths = {
        base: get(
            "list_mappings", "The tenant's mappings, newest first", content(ref("MappingPage")),
            query("entity", {"type": "string", "enum": list(ENTITIES)}, "Only mappings to this entity."),
            query("status", {"type": "string", "enum": ["proposed", "approved"]}, "By the newest version."),
            query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Mappings a page."),
            TOKEN_PARAMETER, tag="mappings",
        ),
        f"{base}/{{mapping}}": get("get_mapping", "A version of a mapping", shown, MAPPING, VERSION, tag="mappings"),
        f"{base}/{{mapping}}/preview": get(
            "preview_mapping", "The first rows of its file, before and after", content(ref("Preview")),
            MAPPING, VERSION,
            query("rows", {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}, "How many rows."),
            statuses=(*PROBLEMS_OF_ALL, *PROBLEMS_OF_FILES), tag="mappings",
        ),
        f"{base}/{{mapping}}/approve": {
            "post": _change("approve_mapping", "Approve the newest version, which makes the next", shown, 409, 412, 422)
        },
    }  # fmt: skip
    paths[base]["post"] = _change(
        "post_mapping",
        "Make a mapping by hand",
        shown,
        408,
        409,
        411,
        413,
        415,
        422,
        body="NewMappingBody",
        status="201",
    )
    paths[f"{base}/{{mapping}}"]["patch"] = _change(
        "change_mapping", "Make the next version", shown, 408, 411, 412, 413, 415, 422, 428, body="MappingPatch"
    )
    return paths


def _change(name: str, summary: str, shown: Schema, *refused: int, body: str = "", status: str = "200") -> Schema:
    named = [] if status == "201" else [MAPPING, header("If-Match", TEXT, IF_MATCH)]
    taken = {"requestBody": {"required": True, "content": content(ref(body))}} if body else {}
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["mappings"],
        "security": needs("ingest:write"),
        "parameters": named,
        **taken,
        "responses": {status: {"description": "Done.", "content": shown}, **problems(*PROBLEMS_OF_ALL, *refused)},
    }
