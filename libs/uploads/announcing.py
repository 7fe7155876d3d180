"""What the headers of an upload say, by tus and by whoever speaks like it."""

import base64
import binascii
import re

from libs.contracts.refusals import Refusal
from libs.uploads.names import file_name

LONGEST_METADATA = 4 * 1024
_NUMBER = re.compile(r"[0-9]{1,18}")
_PAIR = re.compile(r"([!-+\--~]+)(?: ([A-Za-z0-9+/=_-]*))?")


def whole_number(name: str, text: str | None) -> int | None:
    """A header that is a whole number of bytes; None where it is absent. Raises Refusal."""
    if text is None:
        return None
    if not _NUMBER.fullmatch(text):
        raise Refusal("UPLOAD_HEADER", name=name, expected="0, 1, 2, …")
    return int(text)


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
