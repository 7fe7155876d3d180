"""/findings, /findings/rules and /findings/deadlines."""

import datetime
import uuid

import falcon.asgi
from msgspec import Struct

from libs.compliance.articles import ARTICLES, articles_of
from libs.compliance.deadlines import Calendar
from libs.compliance.findings import FindingReader
from libs.contracts.compliance.findings import LONGEST_ACCEPTANCE, Deadline, FindingView, RuleView, today
from services.console.http.threads import Threads
from services.console.pages.findings.search import CHOICES, FindingSearch, list_of, place_of, search_of, token_of
from services.console.pages.findings.summary import Summary, summary_of
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

PAGE = 50
DEADLINES = 200
AHEAD = datetime.timedelta(days=183)


class Shown(Struct, frozen=True, kw_only=True):
    """A page of findings."""

    summary: Summary
    findings: list[FindingView]
    following: str | None
    rule: RuleView | None
    """The one that the list is narrowed to."""
    articles: list[str]
    """Those on which rules stand that have found something, and the one that the list is narrowed to."""


class FindingPages:
    """Shows them to whoever may see the inventory."""

    def __init__(self, view: View, gate: Gate, threads: Threads, findings: FindingReader, calendar: Calendar) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._findings = findings
        self._calendar = calendar

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The figures, and a page of findings."""
        person = await self._gate.person(req, Right.INVENTORY)
        search, token, day = search_of(req), req.params.get("page_token"), today()
        shown = await self._threads.run(self._read, person.caller.tenant_id, search, token)
        self._view.show(
            req, resp, "findings/list.html", person, section="findings", tab="findings", shown=shown, search=search,
            choices=CHOICES, first=token is None, earliest=day, latest=day + LONGEST_ACCEPTANCE,
        )  # fmt: skip

    async def on_get_rules(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Every rule, with its articles, its remedy and how it went."""
        person = await self._gate.person(req, Right.INVENTORY)
        rules = await self._threads.run(self._findings.rules, person.caller.tenant_id)
        self._view.show(
            req, resp, "findings/rules.html", person, section="findings", tab="rules", rules=rules,
            summary=summary_of(rules),
        )  # fmt: skip

    async def on_get_deadlines(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """What is overdue, and what is due within half a year."""
        person = await self._gate.person(req, Right.INVENTORY)
        deadlines, more = await self._threads.run(self._due, person.caller.tenant_id)
        self._view.show(
            req, resp, "findings/deadlines.html", person, section="findings", tab="deadlines", deadlines=deadlines,
            more=more,
        )  # fmt: skip

    def _read(self, tenant_id: uuid.UUID, search: FindingSearch, token: object) -> Shown:
        of = list_of(tenant_id, search)
        rules = self._findings.rules(tenant_id)
        found, following = self._findings.page(tenant_id, search.wanted, after=place_of(of, token), limit=PAGE)
        return Shown(
            summary=summary_of(rules), findings=found, following=token_of(of, following),
            rule=next((rule for rule in rules if rule.code == search.code), None), articles=_articles(rules, search),
        )  # fmt: skip

    def _due(self, tenant_id: uuid.UUID) -> tuple[list[Deadline], bool]:
        day = today()
        found, following = self._calendar.page(tenant_id, day, day + AHEAD, limit=DEADLINES)
        return found, following is not None


def _articles(rules: list[RuleView], search: FindingSearch) -> list[str]:
    found = {search.article, *(article for rule in rules if rule.found for article in articles_of(rule.articles))}
    return [article for article in ARTICLES if article in found]
