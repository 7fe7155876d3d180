"""Reads why somebody cancels or retries a job: one member of a body that may be absent."""

import falcon
from msgspec import Struct

from libs.contracts.refusals import Refusal
from services.ingest.http.body import BodyReader
from services.ingest.http.json_body import MisfitError, is_empty, read_json

LONGEST_REASON = 500


class Reason(Struct, frozen=True, forbid_unknown_fields=True):
    """Why somebody does it."""

    reason: str = ""


class ReasonReader:
    """Reads reasons for one process."""

    def __init__(self, bodies: BodyReader) -> None:
        self._bodies = bodies

    def read(self, req: falcon.Request) -> str:
        """The reason; empty where none is given. Raises Refusal."""
        if is_empty(req):
            return ""
        try:
            reason = read_json(self._bodies, req, Reason).reason.strip()
        except MisfitError as error:
            raise Refusal("REASON_UNFIT", limit=LONGEST_REASON) from error
        if len(reason) > LONGEST_REASON or not reason.isprintable():
            raise Refusal("REASON_UNFIT", limit=LONGEST_REASON)
        return reason
