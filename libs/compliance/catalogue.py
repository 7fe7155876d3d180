"""The rules of the law, read from their files once. A new rule is a new file.

Their articles: L is Law 91/2025/QH15, D356 Decree 356/2025/NĐ-CP, NĐ330 Decree 330/2026/NĐ-CP (fines); Mẫu is a form of
D356.
"""

from importlib.resources import files
from typing import Any

from msgspec import Struct
from psycopg import sql

from libs.contracts.compliance.findings import ORGANISATION, SEVERITIES, Severity
from libs.contracts.inventory.records import ENTITIES
from libs.database.inventory.words import phrases

HEAD = ("severity", "entity", "articles", "vi", "en", "remedy-vi", "remedy-en")
OPTIONAL = ("words", "unsure")
MARK = "-- "


class Rule(Struct, frozen=True, kw_only=True):
    """One rule."""

    code: str
    severity: Severity
    entity: str
    """Whose records it judges; `organisation` where it judges the tenant."""
    articles: str
    text: str
    text_vi: str
    remedy: str
    remedy_vi: str
    unsure: bool = False
    """Whether the law can be read otherwise, too: counsel has to say."""
    own: bool = False
    """Whether the tenant has made it."""
    statement: sql.Composable
    """The records of which it holds, as `record_id`, each once."""
    values: dict[str, Any] = {}
    """What the statement is told beside tenant and day."""


def read_rule(code: str, text: str) -> Rule:
    """A rule from its file. Raises ValueError where its head is not as it should be."""
    lines = text.splitlines()
    end = lines.index("")
    head = dict(line.removeprefix(MARK).split(": ", 1) for line in lines[:end])
    severity = next((each for each in SEVERITIES if each == head.get("severity")), None)
    if not {*HEAD} <= head.keys() <= {*HEAD, *OPTIONAL} or severity is None:
        raise ValueError(f"{code}: head")
    if head["entity"] not in (*ENTITIES, ORGANISATION):
        raise ValueError(f"{code}: entity")
    return Rule(
        code=code, severity=severity, entity=head["entity"], articles=head["articles"],
        text=head["en"], text_vi=head["vi"], remedy=head["remedy-en"], remedy_vi=head["remedy-vi"],
        unsure="unsure" in head, statement=sql.SQL("\n".join(lines[end:]).strip()),
        values={"words": phrases(head["words"].split(" | "))} if "words" in head else {},
    )  # fmt: skip


def _load() -> dict[str, Rule]:
    folder = files("libs.compliance.rules")
    found = [
        read_rule(path.name.removesuffix(".sql"), path.read_text(encoding="utf-8"))
        for path in folder.iterdir()
        if path.name.endswith(".sql")
    ]
    return {rule.code: rule for rule in in_order(found)}


def in_order(rules: list[Rule]) -> list[Rule]:
    """The gravest first, then by their codes."""
    return sorted(rules, key=lambda rule: (SEVERITIES.index(rule.severity), rule.code))


CATALOGUE = _load()
"""By code."""
