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
from services.ingest.http.headers import DEFAULT_WAIT_S, LONGEST_WAIT_S

REF = "#/components/schemas/{name}"
KEY_PATTERN = r'^([!#-~][ -~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}")$'
PROBLEMS_OF_ALL = (400, 401, 403, 404, 405, 406, 414, 417, 431, 501, 503, 505)
PROBLEMS_OF_BATCH = (408, 411, 413, 415, 422, 429)
Schema = dict[str, Any]


def _ref(name: str) -> Schema:
    return {"$ref": REF.format(name=name)}


def _content(schema: Schema, *, media: str = "application/json") -> Schema:
    return {media: {"schema": schema}}


def _problem(status: int) -> Schema:
    return {
        "description": f"Refused with {status}; see `code`.",
        "content": _content(_ref("ProblemView"), media="application/problem+json"),
    }


def _problems(*statuses: int) -> Schema:
    return {str(status): _problem(status) for status in statuses}


def _query(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def _header(name: str, schema: Schema, description: str) -> Schema:
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description}


def _needs(*scopes: str) -> list[Schema]:
    """Any one of these scopes."""
    return [{"token": [scope]} for scope in scopes]


def _choices(*values: str) -> Schema:
    return {"type": "string", "enum": list(values), "default": values[0]}


MODES = (
    "What to do with a record that exists already. `upsert`: a member that is absent leaves what is stored, null"
    " empties it, and a list replaces the links. For a new record an absent member is null, false or an empty list."
)
UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
TENANT: Schema = {"name": "tenant_id", "in": "path", "required": True, "schema": UUID_TEXT}
JOB: Schema = {"name": "job", "in": "path", "required": True, "schema": UUID_TEXT}

BATCH_PARAMETERS: list[Schema] = [
    TENANT,
    _query("mode", _choices("insert", "ignore", "upsert"), MODES),
    _query("on_error", _choices("continue", "abort"), "`abort`: one bad record, and nothing is written."),
    _query("dry_run", _choices("false", "true"), "`true`: the same report, nothing written."),
    _query(
        "lane",
        _choices("normal", "high", "low"),
        "How urgent the batch is among the tenant's own; between tenants, lanes have 4, 2 and 1 of 7 turns.",
    ),
    _header(
        "Idempotency-Key",
        {"type": "string", "pattern": KEY_PATTERN},
        "Makes the request safe to repeat. A string of RFC 8941; a bare key is the same as a quoted one.",
    ),
    _header(
        "Prefer",
        {"type": "string"},
        f"`wait=N`: {DEFAULT_WAIT_S} seconds if absent, {LONGEST_WAIT_S} at most; `respond-async` alone: none.",
    ),
    _header("X-Request-ID", {"type": "string"}, "Names the request: 1 to 128 of A-Z a-z 0-9 . _ -; else one is made."),
    _header("traceparent", {"type": "string"}, "W3C trace context."),
]


def _body_name(entity: Entity) -> str:
    return f"{entity.record.__name__}Batch"


def _with_ids(base: str, entity: Entity, *, certain: bool = True) -> Schema:
    """An answer with ids; where not all are certain yet, those that are not are null."""
    ids = {"type": "array", "items": UUID_TEXT if certain else {"anyOf": [UUID_TEXT, {"type": "null"}]}}
    extra = {"type": "object", "required": [entity.ids_member], "properties": {entity.ids_member: ids}}
    return {"allOf": [_ref(base), extra]}


def _batch_operation(entity: Entity, *, waits: bool) -> Schema:
    written = {
        "201": {"description": "Written.", "content": _content(_with_ids("BatchResult", entity))},
        **_problems(409),
    }
    return {
        "operationId": f"post_{entity.table}_batch" + ("" if waits else "_async"),
        "summary": f"Post {entity.name} and "
        + ("wait for the write" if waits else "return as soon as they are durable"),
        "tags": ["batches"],
        "security": _needs("ingest:write"),
        "parameters": BATCH_PARAMETERS,
        "requestBody": {
            "required": True,
            "description": "Content-Encoding may be gzip or zstd; limits count decompressed bytes. A text may have "
            f"{LONGEST_RUN} combining marks in a row. A whole number may be written as 60.0. Of a member that a record "
            "has twice the last one counts.",
            "content": {
                **_content(_ref(_body_name(entity))),
                **_content({"type": "string", "description": "A record a line."}, media="application/x-ndjson"),
            },
        },
        "responses": {
            "200": {"description": "Tried out (`dry_run`).", "content": _content(_with_ids("BatchResult", entity))},
            **(written if waits else {}),
            "202": {
                "description": "Durable; being written. An id is null where only the write tells which row it is.",
                "content": _content(_with_ids("BatchAnswer", entity, certain=False)),
            },
            **_problems(*PROBLEMS_OF_ALL, *PROBLEMS_OF_BATCH),
        },
    }


