"""Reads and checks what a request says outside its body: query, Idempotency-Key, Prefer, media types."""

import hashlib
import re
import uuid
from typing import Any, get_args

import falcon
from falcon.util import mediatypes
from msgspec import Struct

from libs.contracts.jobs import Lane, Mode, OnError
from libs.contracts.records import ENTITIES, Entity
from services.ingest.refusals import Refusal
from services.ingest.validation import JSON, NDJSON

DEFAULT_WAIT_S, LONGEST_WAIT_S = 30, 60
LONGEST_KEY = 255
_KEY = re.compile(r"[\x20-\x7e]{1,255}")
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})\"?(?:$|[,;\s])")


class BatchOptions(Struct, frozen=True):
    """How a batch is to be handled."""

    entity: Entity
    kind: str
    mode: Mode
    on_error: OnError
    lane: Lane
    dry_run: bool
    key: str | None
    wait_s: float

    def fingerprint(self, body: bytes) -> str:
        """What makes two requests the same: content, kind and options."""
        options = f"{self.entity.name} {self.kind} {self.mode} {self.on_error} ".encode()
        return hashlib.sha256(options + hashlib.sha256(body).digest()).hexdigest()


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
        key=_idempotency_key(req),
        wait_s=wait_seconds(req.get_header("Prefer")),
    )


def known_parameters(req: falcon.Request, *names: str) -> None:
    """Refuse unknown query parameters: a misspelt `dry_run` must not write."""
    for name in req.params:
        if name not in names:
            raise Refusal("BAD_PARAMETER", name=_printable(name), allowed=", ".join(names))


def choice(req: falcon.Request, name: str, allowed: tuple[Any, ...], default: Any) -> Any:
    """A query parameter that has one of a few values. Raises Refusal."""
    if name not in req.params:
        return default
    value = req.params[name]
    if value not in allowed:
        raise Refusal("BAD_PARAMETER", name=name, allowed=", ".join(allowed))
    return value


def number(req: falcon.Request, name: str, default: int, low: int, high: int) -> int:
    """A query parameter that is a whole number. Raises Refusal."""
    value = req.params.get(name, str(default))
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
        raise Refusal("BAD_PARAMETER", name=name, allowed=f"{low}..{high}")
    return int(value)


def job_id(text: str) -> uuid.UUID:
    """A job's id from the path; what is no UUID names no job. Raises Refusal."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Refusal("JOB_NOT_FOUND") from error


def wait_seconds(prefer: str | None) -> float:
    """Seconds to wait (RFC 7240); a preference that cannot be read is ignored."""
    if prefer and re.search(r"(?:^|[,;\s])respond-async(?:$|[,;\s])", prefer):
        return 0.0
    match = _WAIT.search(prefer or "")
    return float(min(int(match[1]), LONGEST_WAIT_S)) if match else float(DEFAULT_WAIT_S)


def wants_json(req: falcon.Request) -> None:
    """Refuse a client that does not accept JSON. Raises Refusal."""
    if preferred(req, "application/json") is None:
        raise Refusal("NOT_ACCEPTABLE", available="application/json")


def preferred(req: falcon.Request, *available: str) -> str | None:
    """The media type that the client likes best; None where it accepts none (RFC 9110, 12.5.1: case does not count)."""
    try:
        return mediatypes.best_match(available, (req.get_header("Accept") or "*/*").lower()) or None
    except ValueError:
        return None


def _kind(req: falcon.Request) -> str:
    media, _, parameters = (req.content_type or "").partition(";")
    charset = re.search(r"charset\s*=\s*\"?([^\s\";]+)", parameters, re.IGNORECASE)
    if charset is None or charset[1].lower() in ("utf-8", "utf8"):
        match media.strip().lower():
            case "application/json":
                return JSON
            case "application/x-ndjson" | "application/ndjson":
                return NDJSON
    raise Refusal("UNSUPPORTED_MEDIA_TYPE", headers={"Accept": "application/json, application/x-ndjson"})


def _idempotency_key(req: falcon.Request) -> str | None:
    key = req.get_header("Idempotency-Key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise Refusal("BAD_IDEMPOTENCY_KEY")
    return key


def _printable(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]{1,40}", name) else "?"
