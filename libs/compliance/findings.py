"""Findings as people read them, one tenant at a time under row level security."""

import datetime
import uuid
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeAlias

from msgspec import Struct
from psycopg import Cursor, sql
from psycopg.rows import DictRow
from psycopg_pool import ConnectionPool

from libs.compliance.articles import articles_of
from libs.compliance.catalogue import Rule
from libs.compliance.running import all_rules
from libs.contracts.compliance.findings import (
    ORGANISATION,
    STATES,
    Acceptance,
    FindingState,
    FindingView,
    RuleView,
    Severity,
    today,
)
from libs.contracts.inventory.reading import record_url
from libs.contracts.inventory.records import ENTITIES
from libs.database.inventory import statements
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant

FIRST = uuid.UUID(int=0)
PAGE = 1_000
"""Findings that are read at once where all are wanted."""

Names: TypeAlias = dict[tuple[str, uuid.UUID], DictRow]


class FindingFilter(Struct, frozen=True, kw_only=True):
    """Which findings are asked for: all of this, where it is given."""

    severities: tuple[Severity, ...] = ()
    codes: tuple[str, ...] = ()
    articles: tuple[str, ...] = ()
    """What rules stand on, as `articles_of` names it."""
    entities: tuple[str, ...] = ()
    states: tuple[FindingState, ...] = ("open", "accepted")
    record: uuid.UUID | None = None
    new: bool = False
    """Only what the last run found and the one before had not."""


class Place(NamedTuple):
    """Where a page of findings ends."""

    code: str
    record_id: uuid.UUID


