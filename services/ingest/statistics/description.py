"""How the API's description tells of statistics."""

from typing import Any

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.statistics import STEPS, Statistics, Summary
from services.ingest.openapi.parts import PROBLEMS_OF_ALL, Schema, choices, content, get, query, ref
from services.ingest.statistics.period import MOST_STEPS

TIME: Schema = {"type": "string", "format": "date-time"}


def statistics_schemas() -> list[Any]:
    """The bodies."""
    return [Statistics, Summary]


def statistics_paths() -> Schema:
    """What is answered for statistics."""
    return {
        "/api/v1/stats": get(
            "get_statistics",
            "Records by outcome, batches by their end, and durations, over time: kept by the minute for a week, and for"
            " 400 days by the day, of UTC; a step in which nothing happened is left out",
            content(ref("Statistics")),
            query("from", TIME, "The beginning; by default an hour, a day or 30 days before the end."),
            query("to", TIME, f"The end, by default now; {MOST_STEPS:,} steps after the beginning at most."),
            query("step", choices(*STEPS), "How long a step is."),
            query("entity", {"type": "string", "enum": list(ENTITIES)}, "Of this entity alone."),
            statuses=(*PROBLEMS_OF_ALL, 422), tag="statistics",
        ),
        "/api/v1/stats/summary": get(
            "get_summary", "Open and ended jobs, records under way and the latest jobs at a glance",
            content(ref("Summary")), tag="statistics",
        ),
    }  # fmt: skip
