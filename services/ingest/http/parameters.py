"""Reads and checks query parameters, ids in paths, and Accept."""

import datetime
import re
import uuid
from typing import Any, NoReturn

import falcon
import msgspec
from falcon.util import mediatypes

from libs.contracts.refusals import Refusal
from services.ingest.http.headers import elements

MOST_RANGES = 64
"""Elements of Accept that are looked at: no browser sends a fourth of it."""


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


def choices(req: falcon.Request, name: str, allowed: tuple[Any, ...]) -> tuple[Any, ...]:
    """A query parameter that may be given several times, each time one of a few values. Raises Refusal."""
    values = req.get_param_as_list(name, default=[])
    if not all(value in allowed for value in values):
        raise Refusal("BAD_PARAMETER", name=name, allowed=", ".join(allowed))
    return tuple(dict.fromkeys(values))


def moment(req: falcon.Request, name: str) -> datetime.datetime | None:
    """A query parameter that is a time with its offset (RFC 3339). Raises Refusal."""
    value = req.params.get(name)
    if value is None:
        return None
    try:
        found = msgspec.convert(value, datetime.datetime)
        return found.astimezone(datetime.UTC) if found.tzinfo else _no_moment(name)
    except (msgspec.ValidationError, OverflowError):
        _no_moment(name)


def text(req: falcon.Request, name: str, longest: int) -> str | None:
    """A query parameter that is one line of printable text. Raises Refusal."""
    value = req.params.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or not value.isprintable():
        raise Refusal("BAD_PARAMETER", name=name, allowed=f"1..{longest}")
    return value.strip()


def _no_moment(name: str) -> NoReturn:
    raise Refusal("BAD_PARAMETER", name=name, allowed="2026-11-25T12:00:00Z")


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


def wants_json(req: falcon.Request) -> None:
    """Refuse a client that does not accept JSON. Raises Refusal."""
    if preferred(req, "application/json") is None:
        raise Refusal("NOT_ACCEPTABLE", available="application/json")


def preferred(req: falcon.Request, *available: str) -> str | None:
    """The media type that the client likes best; None where it accepts none (RFC 9110, 12.5.1: case does not count)."""
    ranges = elements((req.get_header("Accept") or "").lower())[:MOST_RANGES]
    # Only quoted strings still hold commas, and Falcon would part the list there.
    accept = ", ".join(each.replace(",", " ") for each in ranges) or "*/*"
    try:
        return mediatypes.best_match(available, accept) or None
    except ValueError:
        return None


def _printable(name: str) -> str:
    return name if re.fullmatch(r"[\w.-]{1,40}", name) else "?"
