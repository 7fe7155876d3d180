"""What came of a task, as far as names and numbers say it, in one person's words."""

import datetime
from typing import Any

from libs.contracts.texts.console.work.results import RESULTS
from services.console.pages.speech import Speech

ORDER = {name.removeprefix("RESULT_").lower(): place for place, name in enumerate(RESULTS)}
"""PostgreSQL keeps a result's names in an order of its own."""
SHARES = ("before", "after")
MOMENTS = ("taken_at",)
DATES = ("made_on", "from", "to")
WORDS = {"package": "PACKAGE", "language": "RESULT_LANGUAGE"}
"""Whose values have words of their own."""


def results(result: dict[str, Any], speech: Speech) -> list[tuple[str, str]]:
    """Each plain value of a task's result, with its name; one that is not in the catalogue as it is."""
    plain = [(name, value) for name, value in result.items() if isinstance(value, str | int | float)]
    plain.sort(key=lambda each: ORDER.get(each[0], len(ORDER)))
    return [(speech.word("RESULT", name), _said(name, value, speech)) for name, value in plain]


def _said(name: str, value: str | float, speech: Speech) -> str:
    if isinstance(value, bool):
        return speech.t("INVENTORY_YES" if value else "INVENTORY_NO")
    if isinstance(value, str):
        return _text(name, value, speech)
    if name in SHARES:
        return f"{speech.number(100 * value, 1)} %"
    return speech.size(value) if name == "bytes" else speech.number(value)


def _text(name: str, value: str, speech: Speech) -> str:
    if name in MOMENTS:
        return speech.moment(datetime.datetime.fromisoformat(value))
    if name in DATES:
        return speech.date(datetime.date.fromisoformat(value))
    return speech.word(WORDS[name], value) if name in WORDS else value
