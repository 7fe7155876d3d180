"""A tenant's own rules: checked against the fields of an entity, and made into a statement of which nothing is theirs.

Identifiers are those of the catalogue, operators those of this module; what a person has given is ever a parameter.
"""

import datetime
import functools
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct, inspect
from psycopg import sql

from libs.compliance.catalogue import Rule
from libs.contracts.compliance.own_rules import (
    LONGEST_VALUE,
    MOST_DAYS,
    MOST_VALUES,
    Operator,
    OwnRule,
    OwnRuleBody,
)
from libs.contracts.inventory.normal_form import in_form
from libs.contracts.inventory.reading import STORED
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.contracts.texts import worded
from libs.database.inventory.words import phrases

MOST_INTEGER = 2**63 - 1
OF_KIND: dict[type, tuple[Operator, ...]] = {
    str: ("missing", "equals", "one_of", "contains"),
    int: ("missing", "equals", "one_of", "greater", "less"),
    bool: ("missing", "equals"),
    datetime.date: ("missing", "equals", "greater", "less", "older_than_days"),
    datetime.datetime: ("older_than_days",),
}
"""What can be asked of a field, by the type of its values."""
_KINDS: tuple[tuple[type[inspect.Type], type], ...] = (
    (inspect.BoolType, bool),
    (inspect.IntType, int),
    (inspect.DateTimeType, datetime.datetime),
    (inspect.DateType, datetime.date),
    (inspect.StrType, str),
    (inspect.LiteralType, str),
)
_STATEMENT = sql.SQL("SELECT t.{id} AS record_id FROM {table} AS t WHERE t.tenant_id = %(tenant)s AND {condition}")
_CONDITIONS: dict[Operator, sql.SQL] = {
    "equals": sql.SQL("{field} = %(value)s"),
    "one_of": sql.SQL("{field} = ANY(%(value)s)"),
    "greater": sql.SQL("{field} > %(value)s"),
    "less": sql.SQL("{field} < %(value)s"),
    "contains": sql.SQL("{field} ~ %(value)s"),
}
_IS_NULL, _IS_EMPTY = sql.SQL("{field} IS NULL"), sql.SQL("nullif({field}, '') IS NULL")
_DAY, _DAY_OF = sql.SQL("{field}"), sql.SQL("({field} AT TIME ZONE 'Asia/Ho_Chi_Minh')::date")
_OLDER = sql.SQL("{day} < %(today)s - %(value)s::integer")


class Field(Struct, frozen=True):
    """A field that rules may be about."""

    name: str
    kind: type
    choices: tuple[str, ...] = ()
    """The values that there are, where they are few."""

    @property
    def operators(self) -> tuple[Operator, ...]:
        """What can be asked of it."""
        return OF_KIND[self.kind]


@functools.cache
def fields_of(entity: str) -> dict[str, Field]:
    """The fields of an entity's records, by name; ids are none."""
    info = inspect.type_info(STORED[entity])
    assert isinstance(info, inspect.StructType)
    found = (_field(each.name, each.type) for each in info.fields)
    return {field.name: field for field in found if field}


def require_fit(body: OwnRuleBody) -> OwnRuleBody:
    """The rule, if its entity has the field, which can be asked this, and the value is one for it. Raises Refusal."""
    field = fields_of(body.entity).get(body.field)
    if field is None:
        raise _unfit("/field", "OWN_RULE_FIELD", allowed=", ".join(fields_of(body.entity)))
    if body.operator not in field.operators:
        raise _unfit("/operator", "OWN_RULE_OPERATOR", allowed=", ".join(field.operators))
    _value(field, body.operator, body.value)
    return body


def rule_of(own: OwnRule) -> Rule | None:
    """The rule that a tenant has made; None where its field is no longer one."""
    field = fields_of(own.entity).get(own.field)
    if field is None or own.operator not in field.operators:
        return None
    entity = ENTITIES[own.entity]
    named = sql.Identifier("t", field.name)
    return Rule(
        code=own.code, severity=own.severity, entity=own.entity, articles="", text=own.text_en or own.text_vi,
        text_vi=own.text_vi, remedy="", remedy_vi="", own=True,
        statement=_STATEMENT.format(
            id=sql.Identifier(entity.id_field), table=sql.Identifier("inventory", entity.table),
            condition=_condition(field, own.operator, named),
        ),
        values={"value": _value(field, own.operator, own.value)},
    )  # fmt: skip


def _field(name: str, kind: inspect.Type) -> Field | None:
    for part in kind.types if isinstance(kind, inspect.UnionType) else (kind,):
        for known, python in _KINDS:
            if isinstance(part, known):
                choices = part.values if isinstance(part, inspect.LiteralType) else ()
                return Field(name, python, tuple(map(str, choices)))
    return None


def _condition(field: Field, operator: Operator, named: sql.Identifier) -> sql.Composed:
    if operator == "missing":
        return (_IS_EMPTY if field.kind is str else _IS_NULL).format(field=named)
    if operator == "older_than_days":
        day = _DAY_OF if field.kind is datetime.datetime else _DAY
        return _OLDER.format(day=day.format(field=named))
    return _CONDITIONS[operator].format(field=named)


def _value(field: Field, operator: Operator, value: Any) -> Any:
    """What the statement is told. Raises Refusal."""
    readers: dict[Operator, Callable[[], Any]] = {
        "missing": lambda: _nothing(value),
        "one_of": lambda: _several(field, value),
        "contains": lambda: phrases([_text(value)]),
        "older_than_days": lambda: _whole(value, 0, MOST_DAYS),
    }
    return readers.get(operator, lambda: _single(field, value))()


def _single(field: Field, value: Any) -> Any:
    """One value of a field."""
    if field.choices and value not in field.choices:
        raise _unfit("/value", "OWN_RULE_VALUE", allowed=", ".join(map(str, field.choices)))
    if field.kind is str:
        return _text(value)
    if field.kind is int:
        return _whole(value, -MOST_INTEGER, MOST_INTEGER)
    if field.kind is bool and isinstance(value, bool):
        return value
    try:
        return msgspec.convert(value, field.kind)
    except (msgspec.ValidationError, OverflowError):
        raise _unfit("/value", "OWN_RULE_VALUE", allowed=_examples(field)) from None


def _several(field: Field, value: Any) -> list[Any]:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_VALUES:
        raise _unfit("/value", "OWN_RULE_VALUE", allowed=f"1..{MOST_VALUES}")
    return [_single(field, each) for each in value]


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value.strip()) <= LONGEST_VALUE or not value.isprintable():
        raise _unfit("/value", "OWN_RULE_VALUE", allowed=f"1..{LONGEST_VALUE}")
    return in_form("NFC", value.strip())


def _whole(value: Any, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _unfit("/value", "OWN_RULE_VALUE", allowed=f"{low}..{high}")
    return value


def _nothing(value: Any) -> None:
    if value is not None:
        raise _unfit("/value", "OWN_RULE_VALUE", allowed="null")


def _examples(field: Field) -> str:
    return "true, false" if field.kind is bool else "2026-11-25"


def _unfit(pointer: str, code: str, **params: object) -> Refusal:
    reason, reason_vi = worded(code, **params)
    return Refusal("OWN_RULE_UNFIT", members={"pointer": pointer}, reason=reason, reason_vi=reason_vi)
