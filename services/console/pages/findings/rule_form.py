"""The form of a rule of one's own: what it asks of one field, as a person says it, and back."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from libs.compliance.own_rules import Field, fields_of
from libs.contracts.compliance.own_rules import LONGEST_TEXT, MOST_VALUES, Operator, OwnRule, OwnRuleBody
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from services.console.http.forms import Form

PREFIX = "OWN-"
LONGEST_NAME = 32
SEVERAL: Operator = "one_of"
FEW = 10
"""Choices that are ticked; what there is more of is typed."""
DAYS: Operator = "older_than_days"
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_BOOLEANS = {"true": True, "false": False}


class Draft(Struct, frozen=True, kw_only=True):
    """A rule as it stands in the form."""

    entity: str
    field: Field
    operator: str = ""
    values: tuple[str, ...] = ()
    """What the field is held against; of a list each one."""
    severity: str = "warning"
    text_vi: str = ""
    text_en: str = ""
    name: str = ""
    """What of the code comes behind `OWN-`."""
    version: str = ""
    """When the rule that it changes was put last; empty for a new one."""

    @property
    def of(self) -> str:
        """The field, with the entity that it is one of."""
        return f"{self.entity}.{self.field.name}"

    @property
    def ticks(self) -> tuple[str, ...]:
        """The values that are ticked, where that is how they are given."""
        return _ticks(self.field)


def asked(of: str) -> tuple[str, Field]:
    """The entity and the field that are named `ENTITY.FIELD`. Raises Refusal."""
    entity, _, name = of.partition(".")
    field = fields_of(entity).get(name) if entity in ENTITIES else None
    if field is None:
        raise Refusal("BAD_REQUEST")
    return entity, field


def drafted(rule: OwnRule) -> Draft | None:
    """A rule as it is kept; None where its field is one no longer."""
    field = fields_of(rule.entity).get(rule.field)
    if field is None:
        return None
    return Draft(
        entity=rule.entity, field=field, operator=rule.operator, values=_texts(rule.value), severity=rule.severity,
        text_vi=rule.text_vi, text_en=rule.text_en, name=rule.code.removeprefix(PREFIX),
        version=rule.updated_at.isoformat(),
    )  # fmt: skip


def typed(form: Form) -> Draft:
    """What was sent. Raises Refusal where no page of ours could have sent it."""
    entity, field = asked(form.text("of", 100))
    values = form.each("value") if _ticks(field) else form.raw("value").splitlines()
    return Draft(
        entity=entity, field=field, operator=form.text("operator", LONGEST_NAME),
        values=tuple(value.strip() for value in values if value.strip())[: MOST_VALUES + 1],
        severity=form.text("severity", LONGEST_NAME), text_vi=form.raw("text_vi").strip(),
        text_en=form.raw("text_en").strip(), name=form.raw("name").strip().upper().removeprefix(PREFIX),
        version=form.text("version", 40),
    )  # fmt: skip


def body_of(draft: Draft) -> OwnRuleBody:
    """The rule that it asks for. Raises Refusal."""
    said: Mapping[str, Any] = {
        "entity": draft.entity, "field": draft.field.name, "operator": draft.operator, "value": _value(draft),
        "severity": draft.severity, "text_vi": draft.text_vi, "text_en": draft.text_en,
    }  # fmt: skip
    try:
        return msgspec.convert(said, OwnRuleBody)
    except msgspec.ValidationError as error:
        raise Refusal("FIELD_UNFIT", limit=LONGEST_TEXT) from error


def _ticks(field: Field) -> tuple[str, ...]:
    return field.choices if len(field.choices) <= FEW else ()


def _value(draft: Draft) -> Any:
    """One that is nothing of its field's kind stays a text, for the rules to refuse."""
    if draft.operator == "missing":
        return None
    read = [_read(draft.field.kind if draft.operator != DAYS else int, text) for text in draft.values]
    if draft.operator == SEVERAL or len(read) > 1:
        return read
    return read[0] if read else ""


def _read(kind: type, text: str) -> Any:
    if kind is int and _INTEGER.fullmatch(text):
        return int(text)
    return _BOOLEANS.get(text, text) if kind is bool else text


def _texts(value: Any) -> tuple[str, ...]:
    match value:
        case None:
            return ()
        case bool():
            return (str(value).lower(),)
        case list():
            return tuple(map(str, value))
        case _:
            return (str(value),)
