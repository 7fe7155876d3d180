"""Resumable uploads as the IETF has drafted them (draft-ietf-httpbis-resumable-upload)."""

import re

import falcon
from falcon.util.mediatypes import parse_header

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.uploads.names import file_name
from libs.uploads.settings import FileSettings
from services.ingest.files.protocols.announced import Announced, number

MEDIA_TYPE = "application/partial-upload"
PLAIN = "application/octet-stream"
"""What the first drafts had."""
MARK = "Upload-Draft-Interop-Version"
_BOOLEAN = re.compile(r"\?([01])")


def speaks(req: falcon.Request) -> bool:
    """Whether a request is of the draft."""
    return any(req.get_header(name) is not None for name in ("Upload-Complete", MARK))


def completes(req: falcon.Request) -> bool:
    """Whether the body of a request ends its file. Raises Refusal."""
    said = _BOOLEAN.fullmatch(req.get_header("Upload-Complete", default="").strip())
    if said is None:
        raise Refusal("UPLOAD_HEADER", name="Upload-Complete", expected="?0 / ?1")
    return said[1] == "1"


def announced(req: falcon.Request) -> Announced:
    """The file that a creation announces. Raises Refusal."""
    return Announced(name=_name(req.get_header("Content-Disposition")), size=size(req, 0))


def size(req: falcon.Request, offset: int) -> int | None:
    """How long the whole file is, where the request says so in one way or the other. Raises Refusal."""
    length = number(req, "Upload-Length")
    if not completes(req) or req.content_length is None:
        return length
    end = offset + req.content_length
    if length not in (None, end):
        raise Refusal("UPLOAD_LENGTH")
    return end


def say_limits(resp: falcon.Response, settings: FileSettings) -> None:
    """Say what an upload may be."""
    resp.set_header("Upload-Limit", f"max-size={settings.max_file_bytes}, max-age={settings.upload_s}")


def say_state(resp: falcon.Response, file: StoredFile) -> None:
    """Say how far an upload is."""
    resp.set_header("Upload-Complete", "?1" if file.state == "complete" else "?0")
    resp.set_header("Upload-Offset", str(file.received))
    if file.size is not None:
        resp.set_header("Upload-Length", str(file.size))


def _name(disposition: str | None) -> str:
    try:
        return file_name(parse_header(disposition or "")[1].get("filename"))
    except ValueError as error:
        raise Refusal("UPLOAD_HEADER", name="Content-Disposition", expected='attachment; filename="…"') from error