def _get(
    name: str, summary: str, answer: Schema, *parameters: Schema, problems: tuple[int, ...] = PROBLEMS_OF_ALL
) -> Schema:
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": ["jobs"],
            "security": _needs("jobs:read"),
            "parameters": list(parameters),
            "responses": {"200": {"description": "OK", "content": answer}, **_problems(*problems)},
        }
    }


def _post(name: str, summary: str, *parameters: Schema) -> Schema:
    done = {"description": "Under way.", "content": _content(_ref("JobView"))}
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "tags": ["jobs"],
            "security": _needs("jobs:write"),
            "parameters": [JOB, *parameters],
            "responses": {"202": done, **_problems(*PROBLEMS_OF_ALL, 409)},
        }
    }


def _paths() -> Schema:
    text: Schema = {"type": "string"}
    token = _query("page_token", text, "`next_page_token` of the page before.")
    paths: Schema = {}
    for entity in ENTITIES.values():
        base = f"/api/v1/tenants/{{tenant_id}}/batch/{entity.name}"
        paths[base] = {"post": _batch_operation(entity, waits=True)}
        paths[f"{base}/async"] = {"post": _batch_operation(entity, waits=False)}
    jobs = "/api/v1/jobs"
    paths[jobs] = _get(
        "list_jobs", "The tenant's jobs, newest first", _content(_ref("JobPage")),
        _query("status", {"type": "string", "enum": [str(s) for s in JobStatus]}, "Only jobs in this state."),
        _query("entity", {"type": "string", "enum": list(ENTITIES)}, "Only jobs of this entity."),
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Jobs a page."),
        token,
    )  # fmt: skip
    paths[f"{jobs}/{{job}}"] = _get(
        "get_job", "A job", _content(_ref("JobView")), JOB,
        _header("If-None-Match", text, "The ETag that the client has."),
    )  # fmt: skip
    paths[f"{jobs}/{{job}}"]["get"]["responses"]["304"] = {"description": "Not changed."}
    paths[f"{jobs}/{{job}}/progress"] = _get("get_progress", "How far a job is", _content(_ref("ProgressView")), JOB)
    errors = {
        **_content(_ref("ErrorPage")),
        **_content(text, media="text/csv"),
        **_content(_ref("RecordErrorView"), media="application/x-ndjson"),
    }
    paths[f"{jobs}/{{job}}/errors"] = _get("get_errors", "Records' errors", errors, JOB, token)
    rejects = _content({}, media="application/x-ndjson")
    paths[f"{jobs}/{{job}}/rejects"] = _get("get_rejects", "The rejected records as they came", rejects, JOB)
    paths[f"{jobs}/{{job}}/rejects"]["get"]["security"] = _needs("rejects:read", "jobs:write")
    ids = {**_content(_ref("IdPage")), **_content(_ref("RecordId"), media="application/x-ndjson")}
    paths[f"{jobs}/{{job}}/ids"] = _get("get_ids", "Which records are written, and by which ids", ids, JOB, token)
    paths[f"{jobs}/{{job}}/cancel"] = _post("cancel_job", "Write nothing more of a job")
    strategy = _query("strategy", _choices("transient", "all"), "Which failed chunks.")
    paths[f"{jobs}/{{job}}/retry"] = _post("retry_job", "Try failed chunks again", strategy)
    return paths | _open_paths(text)


def _open_paths(text: Schema) -> Schema:
    """What needs no token."""
    plain = _content(text, media="text/plain")
    open_paths = {
        "/api/v1/limits": _get(
            "get_limits", "Every limit that a client can hit", _content(_ref("Limits")), problems=(405, 406)
        ),
        "/openapi.json": _get("get_openapi", "This description", _content({"type": "object"}), problems=(405,)),
        "/livez": _get("livez", "Whether the process runs", plain, problems=(405,)),
        "/readyz": _get("readyz", "Whether the process can take batches", plain, problems=(405, 503)),
    }
    for path in open_paths.values():
        path["get"] |= {"security": [], "tags": ["operators"]}
    return open_paths


def _entity_schemas() -> tuple[list[Any], Schema]:
    bodies: Schema = {}
    for entity in ENTITIES.values():
        records = {
            "type": "array", "items": _ref(entity.record.__name__), "minItems": 1, "maxItems": entity.max_records,
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
    _, schemas = msgspec.json.schema_components([*records, *answers], ref_template=REF)
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
