"""How the API's description tells of the inventory."""

from typing import Any

from libs.contracts.inventory.members import MAX_EXTERNAL_ID
from libs.contracts.inventory.reading import STORED, LinkedRecords, Origin, choices_of, sides_of
from libs.contracts.inventory.records import ENTITIES
from libs.database.inventory.statements import MOST_LOOKED_AT
from services.ingest.inventory.filters import LONGEST_SEARCH
from services.ingest.inventory.resource import DEFAULT_PAGE, LARGEST_PAGE, READ, STEER
from services.ingest.openapi.parts import (
    TOKEN_PARAMETER,
    UUID_TEXT,
    Schema,
    content,
    get,
    needs,
    query,
    ref,
)

NAMES: Schema = {"type": "string", "enum": list(ENTITIES)}
ENTITY: Schema = {"name": "entity", "in": "path", "required": True, "schema": NAMES}
RECORD: Schema = {"name": "record", "in": "path", "required": True, "schema": UUID_TEXT}


def inventory_schemas() -> list[Any]:
    """The bodies."""
    return [*STORED.values(), LinkedRecords, Origin]


def inventory_paths() -> Schema:
    """What is answered for records."""
    base = "/api/v1/inventory/{entity}"
    any_record = {"anyOf": [ref(kind.__name__) for kind in STORED.values()]}
    own = {
        "links": {"type": "array", "items": ref("LinkedRecords")}, "origin": ref("Origin"),
        "findings": {"type": "array", "items": ref("FindingView")},
    }  # fmt: skip
    one = {"allOf": [any_record, {"type": "object", "required": list(own), "properties": own}]}
    paths = {
        base: get(
            "list_records",
            f"Records of an entity, the highest ids first; a page looks at {MOST_LOOKED_AT:,} records, and may"
            " have found nothing yet where it has a next one",
            content(_page(any_record)), ENTITY, *_filters(),
            query("limit", {
                "type": "integer", "minimum": 1, "maximum": LARGEST_PAGE, "default": DEFAULT_PAGE,
            }, "Records a page."),
            TOKEN_PARAMETER, tag="inventory",
        ),
        f"{base}/{{record}}": get(
            "get_record", "A record, what it is linked with, where it came from, and what rules have found of it",
            content(one), ENTITY, RECORD,
            tag="inventory",
        ),
    }  # fmt: skip
    for path in paths.values():
        path["get"]["security"] = needs(READ, STEER)
    return paths


def _page(record: Schema) -> Schema:
    members: Schema = {
        "entity": NAMES,
        "records": {"type": "array", "items": record},
        "count": {
            "anyOf": [{"type": "integer"}, {"type": "null"}],
            "description": f"How many there are, on the first page; not more than {MOST_LOOKED_AT:,} are counted.",
        },
        "more": {"type": "boolean", "description": "Whether there may be others that are not counted."},
        "next_page_token": {"anyOf": [{"type": "string"}, {"type": "null"}]},
    }
    return {"type": "object", "required": list(members), "properties": members}


def _filters() -> list[Schema]:
    choices = {name: values for each in ENTITIES.values() for name, values in choices_of(each).items()}
    ids = dict.fromkeys(side.other for each in ENTITIES.values() for side in sides_of(each))
    several = "Any of these values; an entity takes those of its own fields."
    return [
        *(
            query(name, {"type": "array", "items": {"type": "string", "enum": list(values)}}, several)
            for name, values in choices.items()
        ),
        *(query(name, UUID_TEXT, "Only records that are linked with this one.") for name in ids),
        query(
            "external_id", {"type": "string", "minLength": 1, "maxLength": MAX_EXTERNAL_ID}, "The record of this name."
        ),
        query(
            "q",
            {"type": "string", "minLength": 1, "maxLength": LONGEST_SEARCH},
            "Words that stand in names and external ids, in any order, in any case; a letter without a mark finds it"
            " with any. The record whose external_id this is comes first.",
        ),
    ]
