"""How the API's description tells of schedules."""

from typing import Any

from libs.contracts.tasks.schedules import NAME_PATTERN, Fire, Schedule, ScheduleBody, ScheduleList, ScheduleStory
from services.ingest.openapi.parts import PROBLEMS_OF_ALL, UUID_TEXT, Schema, content, get, needs, problems, query, ref
from services.ingest.system.resource import READ, WRITE

NAME: Schema = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "pattern": NAME_PATTERN}}
SYSTEM = query(
    "system", {"type": "boolean", "default": False}, f"One that concerns no tenant; takes {READ} or {WRITE}."
)
STARTED: Schema = {"type": "object", "properties": {"job_id": UUID_TEXT}, "required": ["job_id"]}


def schedule_schemas() -> list[Any]:
    """The bodies."""
    return [Fire, Schedule, ScheduleBody, ScheduleList, ScheduleStory]


def schedule_paths() -> Schema:
    """What is answered for schedules."""
    named = "/api/v1/schedules/{name}"
    paths = {
        "/api/v1/schedules": get(
            "list_schedules", "The tenant's schedules, by name; after them the system's, for those who may see it",
            content(ref("ScheduleList")), tag="schedules",
        ),
        named: get(
            "get_schedule", "A schedule, and the last fifty times it ran", content(ref("ScheduleStory")), NAME, SYSTEM,
            statuses=(*PROBLEMS_OF_ALL, 422), tag="schedules",
        ),
        f"{named}/run": {"post": _run()},
    }  # fmt: skip
    for path in ("/api/v1/schedules", named):
        paths[path]["get"]["security"] = needs("jobs:read", READ, WRITE)
    paths[named] |= {"put": _put(), "delete": _delete()}
    return paths


def _writes(name: str, summary: str, responses: Schema, *statuses: int) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["schedules"],
        "security": needs("ingest:write", WRITE),
        "parameters": [NAME, SYSTEM],
        "responses": {**responses, **problems(*PROBLEMS_OF_ALL, 422, *statuses)},
    }


def _put() -> Schema:
    shown = content(ref("Schedule"))
    responses = {
        "200": {"description": "The schedule as it is now.", "content": shown},
        "201": {"description": "The schedule, which is new.", "content": shown},
    }
    summary = "Make a schedule, or have it be another; whoever may open jobs of its type may do so"
    body = {"requestBody": {"required": True, "content": content(ref("ScheduleBody"))}}
    return _writes("put_schedule", summary, responses, 408, 409, 411, 413, 415) | body


def _delete() -> Schema:
    summary = "Delete a schedule; the jobs that it has opened stay"
    return _writes("delete_schedule", summary, {"204": {"description": "It is no more."}})


def _run() -> Schema:
    shown = content({"anyOf": [ref("JobView"), STARTED]})
    responses = {"202": {"description": "The job that was opened; of the system, its id.", "content": shown}}
    body = {"requestBody": {"required": False, "content": content(ref("Reason"))}}
    summary = "Open a schedule's job now; 409 while the one before has not ended"
    return _writes("run_schedule", summary, responses, 408, 409, 413, 415) | body
