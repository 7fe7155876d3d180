"""Reads which findings a list is asked for."""

import uuid

import falcon

from libs.compliance.articles import ARTICLES
from libs.compliance.findings import FindingFilter, Place
from libs.contracts.compliance.findings import ORGANISATION, SEVERITIES, STATES
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from services.ingest.http.parameters import choice, choices

FILTERS = ("severity", "code", "article", "entity", "state", "record", "new")
SUBJECTS = (*ENTITIES, ORGANISATION)
LONGEST_CODE = 32
MOST_CODES = 100


def finding_filter(req: falcon.Request) -> FindingFilter:
    """The filter of a request's query. Raises Refusal."""
    usual = FindingFilter()
    return FindingFilter(
        severities=choices(req, "severity", SEVERITIES), codes=_codes(req),
        articles=choices(req, "article", ARTICLES), entities=choices(req, "entity", SUBJECTS),
        states=choices(req, "state", STATES) or usual.states, record=_record(req),
        new=choice(req, "new", ("true", "false"), "false") == "true",
    )  # fmt: skip


def place_of_token(text: str) -> Place:
    """Where a page starts, by the text of its token. Raises ValueError."""
    code, _, record = text.partition("|")
    return Place(code, uuid.UUID(record))


def token_text(place: Place) -> str:
    """The text of a token for what follows a place."""
    return f"{place.code}|{place.record_id}"


def _codes(req: falcon.Request) -> tuple[str, ...]:
    """Codes of rules; one that no rule has finds nothing."""
    values = req.get_param_as_list("code", default=[])
    if len(values) > MOST_CODES or any(not 0 < len(value) <= LONGEST_CODE or not value.isascii() for value in values):
        raise Refusal("BAD_PARAMETER", name="code", allowed="ACT-01")
    return tuple(dict.fromkeys(values))


def _record(req: falcon.Request) -> uuid.UUID | None:
    value = req.params.get("record")
    if value is None:
        return None
    try:
        return uuid.UUID(str(value))
    except ValueError as error:
        raise Refusal("BAD_PARAMETER", name="record", allowed="UUID") from error
