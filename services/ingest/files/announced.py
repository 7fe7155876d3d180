"""What the headers of an upload say, whatever its protocol."""

import base64
import binascii
import re

import falcon
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.uploads.names import file_name

LONGEST_METADATA = 4 * 1024
_NUMBER = re.compile(r"[0-9]{1,18}")
_PAIR = re.compile(r"([!-+\--~]+)(?: ([A-Za-z0-9+/=_-]*))?")


class Announced(Struct, frozen=True, kw_only=True):
    """A file that a request is about to bring, or to begin."""

    name: str
    size: int | None
    metadata: str = ""


def number(req: falcon.Request, name: str) -> int | None:
    """A header that is a whole number of bytes; None where it is absent. Raises Refusal."""
    text = req.get_header(name)
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise Refusal("UPLOAD_HEADER", name=name, expected="0, 1, 2, …")
    return int(text)


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


def metadata_name(metadata: str) -> str:
    """The file name in an Upload-Metadata header. Raises Refusal where that is none."""
    if len(metadata) > LONGEST_METADATA:
        raise _bad_metadata()
    pairs = [_PAIR.fullmatch(pair.strip()) for pair in metadata.split(",")] if metadata else []
    if None in pairs or len({pair[1] for pair in pairs if pair}) < len(pairs):
        raise _bad_metadata()
    values = {pair[1]: pair[2] or "" for pair in pairs if pair}
    given = values.get("filename", values.get("name"))
    return file_name(None if given is None else _decoded(given))


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _bad_metadata() from error


def _bad_metadata() -> Refusal:
    return Refusal("UPLOAD_HEADER", name="Upload-Metadata", expected="filename BASE64, …")
