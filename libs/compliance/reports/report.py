"""What a report says, from its facts, in one language."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

from libs.compliance.packages.content import Block, Column, Heading, Part, Picture, Rows, Table, Words
from libs.compliance.packages.plain import plain
from libs.compliance.packages.wording import Wording
from libs.compliance.reports.facts import Due, Ended, Facts, Refused, RuleFacts, together
from libs.compliance.reports.plots import Series, bars
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.tasks.types.report import AHEAD_DAYS, FindingCounts, RecordsIn
from libs.contracts.texts.console.frame import FRAME
from libs.contracts.texts.problems import PROBLEMS, RECORD_ERRORS

COLOURS = {
    "processing-activities": "#2f6f9f", "data-categories": "#7a9e3a", "recipients": "#c98a2b",
    "data-transfers": "#8a5fa8", "": "#8a929e",
}  # fmt: skip
"""Of kinds of records: apart from one another in grey, too."""
OUTCOMES: tuple[tuple[str, str, Callable[[RecordsIn], int]], ...] = (
    ("REPORT_WRITTEN", "#2f6f9f", lambda each: each.created + each.updated + each.unchanged),
    ("REPORT_REJECTED", "#d08c1f", lambda each: each.rejected),
    ("REPORT_FAILED", "#b3372f", lambda each: each.failed),
    ("REPORT_CANCELLED", "#8a929e", lambda each: each.cancelled),
)
NUMBERS = {
    "TOTAL",
    "RECORDS",
    "NEW",
    "MENDED",
    "OPEN",
    "DAYS_LEFT",
    "COUNT",
    *map(str.upper, RecordsIn.__struct_fields__),
}


def found_in(facts: Facts) -> FindingCounts:
    """The findings of all rules together."""
    counts = [rule.counts for rule in facts.rules]
    return FindingCounts(
        **{name: sum(getattr(each, name) for each in counts) for name in FindingCounts.__struct_fields__}
    )


def report(facts: Facts, wording: Wording) -> Iterator[Block]:
    """All of it."""
    t = wording.t
    span = t("REPORT_SPAN", since=wording.date(facts.since), until=wording.date(facts.until))
    made_on = t("MADE_ON", date=wording.date(facts.made_on))
    organisation = [plain(facts.organisation)] if facts.organisation else []
    yield Part(t("TITLE_REPORT"), [t("TITLE_REPORT"), *organisation, span, made_on])
    yield from _came(facts, wording)
    yield from _refused(facts, wording)
    yield from _findings(facts, wording)
    yield from _deadlines(facts, wording)
    yield from _jobs(facts, wording)


def _came(facts: Facts, wording: Wording) -> Iterator[Block]:
    t = wording.t
    yield Heading(t("REPORT_CAME"))
    whole = together([day.records for day in facts.days])
    numbers = {
        "total": whole.total, "written": whole.created + whole.updated + whole.unchanged, "rejected": whole.rejected,
        "failed": whole.failed, "cancelled": whole.cancelled, "before": facts.before.total,
    }  # fmt: skip
    said = {name: wording.number(value) for name, value in numbers.items()}
    yield Words(t("REPORT_CAME_SUM" if whole.total else "REPORT_CAME_NONE", **said), lead=True)
    if not whole.total:
        return
    names = [name for name in (*ENTITIES, "") if any(day.entity == name for day in facts.days)]
    yield _table(
        wording, ["KIND", "TOTAL", *(name.upper() for name in RecordsIn.__struct_fields__)], [9, 5, 5, 5, 5, 5, 5, 5]
    )
    by_name = [(name, together([day.records for day in facts.days if day.entity == name])) for name in names]
    rows = [_counted(wording, _kind(wording, name), records) for name, records in by_name]
    yield Rows([*rows, _counted(wording, t("REPORT_ALL"), whole)] if len(rows) > 1 else [*rows])
    yield Words(t("REPORT_BY_DAY"), lead=True)
    yield Picture(_by_outcome(facts, wording), t("REPORT_BY_DAY"))
    if len(names) > 1:
        yield Words(t("REPORT_BY_KIND"), lead=True)
        yield Picture(_by_kind(facts, wording, names), t("REPORT_BY_KIND"))


def _counted(wording: Wording, name: str, records: RecordsIn) -> list[Any]:
    numbers = [records.total, *(getattr(records, each) for each in RecordsIn.__struct_fields__)]
    return [name, *map(wording.number, numbers)]


def _kind(wording: Wording, entity: str) -> str:
    return wording.t(f"SHEET_{entity.upper().replace('-', '_')}") if entity in ENTITIES else wording.t("REPORT_UNKNOWN")


def _dates(facts: Facts) -> list[datetime.date]:
    return [facts.since + datetime.timedelta(days=n) for n in range((facts.until - facts.since).days + 1)]


def _by_outcome(facts: Facts, wording: Wording) -> str:
    dates = _dates(facts)
    of_day = [together([each.records for each in facts.days if each.day == date]) for date in dates]
    series = [Series(wording.t(name), colour, [value(day) for day in of_day]) for name, colour, value in OUTCOMES]
    return bars(wording.t("REPORT_BY_DAY"), _labels(dates, wording), series, wording.number)


def _by_kind(facts: Facts, wording: Wording, names: list[str]) -> str:
    dates = _dates(facts)
    totals = {(each.day, each.entity): each.records.total for each in facts.days}
    series = [
        Series(_kind(wording, name), COLOURS[name], [totals.get((date, name), 0) for date in dates]) for name in names
    ]
    return bars(wording.t("REPORT_BY_KIND"), _labels(dates, wording), series, wording.number)


def _labels(dates: list[datetime.date], wording: Wording) -> list[str]:
    return [f"{date:%d/%m}" if wording.language == "vi" else f"{date:%m-%d}" for date in dates]


def _refused(facts: Facts, wording: Wording) -> Iterator[Block]:
    t = wording.t
    yield Heading(t("REPORT_WHY"))
    whole = together([day.records for day in facts.days])
    lacking = whole.rejected + whole.failed
    if not lacking:
        yield Words(t("REPORT_WHY_NONE"))
        return
    yield Words(
        t("REPORT_WHY_SOME", all=wording.number(lacking), looked=wording.number(facts.refused_looked_at)), lead=True
    )
    if facts.refused:
        yield _table(wording, ["REASON", "FIELD", "RECORDS"], [8, 3, 2])
        yield Rows([_reason(each, wording) for each in facts.refused])


def _reason(refused: Refused, wording: Wording) -> list[Any]:
    error = RECORD_ERRORS.get(refused.code)
    text = _of(wording, *error.text(refused.params)) if error else refused.code
    return [text, refused.pointer.strip("/").replace("/*", ""), wording.number(refused.records)]


def _of(wording: Wording, english: str, vietnamese: str) -> str:
    return vietnamese if wording.language == "vi" else english


def _findings(facts: Facts, wording: Wording) -> Iterator[Block]:
    t = wording.t
    yield Heading(t("REPORT_FINDINGS"))
    if not facts.rules:
        yield Words(t("REPORT_FINDINGS_NONE"))
        return
    found = found_in(facts)
    said = {name: wording.number(getattr(found, name)) for name in FindingCounts.__struct_fields__}
    yield Words(t("REPORT_FINDINGS_SUM", **said), lead=True)
    yield _table(wording, ["RULE", "SEVERITY", "TEXT", "NEW", "MENDED", "OPEN"], [2, 2, 7, 2, 2, 2])
    yield Rows([_rule(rule, wording) for rule in facts.rules])


def _rule(rule: RuleFacts, wording: Wording) -> list[Any]:
    counts = [wording.number(getattr(rule.counts, name)) for name in FindingCounts.__struct_fields__]
    severity = wording.t(f"REPORT_SEVERITY_{rule.severity.upper()}")
    return [rule.code, severity, plain(_of(wording, rule.text, rule.text_vi)), *counts]


def _deadlines(facts: Facts, wording: Wording) -> Iterator[Block]:
    t, counts = wording.t, facts.deadlines
    yield Heading(t("REPORT_DUE"))
    if not facts.due:
        yield Words(t("REPORT_DUE_NONE"))
        return
    said = t(
        "REPORT_DUE_SUM", date=wording.date(facts.made_on), overdue=wording.number(counts.overdue),
        ahead=wording.number(counts.ahead), days=AHEAD_DAYS,
    )  # fmt: skip
    more = t("REPORT_DUE_MORE", shown=len(facts.due)) if counts.overdue + counts.ahead > len(facts.due) else ""
    yield Words(f"{said} {more}".strip(), lead=True)
    yield _table(wording, ["DUE_ON", "DAYS_LEFT", "DUE_WHAT", "DUE_OF", "ARTICLES"], [5, 3, 14, 14, 5])
    yield Rows([_due(each, wording) for each in facts.due])


def _due(due: Due, wording: Wording) -> list[Any]:
    what, name = _of(wording, due.text, due.text_vi), wording.name(due.name_vi, due.name_en)
    return [wording.date(due.due_on), wording.number(due.days_left), what, name, due.articles]


def _jobs(facts: Facts, wording: Wording) -> Iterator[Block]:
    yield Heading(wording.t("REPORT_JOBS"))
    if not facts.ended:
        yield Words(wording.t("REPORT_JOBS_NONE"))
        return
    yield _table(wording, ["TYPE", "END", "REASON", "COUNT"], [3, 3, 7, 2])
    yield Rows([_ended(each, wording) for each in facts.ended])


def _ended(ended: Ended, wording: Wording) -> list[Any]:
    type_ = FRAME.get(f"TYPE_{ended.type.upper()}")
    problem = PROBLEMS.get(ended.error)
    reason = _of(wording, problem.title, problem.title_vi) if problem else ended.error
    return [
        _of(wording, type_.en, type_.vi) if type_ else ended.type,
        wording.t(f"REPORT_END_{ended.status.upper()}"), reason, wording.number(ended.jobs),
    ]  # fmt: skip


def _table(wording: Wording, names: list[str], shares: list[int]) -> Table:
    return Table([
        Column(wording.t(f"REPORT_{name}"), share, number=name in NUMBERS)
        for name, share in zip(names, shares, strict=True)
    ])  # fmt: skip
