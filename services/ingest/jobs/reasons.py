"""Reads why somebody cancels or retries a job: one member of a body that may be absent."""

import falcon
import msgspec
from msgspec import Struct

from libs.contracts.refusals import Refusal
from services.ingest.http.body import BodyReader

LONGEST_REASON = 500
LONGEST_BODY = 4_096


class Reason(Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody does it."""

    reason: str = ""


class ReasonReader:
    """Reads reasons for one process."""

    def __init__(self, bodies: BodyReader) -> None:
        self._bodies = bodies

    def read(self, req: falcon.Request) -> str:
        """The reason; empty where none is given. Raises Refusal."""
        if not req.content_length and not req.get_header("Transfer-Encoding"):
            return ""
        self._bodies.check_headers(req)
        if (req.content_length or 0) > LONGEST_BODY:
            raise Refusal("BODY_TOO_LARGE", limit=LONGEST_BODY)
        with self._bodies.reading(req) as body:
            return _reason(body) if body.strip() else ""


def _reason(body: bytes) -> str:
    try:
        reason = msgspec.json.decode(body, type=Reason).reason.strip()
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("REASON_UNFIT", limit=LONGEST_REASON) from error
    if len(reason) > LONGEST_REASON or not reason.isprintable():
        raise Refusal("REASON_UNFIT", limit=LONGEST_REASON)
    return reason
