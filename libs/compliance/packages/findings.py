"""What rules have found: a list of the rules with their counts, and then every finding that is open."""

from collections.abc import Iterator
from typing import Any

from libs.compliance.catalogue import Rule
from libs.compliance.packages.content import Block, Column, Gap, Part, Rows, Table, Words
from libs.compliance.packages.plain import plain
from libs.compliance.packages.reading import Snapshot
from libs.compliance.packages.wording import Wording
from libs.compliance.running import all_rules
from libs.contracts.compliance.findings import SEVERITIES, Severity

COUNTED = (
    ("FOUND_SEVERITY", 2), ("FOUND_RULE", 2), ("FOUND_WHAT", 7), ("FOUND_ARTICLES", 4), ("FOUND_REMEDY", 7),
    ("FOUND_OPEN", 2), ("FOUND_ACCEPTED", 2),
)  # fmt: skip
LISTED = (
    ("FOUND_RULE", 2), ("FOUND_WHAT", 5), ("FOUND_RECORD", 5), ("FOUND_NAMED", 3), ("FOUND_REMEDY", 5),
    ("FOUND_SINCE", 2), ("FOUND_UNTIL", 2),
)  # fmt: skip
ONCE = ("FOUND_WHAT", "FOUND_REMEDY")
"""What paper says once a rule, in front; a workbook may be sorted and filtered, and has it in each row."""


def findings(taken: Snapshot, wording: Wording, made_on: str) -> Iterator[Block]:
    """All of it."""
    rules = all_rules(taken.rows("read_own_rules", code=None))
    counts = {row["rule"]: row for row in taken.rows("count_open_findings")}
    ran = taken.row("rules_ran")
    yield Part(wording.t("FOUND_SUMMARY"), [wording.t("TITLE_FINDINGS"), made_on], wide=True)
    if ran["ran_at"] is None:
        yield Words(wording.t("FOUND_NEVER"))
        return
    yield Table(_columns(wording, COUNTED))
    yield Rows([_counted(wording, rule, counts.get(rule.code)) for rule in rules])
    for severity in SEVERITIES:
        yield from _sheet(taken, wording, severity, [rule for rule in rules if rule.code in counts])


def _columns(wording: Wording, names: tuple[tuple[str, int], ...]) -> list[Column]:
    return [Column(wording.t(name), share) for name, share in names]


def _counted(wording: Wording, rule: Rule, row: dict[str, Any] | None) -> list[str | Gap]:
    found, accepted = (row["open"], row["accepted"]) if row else (0, 0)
    return [
        wording.t(f"FOUND_{rule.severity.upper()}"), rule.code, _text(wording, rule), rule.articles,
        _remedy(wording, rule), wording.number(found), wording.number(accepted),
    ]  # fmt: skip


def _sheet(taken: Snapshot, wording: Wording, severity: Severity, rules: list[Rule]) -> Iterator[Block]:
    chosen = [rule for rule in rules if rule.severity == severity]
    if not chosen:
        return
    title = wording.t(f"FOUND_{severity.upper()}")
    yield Part(title, [title], wide=True)
    yield Table([Column(wording.t(name), share, brief=name not in ONCE) for name, share in LISTED])
    for rule in chosen:
        for some in taken.findings(rule.entity, rule.code):
            yield Rows([_found(wording, rule, row) for row in some])


def _found(wording: Wording, rule: Rule, row: dict[str, Any]) -> list[str | Gap]:
    return [
        rule.code, _text(wording, rule), wording.name(row["name_vi"] or "", row["name_en"]),
        wording.value(row["external_id"]), _remedy(wording, rule), wording.date(row["first_seen"]),
        wording.value(row["accepted_until"]),
    ]  # fmt: skip


def _text(wording: Wording, rule: Rule) -> str:
    return plain(rule.text_vi if wording.language == "vi" else rule.text)


def _remedy(wording: Wording, rule: Rule) -> str:
    return plain(rule.remedy_vi if wording.language == "vi" else rule.remedy)
