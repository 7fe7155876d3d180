"""Fields of a form that a person fills in: what is typed in each, what it said before, and what is wrong with it."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from libs.mending.fields import Field, text_of
from services.console.http.forms import Form
from services.console.pages.speech import Speech

PREFIX = "f."


class Control(Struct, frozen=True):
    """One field of a form."""

    field: Field
    label: str
    text: str
    choices: list[tuple[str, str]]
    """What it may be, each with its word."""
    faults: list[str]
    now: str | None
    """What is stored by now, where somebody else has changed it and it is something else than what was typed."""


def shown(value: Any) -> str:
    """A stored value as it is typed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else text_of(value)


def typed(form: Form) -> dict[str, str]:
    """What a form says, by field."""
    return {name: text_of(text) for name, text in form.below(PREFIX).items()}


def controls(
    speech: Speech,
    words: str,
    fields: Iterable[Field],
    stored: Mapping[str, Any],
    texts: Mapping[str, str] | None = None,
    faults: Mapping[str, list[str]] | None = None,
    *,
    stale: bool = False,
) -> list[Control]:
    """The fields as they are stored, or as somebody has typed them; `words` is the kind of their labels."""
    made = []
    for field in fields:
        kept = shown(stored.get(field.name))
        text = kept if texts is None else texts.get(field.name, kept)
        now = kept if stale and text != kept else None
        wrong = (faults or {}).get(field.name, [])
        made.append(Control(field, speech.word(words, field.name), text, _choices(speech, field), wrong, now))
    return made


def _choices(speech: Speech, field: Field) -> list[tuple[str, str]]:
    if field.kind == "boolean":
        return [("true", speech.t("INVENTORY_YES")), ("false", speech.t("INVENTORY_NO"))]
    kind = "VALUE" if field.kind == "choice" else field.name.upper()
    return [(choice, speech.word(kind, choice)) for choice in field.choices]
