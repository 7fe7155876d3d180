"""Rules, what they have found, and what is due when."""

import datetime
from collections.abc import Iterator
from typing import Any, BinaryIO
from uuid import UUID

import msgspec

from libs.client.calls.calls import Calls, each_of, path_of
from libs.client.connection import decode
from libs.contracts.compliance.findings import (
    AcceptBody,
    Deadline,
    DeadlinePage,
    FindingPage,
    FindingView,
    RuleList,
    RuleView,
)
from libs.contracts.compliance.own_rules import OwnRule, OwnRuleBody

FINDINGS, RULES, DEADLINES = "/api/v1/findings", "/api/v1/rules", "/api/v1/deadlines"
JSON = {"Content-Type": "application/json"}


class FindingCalls(Calls):
    """What can be asked of how the tenant's inventory answers the law. Every method raises SluiceError.

    The rules are run by `start("rules", {})`.
    """

    def rules(self) -> list[RuleView]:
        """All rules, the gravest first, each with the counts of its last run."""
        return self._connection.get(RULES, RuleList).rules

    def findings(self, *, limit: int | None = None, **filters: Any) -> Iterator[FindingView]:
        """Findings, those of the gravest rules first, at most `limit` of them; pages are fetched as they are needed.

        `filters` are those of the API: `severity`, `code`, `article`, `entity`, `state`, `record`, `new`.
        """

        def page(params: dict[str, Any]) -> tuple[list[FindingView], str | None]:
            found = self._connection.get(FINDINGS, FindingPage, {**filters, **params})
            return found.findings, found.next_page_token

        return each_of(page, limit)

    def save_findings(self, target: BinaryIO, **filters: Any) -> None:
        """Write all findings that match as CSV to a file that can be written again."""
        self._connection.save(FINDINGS, target, accept="text/csv", params=filters)

    def accept_finding(self, code: str, record_id: str | UUID, reason: str, until: datetime.date) -> FindingView:
        """Live with a finding until and including a day."""
        body = msgspec.json.encode(AcceptBody(reason=reason, until=until))
        path = path_of(path_of(FINDINGS, code), record_id, "accept")
        return decode(self._connection.send("POST", path, headers=JSON, content=body), FindingView)

    def reopen_finding(self, code: str, record_id: str | UUID, reason: str = "") -> FindingView:
        """Live with it no longer."""
        body = msgspec.json.encode({"reason": reason})
        path = path_of(path_of(FINDINGS, code), record_id, "reopen")
        return decode(self._connection.send("POST", path, headers=JSON, content=body), FindingView)

    def put_rule(self, code: str, body: OwnRuleBody) -> OwnRule:
        """Make a rule of the tenant's own, or have it be another; its code begins with OWN-."""
        content = msgspec.json.encode(body)
        return decode(self._connection.send("PUT", path_of(RULES, code), headers=JSON, content=content), OwnRule)

    def delete_rule(self, code: str) -> None:
        """Have it be no more, with what it has found."""
        self._connection.send("DELETE", path_of(RULES, code))

    def deadlines(self, *, days: int | None = None, limit: int | None = None) -> Iterator[Deadline]:
        """What is overdue, and what is due within some days, the most urgent first."""

        def page(params: dict[str, Any]) -> tuple[list[Deadline], str | None]:
            found = self._connection.get(DEADLINES, DeadlinePage, {"days": days, **params})
            return found.deadlines, found.next_page_token

        return each_of(page, limit)
