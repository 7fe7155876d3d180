"""The batches' part of the description."""

from msgspec import inspect

from libs.contracts.answers import BatchAnswer, BatchResult
from libs.contracts.inventory.normal_form import LONGEST_RUN
from libs.contracts.inventory.records import ENTITIES, Entity
from libs.contracts.texts.legal_codes import LEGAL_CODES
from services.ingest.http.headers import DEFAULT_WAIT_S, LONGEST_WAIT_S
from services.ingest.openapi.parts import (
    IDEMPOTENCY_KEY,
    PROBLEMS_OF_ALL,
    PROBLEMS_OF_BATCH,
    TENANT,
    TRACING,
    UUID_TEXT,
    Schema,
    choices,
    content,
    header,
    needs,
    problems,
    query,
    ref,
)

STRUCTS = [*(entity.record for entity in ENTITIES.values()), BatchAnswer, BatchResult]
MODES = (
    "What to do with a record that exists already. `upsert`: a member that is absent leaves what is stored, null"
    " empties it, and a list replaces the links. For a new record an absent member is null, false or an empty list."
)
BATCH_PARAMETERS: list[Schema] = [
    TENANT,
    query("mode", choices("insert", "ignore", "upsert"), MODES),
    query("on_error", choices("continue", "abort"), "`abort`: one bad record, and nothing is written."),
    query("dry_run", choices("false", "true"), "`true`: the same report, nothing written."),
    query(
        "lane",
        choices("normal", "high", "low"),
        "How urgent the batch is among the tenant's own; between tenants, lanes have 4, 2 and 1 of 7 turns.",
    ),
    IDEMPOTENCY_KEY,
    header(
        "Prefer",
        {"type": "string"},
        f"`wait=N`: {DEFAULT_WAIT_S} seconds if absent, {LONGEST_WAIT_S} at most; `respond-async` alone: none.",
    ),
    *TRACING,
]


def paths() -> Schema:
    """Their operations."""
    found: Schema = {}
    for entity in ENTITIES.values():
        base = f"/api/v1/tenants/{{tenant_id}}/batch/{entity.name}"
        found[base] = {"post": _batch_operation(entity, waits=True)}
        found[f"{base}/async"] = {"post": _batch_operation(entity, waits=False)}
    return found


def bodies() -> Schema:
    """The schemas of their bodies, by name."""
    found: Schema = {}
    for entity in ENTITIES.values():
        records = {
            "type": "array", "items": ref(entity.record.__name__), "minItems": 1, "maxItems": entity.max_records,
        }  # fmt: skip
        found[_body_name(entity)] = {
            "type": "object",
            "required": [entity.member],
            "properties": {entity.member: records},
            "additionalProperties": False,
        }
    return found


def _body_name(entity: Entity) -> str:
    return f"{entity.record.__name__}Batch"


def _with_ids(base: str, entity: Entity, *, certain: bool = True) -> Schema:
    """An answer with ids; where not all are certain yet, those that are not are null."""
    ids = {"type": "array", "items": UUID_TEXT if certain else {"anyOf": [UUID_TEXT, {"type": "null"}]}}
    extra = {"type": "object", "required": [entity.ids_member], "properties": {entity.ids_member: ids}}
    return {"allOf": [ref(base), extra]}


def _batch_operation(entity: Entity, *, waits: bool) -> Schema:
    written = {
        "201": {"description": "Written.", "content": content(_with_ids("BatchResult", entity))},
        **problems(409),
    }
    return {
        "operationId": f"post_{entity.table}_batch" + ("" if waits else "_async"),
        "summary": f"Post {entity.name} and "
        + ("wait for the write" if waits else "return as soon as they are durable"),
        "tags": ["batches"],
        "security": needs("ingest:write"),
        "parameters": BATCH_PARAMETERS,
        "requestBody": {
            "required": True,
            "description": "Content-Encoding may be gzip or zstd; limits count decompressed bytes. A text may have "
            f"{LONGEST_RUN} combining marks in a row. A whole number may be written as 60.0. Of a member that a record "
            "has twice the last one counts.",
            "content": {
                **content(ref(_body_name(entity))),
                **content({"type": "string", "description": "A record a line."}, media="application/x-ndjson"),
            },
        },
        "responses": {
            "200": {"description": "Tried out (`dry_run`).", "content": content(_with_ids("BatchResult", entity))},
            **(written if waits else {}),
            "202": {
                "description": "Durable; being written. An id is null where only the write tells which row it is.",
                "content": content(_with_ids("BatchAnswer", entity, certain=False)),
            },
            **problems(*PROBLEMS_OF_ALL, *PROBLEMS_OF_BATCH),
        },
    }


def name_legal_codes(schema: Schema) -> None:
    """Say what each of the law's kinds of data is."""
    named = (f"{code} {text.en} / {text.vi}" for code, text in LEGAL_CODES.items())
    schema["properties"]["legal_code"]["description"] = "Decree 356/2025, articles 3 and 4.1: " + "; ".join(named)


def require_text(entity: Entity, schema: Schema) -> None:
    """Say of texts what the type cannot: no NUL, and not blank where required."""
    info = inspect.type_info(entity.record)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        if isinstance(field.type, inspect.StrType):
            schema["properties"][field.name]["pattern"] = "^[^\\x00]*[^\\s\\x00][^\\x00]*$"
