"""What the headers of an upload say, whatever its protocol."""

import falcon
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.uploads.announcing import whole_number


class Announced(Struct, frozen=True, kw_only=True):
    """A file that a request is about to bring, or to begin."""

    name: str
    size: int | None
    metadata: str = ""


def number(req: falcon.Request, name: str) -> int | None:
    """A header that is a whole number of bytes; None where it is absent. Raises Refusal."""
    return whole_number(name, req.get_header(name))


def required(req: falcon.Request, name: str) -> int:
    """The same where it must be there. Raises Refusal."""
    value = number(req, name)
    if value is None:
        raise Refusal("UPLOAD_HEADER", name=name, expected="0, 1, 2, …")
    return value


def media_type(req: falcon.Request) -> str:
    """The media type of the body, without its parameters."""
    return (req.content_type or "").partition(";")[0].strip().lower()


def require_media_type(req: falcon.Request, *expected: str) -> None:
    """Raises Refusal where the body is of none of these types."""
    if media_type(req) not in expected:
        raise Refusal("UPLOAD_MEDIA_TYPE", expected=" / ".join(expected))
