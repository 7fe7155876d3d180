"""/api/v1/findings: lists, whole tables, and what people decide."""

import uuid
from collections.abc import Iterator
from itertools import chain

import falcon
import msgspec

from libs.compliance.findings import FindingFilter
from libs.contracts.compliance.findings import AcceptBody, FindingPage, FindingRow, row_of
from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.identity.callers import Caller
from libs.intake.options import Origin
from libs.lookup import page_tokens
from libs.lookup.outcomes import error_formats
from libs.lookup.slots import Slots
from libs.steering.findings import FindingDesk, place_of
from services.ingest.findings.filters import FILTERS, finding_filter, place_of_token, token_text
from services.ingest.http.auth import require
from services.ingest.http.body import BodyReader
from services.ingest.http.json_body import MisfitError, read_json
from services.ingest.http.parameters import known_parameters, number, preferred, wants_json
from services.ingest.http.streams import Streamed
from services.ingest.inventory.resource import READ, STEER
from services.ingest.jobs.reasons import ReasonReader

DECIDE = "jobs:write"
CSV, NDJSON = "text/csv", "application/x-ndjson"
LARGEST_PAGE, DEFAULT_PAGE = 200, 50


class FindingResource:
    """Shows findings, and keeps what people decide about them."""

    def __init__(self, desk: FindingDesk, bodies: BodyReader, reasons: ReasonReader, streams: Slots) -> None:
        self._desk = desk
        self._bodies = bodies
        self._reasons = reasons
        self._streams = streams

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of findings as JSON, or all that match as CSV or NDJSON."""
        caller = require(req, READ, STEER)
        media = preferred(req, "application/json", CSV, NDJSON)
        if media is None:
            raise Refusal("NOT_ACCEPTABLE", available=f"application/json, {CSV}, {NDJSON}")
        known_parameters(req, *FILTERS, "limit", "page_token")
        wanted = finding_filter(req)
        if media == "application/json":
            show(resp, self._page(req, caller, wanted))
        else:
            self._table(resp, caller, wanted, media)

    def on_get_one(self, req: falcon.Request, resp: falcon.Response, code: str, record: str) -> None:
        """What one rule has found of one record, resolved or not."""
        caller = require(req, READ, STEER)
        _plain(req)
        found = self._desk.findings.one(caller.tenant_id, place_of(code, record))
        if found is None:
            raise Refusal("FINDING_NOT_FOUND")
        show(resp, found)

    def on_post_accept(self, req: falcon.Request, resp: falcon.Response, code: str, record: str) -> None:
        """Live with it until a day, for a reason."""
        caller = require(req, DECIDE)
        _plain(req)
        body = read_body(self._bodies, req, AcceptBody, "FINDING_BODY")
        show(resp, self._desk.accept(origin_of(req, caller), place_of(code, record), body))

    def on_post_reopen(self, req: falcon.Request, resp: falcon.Response, code: str, record: str) -> None:
        """Live with it no longer."""
        caller = require(req, DECIDE)
        _plain(req)
        show(resp, self._desk.reopen(origin_of(req, caller), place_of(code, record), self._reasons.read(req)))

    def _page(self, req: falcon.Request, caller: Caller, wanted: FindingFilter) -> FindingPage:
        of = list_of(caller.tenant_id, wanted)
        after = page_tokens.read_text_token(of, req.params.get("page_token"), place_of_token)
        limit = number(req, "limit", DEFAULT_PAGE, 1, LARGEST_PAGE)
        found, following = self._desk.findings.page(caller.tenant_id, wanted, after=after, limit=limit)
        token = page_tokens.after_text(of, token_text(following)) if following else None
        return FindingPage(findings=found, next_page_token=token)

    def _table(self, resp: falcon.Response, caller: Caller, wanted: FindingFilter, media: str) -> None:
        """Stream all that match. The first page is read here, so that a store that is away is still a clean 503."""
        answer = Streamed(self._streams, caller.tenant_id)
        pages = ([row_of(each) for each in page] for page in self._desk.findings.each(caller.tenant_id, wanted))
        whole: Iterator[list[FindingRow]] = chain([next(pages, [])], pages)
        if media == CSV:
            answer.pieces = error_formats.as_csv(whole, kind=FindingRow)
            resp.content_type = f"{CSV}; charset=utf-8; header=present"
            resp.downloadable_as = "findings.csv"
        else:
            answer.pieces = error_formats.as_ndjson(whole)
            resp.content_type = NDJSON
        resp.stream = answer


def list_of(tenant_id: uuid.UUID, wanted: FindingFilter) -> uuid.UUID:
    """The name of a list, so that a token is good for it alone."""
    return uuid.uuid5(tenant_id, f"findings {msgspec.json.encode(wanted, order='sorted').decode()}")


def read_body(bodies: BodyReader, req: falcon.Request, kind: type[error_formats.Row], code: str) -> error_formats.Row:
    """The body as this struct. Raises Refusal `code`, which points at what does not belong there."""
    try:
        return read_json(bodies, req, kind)
    except MisfitError as error:
        reason, reason_vi = worded(error.code)
        raise Refusal(code, members={"pointer": error.pointer}, reason=reason, reason_vi=reason_vi) from None


def origin_of(req: falcon.Request, caller: Caller) -> Origin:
    """Who asks for it."""
    return Origin(caller, req.context.request_id, req.context.traceparent, "")


def show(resp: falcon.Response, shown: msgspec.Struct) -> None:
    """Answer with a struct that nobody keeps."""
    resp.set_header("Cache-Control", "no-store")
    resp.data = msgspec.json.encode(shown)


def _plain(req: falcon.Request) -> None:
    wants_json(req)
    known_parameters(req)
