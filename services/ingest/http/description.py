"""What the API's description is put together from."""

from typing import Any

REF = "#/components/schemas/{name}"
PROBLEMS_OF_ALL = (400, 401, 403, 404, 405, 406, 414, 417, 431, 501, 503, 505)
Schema = dict[str, Any]


def ref(name: str) -> Schema:
    """A schema by its name."""
    return {"$ref": REF.format(name=name)}


def content(schema: Schema, *, media: str = "application/json") -> Schema:
    """A body of one media type."""
    return {media: {"schema": schema}}


def problem(status: int) -> Schema:
    """A refusal with this status."""
    return {
        "description": f"Refused with {status}; see `code`.",
        "content": content(ref("ProblemView"), media="application/problem+json"),
    }


def problems(*statuses: int) -> Schema:
    """Refusals, by their statuses."""
    return {str(status): problem(status) for status in statuses}


def query(name: str, schema: Schema, description: str) -> Schema:
    """A parameter of the query."""
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": description}


def header(name: str, schema: Schema, description: str) -> Schema:
    """A header that may be sent."""
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": description}


def needs(*scopes: str) -> list[Schema]:
    """Any one of these scopes."""
    return [{"token": [scope]} for scope in scopes]


def choices(*values: str) -> Schema:
    """One of these values; the first is the default."""
    return {"type": "string", "enum": list(values), "default": values[0]}


UUID_TEXT: Schema = {"type": "string", "format": "uuid"}
TOKEN_PARAMETER: Schema = query("page_token", {"type": "string"}, "`next_page_token` of the page before.")
JOB: Schema = {"name": "job", "in": "path", "required": True, "schema": UUID_TEXT}


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


def post(name: str, summary: str, *parameters: Schema) -> Schema:
    """A POST that sets a job going."""
    done = {"description": "Under way.", "content": content(ref("JobView"))}
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "tags": ["jobs"],
            "security": needs("jobs:write"),
            "parameters": [JOB, *parameters],
            "responses": {"202": done, **problems(*PROBLEMS_OF_ALL, 409)},
        }
    }
