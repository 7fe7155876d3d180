"""The OpenAPI 3.1 description, generated from the structs that validate and answer."""

from functools import cache
from typing import Any

import msgspec
from msgspec import inspect

from libs.contracts.answers import (
    BatchAnswer,
    BatchResult,
    ErrorPage,
    IdPage,
    JobPage,
    JobView,
    Limits,
    ProblemView,
    ProgressView,
    RecordId,
)
from libs.contracts.chunks import RecordErrorView
from libs.contracts.jobs import JobStatus
from libs.contracts.normal_form import LONGEST_RUN
from libs.contracts.records import ENTITIES, Entity
from services.ingest.http.description import (
    JOB,
    PROBLEMS_OF_ALL,
    REF,
    TOKEN_PARAMETER,
    UUID_TEXT,
    Schema,
    choices,
    content,
    get,
    header,
    needs,
    post,
    problems,
    query,
    ref,
)
from services.ingest.http.headers import DEFAULT_WAIT_S, LONGEST_WAIT_S
from services.ingest.mappings.description import mapping_paths, mapping_schemas

KEY_PATTERN = r'^([!#-~][ -~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}")$'
PROBLEMS_OF_BATCH = (408, 411, 413, 415, 422, 429)
MODES = (
    "What to do with a record that exists already. `upsert`: a member that is absent leaves what is stored, null"
    " empties it, and a list replaces the links. For a new record an absent member is null, false or an empty list."
)
TENANT: Schema = {"name": "tenant_id", "in": "path", "required": True, "schema": UUID_TEXT}

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
    header(
        "Idempotency-Key",
        {"type": "string", "pattern": KEY_PATTERN},
        "Makes the request safe to repeat. A string of RFC 8941; a bare key is the same as a quoted one.",
    ),
    header(
        "Prefer",
        {"type": "string"},
        f"`wait=N`: {DEFAULT_WAIT_S} seconds if absent, {LONGEST_WAIT_S} at most; `respond-async` alone: none.",
    ),
    header("X-Request-ID", {"type": "string"}, "Names the request: 1 to 128 of A-Z a-z 0-9 . _ -; else one is made."),
    header("traceparent", {"type": "string"}, "W3C trace context."),
]


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


def _paths() -> Schema:
    text: Schema = {"type": "string"}
    paths: Schema = {}
    for entity in ENTITIES.values():
        base = f"/api/v1/tenants/{{tenant_id}}/batch/{entity.name}"
        paths[base] = {"post": _batch_operation(entity, waits=True)}
        paths[f"{base}/async"] = {"post": _batch_operation(entity, waits=False)}
    jobs = "/api/v1/jobs"
    paths[jobs] = get(
        "list_jobs", "The tenant's jobs, newest first", content(ref("JobPage")),
        query("status", {"type": "string", "enum": [str(s) for s in JobStatus]}, "Only jobs in this state."),
        query("entity", {"type": "string", "enum": list(ENTITIES)}, "Only jobs of this entity."),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Jobs a page."),
        TOKEN_PARAMETER,
    )  # fmt: skip
    paths[f"{jobs}/{{job}}"] = get(
        "get_job", "A job", content(ref("JobView")), JOB,
        header("If-None-Match", text, "The ETag that the client has."),
    )  # fmt: skip
    paths[f"{jobs}/{{job}}"]["get"]["responses"]["304"] = {"description": "Not changed."}
    paths[f"{jobs}/{{job}}/progress"] = get("get_progress", "How far a job is", content(ref("ProgressView")), JOB)
    errors = {
        **content(ref("ErrorPage")),
        **content(text, media="text/csv"),
        **content(ref("RecordErrorView"), media="application/x-ndjson"),
    }
    paths[f"{jobs}/{{job}}/errors"] = get("get_errors", "Records' errors", errors, JOB, TOKEN_PARAMETER)
    rejects = content({}, media="application/x-ndjson")
    paths[f"{jobs}/{{job}}/rejects"] = get("get_rejects", "The rejected records as they came", rejects, JOB)
    paths[f"{jobs}/{{job}}/rejects"]["get"]["security"] = needs("rejects:read", "jobs:write")
    ids = {**content(ref("IdPage")), **content(ref("RecordId"), media="application/x-ndjson")}
    paths[f"{jobs}/{{job}}/ids"] = get(
        "get_ids", "Which records are written, and by which ids", ids, JOB, TOKEN_PARAMETER
    )
    paths[f"{jobs}/{{job}}/cancel"] = post("cancel_job", "Write nothing more of a job")
    strategy = query("strategy", choices("transient", "all"), "Which failed chunks.")
    paths[f"{jobs}/{{job}}/retry"] = post("retry_job", "Try failed chunks again", strategy)
    return paths | mapping_paths() | _open_paths(text)


def _open_paths(text: Schema) -> Schema:
    """What needs no token."""
    plain = content(text, media="text/plain")
    open_paths = {
        "/api/v1/limits": get(
            "get_limits", "Every limit that a client can hit", content(ref("Limits")), statuses=(405, 406)
        ),
        "/openapi.json": get("get_openapi", "This description", content({"type": "object"}), statuses=(405,)),
        "/livez": get("livez", "Whether the process runs", plain, statuses=(405,)),
        "/readyz": get("readyz", "Whether the process can take batches", plain, statuses=(405, 503)),
    }
    for path in open_paths.values():
        path["get"] |= {"security": [], "tags": ["operators"]}
    return open_paths


def _entity_schemas() -> tuple[list[Any], Schema]:
    bodies: Schema = {}
    for entity in ENTITIES.values():
        records = {
            "type": "array", "items": ref(entity.record.__name__), "minItems": 1, "maxItems": entity.max_records,
        }  # fmt: skip
        bodies[_body_name(entity)] = {
            "type": "object",
            "required": [entity.member],
            "properties": {entity.member: records},
            "additionalProperties": False,
        }
    return [entity.record for entity in ENTITIES.values()], bodies


@cache
def description(version: str) -> bytes:
    """The whole document, as JSON."""
    records, bodies = _entity_schemas()
    answers = [
        BatchAnswer,
        BatchResult,
        ErrorPage,
        IdPage,
        JobPage,
        JobView,
        Limits,
        ProblemView,
        ProgressView,
        RecordErrorView,
        RecordId,
    ]
    _, schemas = msgspec.json.schema_components([*records, *answers, *mapping_schemas()], ref_template=REF)
    for entity in ENTITIES.values():
        _require_text(entity, schemas[entity.record.__name__])
    document = {
        "openapi": "3.1.0",
        "info": {
            "title": "Sluice",
            "version": version,
            "description": "Bulk ingest of compliance inventories / Nạp hàng loạt hồ sơ xử lý dữ liệu cá nhân",
        },
        "security": [{"token": []}],
        "paths": _paths(),
        "components": {
            "schemas": {**schemas, **bodies},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    return msgspec.json.encode(document)


def _require_text(entity: Entity, schema: Schema) -> None:
    """Say of texts what the type cannot: no NUL, and not blank where required."""
    info = inspect.type_info(entity.record)
    assert isinstance(info, inspect.StructType)
    for field in info.fields:
        if isinstance(field.type, inspect.StrType):
            schema["properties"][field.name]["pattern"] = "^[^\\x00]*[^\\s\\x00][^\\x00]*$"
