"""Reads what a report is about, of one tenant."""

import datetime
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import convert
from psycopg import Cursor, sql
from psycopg.rows import DictRow
from psycopg_pool import ConnectionPool

from libs.compliance.deadlines import BEGINNING, Calendar
from libs.compliance.findings import FindingReader
from libs.compliance.reports.facts import DayOfEntity, Due, Ended, Facts, Refused, RuleFacts
from libs.contracts.compliance.findings import Deadline, RuleView
from libs.contracts.tasks.schedules import DEFAULT_ZONE
from libs.contracts.tasks.types.report import AHEAD_DAYS, DeadlineCounts, FindingCounts, RecordsIn
from libs.database.queries import QUERIES
from libs.database.tenants import as_tenant

ZONE = ZoneInfo(DEFAULT_ZONE)
MOST_REFUSED = 1_000_000
"""Refused records that are looked at to say why; reading their faults takes a few seconds."""
MOST_REASONS = 40
MOST_ENDS = 60
MOST_DUE = 50


class FactReader:
    """Reads facts. Raises psycopg.Error while PostgreSQL is away."""

    def __init__(self, pool: ConnectionPool) -> None:
        self._pool = pool
        self._findings = FindingReader(pool)
        self._calendar = Calendar(pool)

    def facts(self, tenant_id: uuid.UUID, since: datetime.date, until: datetime.date, made_on: datetime.date) -> Facts:
        """What has happened from one day to another."""
        values = _span(tenant_id, since, until)
        ahead = made_on + datetime.timedelta(days=AHEAD_DAYS)
        rules = self._findings.rules(tenant_id)
        due, _ = self._calendar.page(tenant_id, made_on, ahead, limit=MOST_DUE)
        with as_tenant(self._pool, tenant_id) as cursor:
            refused, looked_at = _refused(cursor, values)
            return Facts(
                since=since, until=until, made_on=made_on, organisation=_organisation(cursor, tenant_id),
                days=_days(cursor, values), before=_before(cursor, values), refused=refused,
                refused_looked_at=looked_at, ended=_ended(cursor, values),
                rules=_rules(cursor, values, rules), due=[_due(each) for each in due],
                deadlines=_deadlines(cursor, tenant_id, made_on, ahead),
            )  # fmt: skip


def _span(tenant_id: uuid.UUID, since: datetime.date, until: datetime.date) -> dict[str, Any]:
    """Days as moments; Viet Nam's have 24 hours, all of them."""
    day = datetime.timedelta(days=1)
    begins, ends = (datetime.datetime.combine(each, datetime.time(), ZONE) for each in (since, until + day))
    return {"tenant": tenant_id, "since": begins, "until": ends, "zone": DEFAULT_ZONE}


def _organisation(cursor: Cursor[DictRow], tenant_id: uuid.UUID) -> str:
    row = cursor.execute(QUERIES["name_of_organisation"], {"tenant": tenant_id}).fetchone()
    return str(row["name_vi"] or "") if row else ""


def _days(cursor: Cursor[DictRow], values: dict[str, Any]) -> list[DayOfEntity]:
    rows = cursor.execute(QUERIES["report_days"], values).fetchall()
    days = [DayOfEntity(day=row["day"], entity=row["entity"], records=_records(row)) for row in rows]
    return [each for each in days if each.records.total]


def _before(cursor: Cursor[DictRow], values: dict[str, Any]) -> RecordsIn:
    since = values["since"] - (values["until"] - values["since"])
    row = cursor.execute(QUERIES["report_total"], {**values, "since": since, "until": values["since"]}).fetchone()
    assert row is not None
    return _records(row)


def _records(row: DictRow) -> RecordsIn:
    return RecordsIn(**{name: row[name] for name in RecordsIn.__struct_fields__})


def _refused(cursor: Cursor[DictRow], values: dict[str, Any]) -> tuple[list[Refused], int]:
    asked = {**values, "most": MOST_REFUSED, "limit": MOST_REASONS}
    rows = cursor.execute(QUERIES["report_refused"], asked).fetchall()
    return convert(rows, list[Refused]), rows[0]["looked_at"] if rows else 0


def _ended(cursor: Cursor[DictRow], values: dict[str, Any]) -> list[Ended]:
    return convert(cursor.execute(QUERIES["report_ended"], {**values, "limit": MOST_ENDS}).fetchall(), list[Ended])


def _rules(cursor: Cursor[DictRow], values: dict[str, Any], rules: list[RuleView]) -> list[RuleFacts]:
    rows = {row.pop("rule"): row for row in cursor.execute(QUERIES["report_findings"], values).fetchall()}
    return [
        RuleFacts(
            code=rule.code, severity=rule.severity, text=rule.text, text_vi=rule.text_vi,
            counts=FindingCounts(**rows[rule.code]),
        )
        for rule in rules
        if any(rows.get(rule.code, {}).values())
    ]  # fmt: skip


def _due(deadline: Deadline) -> Due:
    return Due(
        due_on=deadline.due_on, days_left=deadline.days_left, text=deadline.text, text_vi=deadline.text_vi,
        name_vi=deadline.name_vi or deadline.external_id or "", name_en=deadline.name_en, articles=deadline.articles,
    )  # fmt: skip


def _deadlines(
    cursor: Cursor[DictRow], tenant_id: uuid.UUID, today: datetime.date, until: datetime.date
) -> DeadlineCounts:
    first = BEGINNING
    values = {
        "tenant": tenant_id, "today": today, "until": until, "limit": None, "after_day": first.due_on,
        "after_kind": first.kind, "after_record": first.record_id,
    }  # fmt: skip
    statement = sql.SQL(QUERIES["report_deadlines"]).format(listed=sql.SQL(QUERIES["list_deadlines"]))
    row = cursor.execute(statement, values).fetchone()
    assert row is not None
    return convert(row, DeadlineCounts)
