"""Parts of an OpenAPI description."""

from typing import Any

REF = "#/components/schemas/{name}"
KEY_PATTERN = r'^([!#-~][ -~]{0,254}|"([ !#-\[\]-~]|\\["\\]){1,255}")$'
PROBLEMS_OF_ALL = (400, 401, 403, 404, 405, 406, 414, 417, 431, 501, 503, 505)
PROBLEMS_OF_BATCH = (408, 411, 413, 415, 422, 429)
Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A reference to a struct."""
    return {"$ref": REF.format(name=name)}


def content(schema: Schema, *, media: str = "application/json") -> Schema:
    """A body of one kind."""
    return {media: {"schema": schema}}


def problem(status: int) -> Schema:
    """A refusal."""
    return {
        "description": f"Refused with {status}; see `code`.",
        "content": content(ref("ProblemView"), media="application/problem+json"),
    }


def problems(*statuses: int) -> Schema:
    """Refusals by their status."""
    return {str(status): problem(status) for status in statuses}


def query(name: str, schema: Schema, description: str) -> Schema:
    """A parameter of the query."""
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def header(name: str, schema: Schema, description: str) -> Schema:
    """A header of the request."""
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description}


def needs(*scopes: str) -> list[Schema]:
    """Any one of these scopes."""
    return [{"token": [scope]} for scope in scopes]


def choices(*values: str) -> Schema:
    """One of these; the first is meant where none is given."""
    return {"type": "string", "enum": list(values), "default": values[0]}


UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
TENANT: Schema = {"name": "tenant_id", "in": "path", "required": True, "schema": UUID_TEXT}
TEXT: Schema = {"type": "string"}
TOKEN_PARAMETER = query("page_token", TEXT, "`next_page_token` of the page before.")
JOB: Schema = {"name": "job", "in": "path", "required": True, "schema": UUID_TEXT}

IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "pattern": KEY_PATTERN},
    "description": "Makes the request safe to repeat. A string of RFC 8941; a bare key is the same as a quoted one.",
}
TRACING: list[Schema] = [
    header("X-Request-ID", {"type": "string"}, "Names the request: 1 to 128 of A-Z a-z 0-9 . _ -; else one is made."),
    header("traceparent", {"type": "string"}, "W3C trace context."),
]


def get(
    name: str,
    summary: str,
    answer: Schema,
    *parameters: Schema,
    statuses: tuple[int, ...] = PROBLEMS_OF_ALL,
    tag: str = "jobs",
) -> Schema:
    """A GET, refused with these statuses."""
    return {
        "get": {
            "operationId": name,
            "summary": summary,
            "tags": [tag],
            "security": needs("jobs:read"),
            "parameters": list(parameters),
            "responses": {"200": {"description": "OK", "content": answer}, **problems(*statuses)},
        }
    }
