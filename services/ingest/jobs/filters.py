"""Reads which jobs a list is asked for."""

import uuid
from typing import get_args

import falcon

from libs.contracts.filters import EARLIEST, JobFilter
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import WRITE, JobStatus, Lane
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.registry import KINDS
from services.ingest.http.parameters import choices, moment, text

FILTERS = ("status", "type", "entity", "lane", "parent", "q", "from", "to")
LONGEST_SEARCH = 255
TYPES = (WRITE, *KINDS)


def job_filter(req: falcon.Request) -> JobFilter:
    """The filter of a request's query. Raises Refusal."""
    return JobFilter(
        statuses=tuple(map(JobStatus, choices(req, "status", tuple(map(str, JobStatus))))) or tuple(JobStatus),
        types=choices(req, "type", TYPES),
        entities=choices(req, "entity", tuple(ENTITIES)),
        lanes=choices(req, "lane", get_args(Lane)) or get_args(Lane),
        parent=_parent(req),
        since=moment(req, "from") or EARLIEST,
        until=moment(req, "to"),
        q=text(req, "q", LONGEST_SEARCH),
    )


def _parent(req: falcon.Request) -> uuid.UUID | None:
    value = req.params.get("parent")
    if value is None:
        return None
    try:
        return uuid.UUID(str(value))
    except ValueError as error:
        raise Refusal("BAD_PARAMETER", name="parent", allowed="UUID") from error
