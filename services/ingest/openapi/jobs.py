"""The jobs' part of the description: every type's."""

from typing import Any, get_args

from libs.contracts.answers import (
    ErrorPage,
    IdPage,
    JobPage,
    JobView,
    LogPage,
    ProblemView,
    ProgressView,
    RecordId,
)
from libs.contracts.chunks import RecordErrorView, RowErrorView
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import JobStatus, Lane, RetryStrategy
from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.tasks.registry import KINDS
from services.ingest.jobs.filters import LONGEST_SEARCH, TYPES
from services.ingest.jobs.reasons import Reason
from services.ingest.openapi.parts import (
    IDEMPOTENCY_KEY,
    JOB,
    PROBLEMS_OF_ALL,
    PROBLEMS_OF_BATCH,
    TEXT,
    TOKEN_PARAMETER,
    TRACING,
    UUID_TEXT,
    Schema,
    choices,
    content,
    get,
    header,
    needs,
    problems,
    query,
    ref,
)

STRUCTS: list[Any] = [
    ErrorPage, IdPage, JobPage, JobView, LogPage, ProblemView, ProgressView, Reason, RecordErrorView, RecordId,
    RowErrorView,
    *(struct for kind in KINDS.values() for struct in (kind.parameters, kind.result)),
]  # fmt: skip
JOBS = "/api/v1/jobs"


def paths() -> Schema:
    """Their operations."""
    found = {
        JOBS: get("list_jobs", "The tenant's jobs, newest first", content(ref("JobPage")), *_filters(), TOKEN_PARAMETER)
    }
    for kind in KINDS.values():
        found[f"{JOBS}/{kind.name}"] = {"post": _opening(kind)}
    found[f"{JOBS}/{{job}}"] = get(
        "get_job", "A job", content(ref("JobView")), JOB, header("If-None-Match", TEXT, "The ETag that the client has.")
    )
    found[f"{JOBS}/{{job}}"]["get"]["responses"]["304"] = {"description": "Not changed."}
    for part, path in _parts().items():
        found[f"{JOBS}/{{job}}/{part}"] = path
    found[f"{JOBS}/{{job}}/rejects"]["get"]["security"] = needs("rejects:read", "jobs:write")
    return found


def _several(values: tuple[str, ...]) -> Schema:
    return {"type": "array", "items": {"type": "string", "enum": list(values)}}


def _filters() -> list[Schema]:
    time: Schema = {"type": "string", "format": "date-time"}
    return [
        query("status", _several(tuple(map(str, JobStatus))), "Only jobs in one of these states."),
        query("type", _several(TYPES), "Only jobs of one of these types; a batch's is `write`."),
        query("entity", _several(tuple(ENTITIES)), "Only jobs of one of these entities."),
        query("lane", _several(get_args(Lane)), "Only jobs of one of these lanes."),
        query("parent", UUID_TEXT, "Only what this job has opened; without it, only what no job has opened."),
        query("from", time, "Only jobs that were opened then or later."),
        query("to", time, "Only jobs that were opened then or earlier."),
        query(
            "q",
            {"type": "string", "minLength": 1, "maxLength": LONGEST_SEARCH},
            "Part of who opened the job, of an error's code, or of its file's name; or the external_id of a refused"
            " record.",
        ),
        query("limit", {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Jobs a page."),
    ]


def _opening(kind: TaskKind) -> Schema:
    result = {"anyOf": [ref(kind.result.__name__), {"type": "null"}]}
    own = {"type": "object", "properties": {"parameters": ref(kind.parameters.__name__), "result": result}}
    return {
        "operationId": f"open_{kind.name}",
        "summary": f"Open a job of type {kind.name}: {' '.join((kind.parameters.__doc__ or '').split())}",
        "tags": ["jobs"],
        "security": needs(kind.scope),
        "parameters": [IDEMPOTENCY_KEY, *TRACING],
        "requestBody": {"required": True, "content": content(ref(kind.parameters.__name__))},
        "responses": {
            "202": {"description": "Durable; to be run.", "content": content({"allOf": [ref("JobView"), own]})},
            **problems(*PROBLEMS_OF_ALL, *PROBLEMS_OF_BATCH, 409),
        },
    }


def _parts() -> dict[str, Schema]:
    errors = {
        **content(ref("ErrorPage")),
        **content(TEXT, media="text/csv"),
        **content({"anyOf": [ref("RecordErrorView"), ref("RowErrorView")]}, media="application/x-ndjson"),
    }
    rejects = {**content({}, media="application/x-ndjson"), **content(TEXT, media="text/csv")}
    ids = {**content(ref("IdPage")), **content(ref("RecordId"), media="application/x-ndjson")}
    strategy = query("strategy", choices(*get_args(RetryStrategy)), "Which failed chunks of a batch.")
    return {
        "progress": get("get_progress", "How far a job is", content(ref("ProgressView")), JOB),
        "log": get("get_log", "A job's story", content(ref("LogPage")), JOB, TOKEN_PARAMETER),
        "errors": get("get_errors", "Records' errors", errors, JOB, TOKEN_PARAMETER),
        "rejects": get("get_rejects", "The rejected records as they came", rejects, JOB),
        "ids": get("get_ids", "Which records are written, and by which ids", ids, JOB, TOKEN_PARAMETER),
        "cancel": _steering("cancel_job", "Ask for a job's end"),
        "retry": _steering("retry_job", "Try what has failed of a job again", strategy),
    }


def _steering(name: str, summary: str, *parameters: Schema) -> Schema:
    return {
        "post": {
            "operationId": name,
            "summary": summary,
            "tags": ["jobs"],
            "security": needs("jobs:write"),
            "parameters": [JOB, *parameters],
            "requestBody": {"required": False, "content": content(ref("Reason"))},
            "responses": {
                "202": {"description": "Under way.", "content": content(ref("JobView"))},
                **problems(*PROBLEMS_OF_ALL, 408, 409, 413, 415, 422),
            },
        }
    }
