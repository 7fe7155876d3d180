"""/api/v1/rules: all rules with how they went, and those that a tenant makes; /api/v1/deadlines."""

import datetime
import uuid

import falcon

from libs.compliance.deadlines import Calendar, DuePlace
from libs.contracts.compliance.findings import DeadlinePage, RuleList, today
from libs.contracts.compliance.own_rules import OwnRuleBody
from libs.lookup import page_tokens
from libs.steering.findings import FindingDesk
from services.ingest.findings.resource import (
    DECIDE,
    DEFAULT_PAGE,
    LARGEST_PAGE,
    FindingResource,
    origin_of,
    read_body,
    show,
)
from services.ingest.http.auth import require
from services.ingest.http.body import BodyReader
from services.ingest.http.parameters import known_parameters, number, wants_json
from services.ingest.inventory.resource import READ, STEER

MOST_DAYS, USUAL_DAYS = 3_660, 183


class RuleResource:
    """Lists rules; makes, changes and deletes those of a tenant's own."""

    def __init__(self, desk: FindingDesk, bodies: BodyReader) -> None:
        self._desk = desk
        self._bodies = bodies

    def on_get_list(self, req: falcon.Request, resp: falcon.Response) -> None:
        """All rules, the gravest first, each with the counts of its last run."""
        caller = require(req, READ, STEER)
        _plain(req)
        show(resp, RuleList(self._desk.findings.rules(caller.tenant_id)))

    def on_get(self, req: falcon.Request, resp: falcon.Response, code: str) -> None:
        """A rule of the tenant's own, as it was made."""
        caller = require(req, READ, STEER)
        _plain(req)
        show(resp, self._desk.own_rule(caller.tenant_id, code))

    def on_put(self, req: falcon.Request, resp: falcon.Response, code: str) -> None:
        """Make it, or have it be another; the next run finds what it says then."""
        caller = require(req, DECIDE)
        _plain(req)
        body = read_body(self._bodies, req, OwnRuleBody, "OWN_RULE_UNFIT")
        put = self._desk.put_rule(origin_of(req, caller), code, body)
        if put.made:
            resp.status = falcon.HTTP_201
            resp.set_header("Location", req.path)
        show(resp, put.rule)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, code: str) -> None:
        """Have it be no more, with what it has found."""
        caller = require(req, DECIDE)
        _plain(req)
        self._desk.drop_rule(origin_of(req, caller), code)
        resp.status = falcon.HTTP_204


class DeadlineResource:
    """What is due when."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What is overdue, and what is due within some days."""
        caller = require(req, READ, STEER)
        wants_json(req)
        known_parameters(req, "days", "limit", "page_token")
        days = number(req, "days", USUAL_DAYS, 0, MOST_DAYS)
        limit = number(req, "limit", DEFAULT_PAGE, 1, LARGEST_PAGE)
        day, of = today(), uuid.uuid5(caller.tenant_id, f"deadlines {days}")
        after = page_tokens.read_text_token(of, req.params.get("page_token"), _place)
        until = day + datetime.timedelta(days=days)
        found, following = self._calendar.page(caller.tenant_id, day, until, after=after, limit=limit)
        token = page_tokens.after_text(of, "|".join(map(str, following))) if following else None
        show(resp, DeadlinePage(today=day, deadlines=found, next_page_token=token))


def _place(text: str) -> DuePlace:
    """Where a page starts, by the text of its token. Raises ValueError."""
    due_on, kind, record_id = text.split("|")
    return DuePlace(datetime.date.fromisoformat(due_on), kind, uuid.UUID(record_id))


def _plain(req: falcon.Request) -> None:
    wants_json(req)
    known_parameters(req)


def add_finding_routes(
    app: "falcon.App[falcon.Request, falcon.Response]",
    findings: FindingResource,
    rules: RuleResource,
    deadlines: DeadlineResource,
) -> None:
    """Have the application answer for rules, findings and deadlines."""
    one = "/api/v1/findings/{code}/{record}"
    app.add_route("/api/v1/findings", findings)
    app.add_route(one, findings, suffix="one")
    app.add_route(f"{one}/accept", findings, suffix="accept")
    app.add_route(f"{one}/reopen", findings, suffix="reopen")
    app.add_route("/api/v1/rules", rules, suffix="list")
    app.add_route("/api/v1/rules/{code}", rules)
    app.add_route("/api/v1/deadlines", deadlines)
