"""Reads what a request to post a batch says outside its body: query, Idempotency-Key, Prefer, media type."""

from typing import get_args

import falcon

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Lane, Mode, OnError
from libs.contracts.refusals import Refusal
from libs.intake.options import BatchOptions
from libs.intake.validation.bodies import JSON, NDJSON
from services.ingest.http.headers import idempotency_key
from services.ingest.http.parameters import choice, known_parameters


def batch_options(req: falcon.Request, entity_name: str) -> BatchOptions:
    """The options of a batch. Raises Refusal for any that is not as documented."""
    entity = ENTITIES.get(entity_name)
    if entity is None:
        raise Refusal("NOT_FOUND")
    known_parameters(req, "mode", "on_error", "lane", "dry_run")
    return BatchOptions(
        entity=entity,
        kind=_kind(req),
        mode=choice(req, "mode", get_args(Mode), "insert"),
        on_error=choice(req, "on_error", get_args(OnError), "continue"),
        lane=choice(req, "lane", get_args(Lane), "normal"),
        dry_run=choice(req, "dry_run", ("true", "false"), "false") == "true",
        key=idempotency_key(req),
    )


def _kind(req: falcon.Request) -> str:
    media, parameters = falcon.parse_header(req.content_type or "")
    if parameters.get("charset", "utf-8").lower() in ("utf-8", "utf8"):
        match media.lower():
            case "application/json":
                return JSON
            case "application/x-ndjson" | "application/ndjson":
                return NDJSON
    raise Refusal("UNSUPPORTED_MEDIA_TYPE", headers={"Accept": "application/json, application/x-ndjson"})
