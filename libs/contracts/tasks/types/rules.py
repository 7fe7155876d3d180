"""A run of all rules over a tenant's inventory."""

import datetime

from msgspec import Struct

from libs.contracts.tasks.kinds import Parameters, Stage, TaskKind


class RulesParameters(Parameters, frozen=True, kw_only=True):
    """Run all rules over the inventory, and compare what they find with what they had found."""


class RuleOutcome(Struct, frozen=True, kw_only=True):
    """How one rule went."""

    code: str
    found: int = 0
    new: int = 0
    """Of what it found: how many the run before had not,"""
    resolved: int = 0
    """and how many that one had found are gone."""
    seconds: float = 0.0
    error: str | None = None
    """The code of what went wrong; then nothing has changed."""


class RulesResult(Struct, frozen=True, kw_only=True):
    """What the rules have found, and the difference to the run before."""

    today: datetime.date
    """The day in Vietnam that was taken for today."""
    found: int
    new: int
    resolved: int
    still: int
    """Found before, and found again."""
    failed: int
    """Rules that did not go through."""
    rules: list[RuleOutcome]


class RulesState(Struct, frozen=True, kw_only=True):
    """Where it stands: the day, and the rules that are done."""

    today: datetime.date
    done: list[RuleOutcome] = []


RULES = TaskKind(
    "rules",
    RulesParameters,
    RulesResult,
    (
        Stage("wait", 1, "Waiting for the run before", "Đang chờ lượt chạy trước"),
        Stage("check", 99, "Checking rule by rule", "Đang kiểm tra từng quy tắc"),
    ),
)
