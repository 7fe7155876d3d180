"""Small JSON bodies: read into their struct, with a pointer to what does not belong there."""

import re
from typing import Any, TypeVar

import falcon
import msgspec

from libs.contracts.refusals import Refusal
from libs.depth import is_too_deep
from libs.intake.validation.bodies import UNDECODABLE
from services.ingest.http.body import BodyReader

T = TypeVar("T")

MOST_BYTES = 4 * 1024 * 1024
JSON = ("application/json", "application/merge-patch+json")
LONGEST_NAME = 100
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*?)`(?: - at `(?P<path>\$.*)`)?", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*?)`(?: - at `(?P<path>\$.*)`)?", re.DOTALL)
_ELSEWHERE = re.compile(r".*? - at `(?P<path>\$.*)`", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+|\.\.\.)\]")


class MisfitError(ValueError):
    """A body that is not what it should be; `code` is a sentence of the catalogue."""

    def __init__(self, code: str, pointer: str) -> None:
        super().__init__(code)
        self.code = code
        self.pointer = pointer


def is_empty(req: falcon.Request) -> bool:
    """Whether the request has no body."""
    return not req.content_length and not req.get_header("Transfer-Encoding")


def read_json(bodies: BodyReader, req: falcon.Request, kind: type[T]) -> T:
    """The body as this struct. Raises Refusal, MisfitError."""
    return _decoded(read_bytes(bodies, req), kind)


def read_bytes(bodies: BodyReader, req: falcon.Request) -> bytes:
    """A body that says of itself that it is JSON, as it is. Raises Refusal."""
    bodies.check_headers(req)
    if (req.content_length or 0) > MOST_BYTES:
        raise Refusal("BODY_TOO_LARGE", limit=MOST_BYTES)
    if (req.content_type or "").partition(";")[0].strip().lower() not in JSON:
        raise Refusal("UNSUPPORTED_MEDIA_TYPE", allowed=", ".join(JSON))
    with bodies.reading(req) as body:
        if body.size > MOST_BYTES:
            raise Refusal("BODY_TOO_LARGE", limit=MOST_BYTES)
        return body.take()


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        decoded = msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise misfit(str(error)) from None
    except UNDECODABLE as error:
        raise Refusal("MALFORMED_BODY", format="JSON") from error
    return without_nul(decoded)


def without_nul(value: T) -> T:
    """The value, if none of its texts has a NUL, which PostgreSQL does not keep. Raises MisfitError.

    Raises Refusal where it is nested too deeply.
    """
    if is_too_deep(plain := _plain(value)):
        raise Refusal("MALFORMED_BODY", format="JSON")
    if pointer := _nul_in(plain, ""):
        raise MisfitError("MEMBER_UNFIT", pointer)
    return value


def _plain(value: Any) -> Any:
    try:
        return msgspec.to_builtins(value)
    except RecursionError as error:
        raise Refusal("MALFORMED_BODY", format="JSON") from error


def misfit(message: str) -> MisfitError:
    """What msgspec says of a body, without what was in it."""
    for code, pattern in (("MEMBER_UNKNOWN", _UNKNOWN), ("MEMBER_MISSING", _MISSING), ("MEMBER_UNFIT", _ELSEWHERE)):
        if found := pattern.fullmatch(message):
            named = found.groupdict().get("name")
            return MisfitError(code, _pointer(found["path"] or "") + (f"/{escaped(named)}" if named else ""))
    return MisfitError("MEMBER_UNFIT", "")


def _pointer(path: str) -> str:
    """Msgspec's `$.columns[0]` as a JSON Pointer."""
    return "".join(f"/{name or index}" for name, index in _STEP.findall(path))


def escaped(name: str) -> str:
    """A member's name in a JSON Pointer, cut where it is no name any more."""
    return name[:LONGEST_NAME].replace("~", "~0").replace("/", "~1").replace("\0", "\ufffd")


def _nul_in(value: Any, pointer: str) -> str:
    """Where a text has a NUL; nothing where none has."""
    match value:
        case str() if "\0" in value:
            return pointer
        case dict():
            members = [(escaped(name), inner) for name, inner in value.items()]
            if any("\0" in name for name in value):
                return f"{pointer}/{next(escaped(name) for name in value if chr(0) in name)}"
        case list():
            members = [(str(place), inner) for place, inner in enumerate(value)]
        case _:
            members = []
    return next(filter(None, (_nul_in(inner, f"{pointer}/{name}") for name, inner in members)), "")