class FindingReader:
    """Findings and rules, for role `sluice_reader`. Every method raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool

    def rules(self, tenant_id: uuid.UUID) -> list[RuleView]:
        """All rules, the gravest first, each with how it went last."""
        with as_tenant(self._pool, tenant_id) as cursor:
            states = {row["rule"]: row for row in _states(cursor, tenant_id)}
            return [_rule_view(rule, states.get(rule.code)) for rule in _rules(cursor, tenant_id)]

    def page(
        self, tenant_id: uuid.UUID, wanted: FindingFilter, *, after: Place | None, limit: int
    ) -> tuple[list[FindingView], Place | None]:
        """The findings behind a place, and where the next page starts; None where there is none."""
        with as_tenant(self._pool, tenant_id) as cursor:
            found = _listed(cursor, tenant_id, wanted, after, limit + 1)
        shown = found[:limit]
        return shown, Place(shown[-1].code, shown[-1].record_id) if len(found) > limit else None

    def each(self, tenant_id: uuid.UUID, wanted: FindingFilter) -> Iterator[list[FindingView]]:
        """All of them, page by page."""
        found, after = self.page(tenant_id, wanted, after=None, limit=PAGE)
        while found:
            yield found
            if after is None:
                return
            found, after = self.page(tenant_id, wanted, after=after, limit=PAGE)

    def of_record(self, tenant_id: uuid.UUID, entity: str, record_id: uuid.UUID) -> list[FindingView]:
        """What is open or accepted of one record."""
        wanted = FindingFilter(entities=(entity,), record=record_id)
        return self.page(tenant_id, wanted, after=None, limit=PAGE)[0]

    def one(self, tenant_id: uuid.UUID, place: Place) -> FindingView | None:
        """What one rule has found of one record, resolved or not."""
        wanted = FindingFilter(codes=(place.code,), record=place.record_id, states=STATES)
        return next(iter(self.page(tenant_id, wanted, after=None, limit=1)[0]), None)


def address_of(entity: str, record_id: uuid.UUID) -> str:
    """Where what a finding is about can be read."""
    return "/api/v1/organisation" if entity == ORGANISATION else record_url(entity, record_id)


def _rules(cursor: Cursor[DictRow], tenant_id: uuid.UUID) -> list[Rule]:
    return all_rules(cursor.execute(QUERIES["read_own_rules"], {"tenant": tenant_id, "code": None}).fetchall())


def _states(cursor: Cursor[DictRow], tenant_id: uuid.UUID) -> list[DictRow]:
    return cursor.execute(QUERIES["read_rule_states"], {"tenant": tenant_id, "today": today()}).fetchall()


def _rule_view(rule: Rule, state: DictRow | None) -> RuleView:
    said = {name: getattr(rule, name) for name in (
        "code", "severity", "entity", "articles", "text", "text_vi", "remedy", "remedy_vi", "unsure", "own",
    )}  # fmt: skip
    if state is None:
        return RuleView(**said, found=0, accepted=0, new=0, resolved=0, ran_at=None, job_id=None, error=None)
    return RuleView(
        **said, found=state["found"], accepted=state["accepted"], new=state["opened"], resolved=state["resolved"],
        ran_at=state["ran_at"], job_id=state["run_id"], error=state["error"],
    )  # fmt: skip


def _listed(
    cursor: Cursor[DictRow], tenant_id: uuid.UUID, wanted: FindingFilter, after: Place | None, limit: int
) -> list[FindingView]:
    rules = {rule.code: rule for rule in _rules(cursor, tenant_id) if _is_asked(rule, wanted)}
    codes = list(rules)
    if after is not None:
        codes = codes[codes.index(after.code) :] if after.code in rules else []
    day = today()
    values = {
        "tenant": tenant_id, "rules": codes, "after": after.record_id if after else FIRST, "record": wanted.record,
        "today": day, "limit": limit,
    }  # fmt: skip
    rows = cursor.execute(sql.SQL(QUERIES["list_findings"]).format(wanted=_condition(wanted)), values).fetchall()
    names = _names(cursor, tenant_id, [(rules[row["rule"]].entity, row["record_id"]) for row in rows])
    return [_view(row, rules[row["rule"]], names, day) for row in rows]


def _is_asked(rule: Rule, wanted: FindingFilter) -> bool:
    return all((
        not wanted.severities or rule.severity in wanted.severities,
        not wanted.codes or rule.code in wanted.codes,
        not wanted.articles or not {*wanted.articles}.isdisjoint(articles_of(rule.articles)),
        not wanted.entities or rule.entity in wanted.entities,
    ))  # fmt: skip


_OF_STATE = {
    "open": sql.SQL("(f.resolved_at IS NULL AND (f.accepted_until IS NULL OR f.accepted_until < %(today)s))"),
    "accepted": sql.SQL("(f.resolved_at IS NULL AND f.accepted_until >= %(today)s)"),
    "resolved": sql.SQL("f.resolved_at IS NOT NULL"),
}
_UNRESOLVED = sql.SQL("f.resolved_at IS NULL")


def _condition(wanted: FindingFilter) -> sql.Composable:
    """Worded so that each has an index: what is open or accepted is what is not resolved."""
    asked = {*wanted.states}
    if asked == {"open", "accepted"}:
        states: sql.Composable = _UNRESOLVED
    elif asked == {*STATES}:
        states = sql.SQL("true")
    else:
        states = sql.SQL("({})").format(sql.SQL(" OR ").join(_OF_STATE[each] for each in sorted(asked)))
    parts: list[sql.Composable] = [states]
    if wanted.record is not None:
        parts.append(sql.SQL("f.record_id = %(record)s"))
    if wanted.new:
        parts.append(sql.SQL("f.resolved_at IS NULL AND f.opened_by = s.run_id AND s.opened > 0"))
    return sql.SQL(" AND ").join(parts)


def _names(cursor: Cursor[DictRow], tenant_id: uuid.UUID, records: Sequence[tuple[str, uuid.UUID]]) -> Names:
    """How these records are called, by entity and id."""
    found: Names = {}
    for entity, group in groupby(sorted({*records}), key=lambda each: each[0]):
        values = {"tenant": tenant_id, "ids": [record_id for _, record_id in group]}
        statement = (
            sql.SQL(QUERIES["name_of_organisation"]) if entity == ORGANISATION else statements.called(ENTITIES[entity])
        )
        found |= {(entity, row["id"]): row for row in cursor.execute(statement, values)}
    return found


def _view(row: DictRow, rule: Rule, names: Names, day: datetime.date) -> FindingView:
    named = names.get((rule.entity, row["record_id"]), {})
    return FindingView(
        code=rule.code, severity=rule.severity, entity=rule.entity, record_id=row["record_id"],
        external_id=named.get("external_id"), name_vi=named.get("name_vi"), name_en=named.get("name_en"),
        record_url=address_of(rule.entity, row["record_id"]), state=_state(row, day), new=bool(row["new"]),
        text=rule.text, text_vi=rule.text_vi, remedy=rule.remedy, remedy_vi=rule.remedy_vi, articles=rule.articles,
        first_seen=row["first_seen"], last_seen=row["last_seen"], resolved_at=row["resolved_at"],
        accepted=_acceptance(row),
    )  # fmt: skip


def _state(row: dict[str, Any], day: datetime.date) -> FindingState:
    if row["resolved_at"] is not None:
        return "resolved"
    return "accepted" if row["accepted_until"] is not None and row["accepted_until"] >= day else "open"


def _acceptance(row: dict[str, Any]) -> Acceptance | None:
    if row["accepted_by"] is None:
        return None
    return Acceptance(
        by=row["accepted_by"], at=row["accepted_at"], reason=row["accepted_reason"], until=row["accepted_until"]
    )
