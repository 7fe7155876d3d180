"""The addresses of the pages."""

from typing import Any

import falcon.asgi
from msgspec import Struct

from libs.compliance.deadlines import Calendar
from libs.steering.findings import FindingDesk
from libs.steering.opening import TaskOpening
from services.console.http.threads import Threads
from services.console.pages.findings.acting import FindingActs
from services.console.pages.findings.downloads import FindingDownloads
from services.console.pages.findings.own_rule import OwnRulePage
from services.console.pages.findings.page import FindingPages
from services.console.pages.view import View
from services.console.sign_in.gate import Gate


class FindingTools(Struct, frozen=True, kw_only=True):
    """What the pages read and decide with."""

    desk: FindingDesk
    calendar: Calendar
    opening: TaskOpening


def add_findings(
    app: "falcon.asgi.App[Any, Any]", view: View, gate: Gate, threads: Threads, tools: FindingTools
) -> None:
    """Add them."""
    pages = FindingPages(view, gate, threads, tools.desk.findings, tools.calendar)
    acts = FindingActs(view, gate, threads, tools.desk, tools.opening)
    own = OwnRulePage(view, gate, threads, tools.desk)
    downloads = FindingDownloads(view, gate, threads, tools.desk.findings)
    app.add_route("/findings", pages)
    app.add_route("/findings/rules", pages, suffix="rules")
    app.add_route("/findings/deadlines", pages, suffix="deadlines")
    app.add_route("/findings/rules/new", own, suffix="new")
    app.add_route("/findings/rules/{code}", own)
    app.add_route("/findings/rules/{code}/delete", own, suffix="delete")
    for name in ("accept", "reopen", "run"):
        app.add_route(f"/findings/{name}", acts, suffix=name)
    app.add_route("/findings.csv", downloads, suffix="csv")
    app.add_route("/findings.xlsx", downloads, suffix="workbook")
