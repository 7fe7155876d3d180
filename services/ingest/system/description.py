"""How the API's description tells of lanes and workers."""

from typing import Any

from libs.contracts.queues import LANES
from libs.contracts.system.workers import LaneList, LaneView, WorkerList
from services.ingest.openapi.parts import PROBLEMS_OF_ALL, Schema, content, get, needs, problems, ref
from services.ingest.system.resource import READ, WRITE

LANE: Schema = {"name": "lane", "in": "path", "required": True, "schema": {"type": "string", "enum": list(LANES)}}


def system_schemas() -> list[Any]:
    """The bodies."""
    return [LaneList, LaneView, WorkerList]


def system_paths() -> Schema:
    """What is answered for lanes and workers."""
    paths = {
        "/api/v1/workers": get(
            "list_workers", "Writers and processors: who works, on what and since when, who has stopped or died",
            content(ref("WorkerList")), tag="system",
        ),
        "/api/v1/lanes": get(
            "list_lanes", "Lanes: their weights, what waits in them, and which are paused", content(ref("LaneList")),
            tag="system",
        ),
    }  # fmt: skip
    for path in paths.values():
        path["get"]["security"] = needs(READ, WRITE)
    for name, summary in (
        ("pause", "Begin nothing more of a lane; what runs ends, and what comes waits. A paused lane stays as it is"),
        ("resume", "Go on with a lane"),
    ):
        paths[f"/api/v1/lanes/{{lane}}/{name}"] = {"post": _steering(f"{name}_lane", summary)}
    return paths


def _steering(name: str, summary: str) -> Schema:
    return {
        "operationId": name,
        "summary": summary,
        "tags": ["system"],
        "security": needs(WRITE),
        "parameters": [LANE],
        "requestBody": {"required": False, "content": content(ref("Reason"))},
        "responses": {
            "200": {"description": "The lane as it is now.", "content": content(ref("LaneView"))},
            **problems(*PROBLEMS_OF_ALL, 408, 413, 415, 422),
        },
    }
