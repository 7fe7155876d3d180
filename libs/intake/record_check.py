"""Says everything that is wrong with one record, from its struct's own types.

This is the slow and complete reading of a record. What it accepts, the fast path of `validation.py` accepts too, once
the texts are in order; what differs is only that here texts are first put in order: NFC, trimmed, blank is nothing.
"""

import datetime
import json
import unicodedata
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct, inspect

from libs.contracts.chunks import Fault
from libs.contracts.countries import CountryCode
from libs.contracts.records import LegalBasis, Record

LONGEST_NAME_IN_POINTER = 100
DIGITS_OF_64_BITS = 19
NUL_ESCAPE = b"\\u0000"
"""JSON has no other way to say NUL, which msgspec takes for text like any other."""

_countries = inspect.type_info(CountryCode)
_legal_bases = inspect.type_info(LegalBasis)


def tidy(text: str) -> str:
    """A text as it is stored: in Unicode's NFC, without white space around it."""
    return unicodedata.normalize("NFC", text).strip()


def read_record(record: type[Record], raw: bytes) -> tuple[Record | None, list[Fault], Any]:
    """Read one record; returns it, or all its faults, and the plain value for its names."""
    try:
        value = _parse(raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return None, [Fault("RECORD_MALFORMED")], None
    if not isinstance(value, dict):
        return None, [Fault("RECORD_NOT_OBJECT")], None
    rules = _rules(record)
    tidied = _tidied(value, rules.by_name)
    faults = [Fault("UNKNOWN_MEMBER", _pointer(name)) for name in tidied if name not in rules.by_name]
    # A wrong choice is the fault that whole registers have; whether it can be the only one, msgspec sees at once.
    only_choices = NUL_ESCAPE not in raw and _converts(tidied, rules.others)
    for rule in rules.choices if only_choices else rules.by_name.values():
        faults += _rule_faults(rule, tidied)
    return (None, faults, value) if faults else (msgspec.convert(tidied, record), [], value)


def _parse(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.ValidationError:
        # A number that no machine type holds: syntactically fine, and out of every range that a field has.
        value = json.loads(raw, parse_int=_bounded, parse_constant=_no_constant)
        # json also takes halves of surrogate pairs, which nothing could store: UnicodeEncodeError.
        json.dumps(value, ensure_ascii=False).encode()
        return value


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _bounded(digits: str) -> int:
    return int(digits) if len(digits) <= DIGITS_OF_64_BITS else 2**64


class _Rule(Struct, frozen=True):
    """What the struct's type says of one field."""

    name: str
    pointer: str
    kind: inspect.Type
    required: bool
    nullable: bool
    is_text: bool


class _Rules(Struct, frozen=True):
    """What the struct's types say of a record."""

    by_name: dict[str, _Rule]
    choices: list[_Rule]
    """Those of fields that take one of some values."""
    others: type[Struct]
    """A struct of all other fields."""


@cache
def _rules(record: type[Record]) -> _Rules:
    info = inspect.type_info(record)
    assert isinstance(info, inspect.StructType)
    rules = {field.name: _rule(field) for field in info.fields}
    choices = [rule for rule in rules.values() if isinstance(rule.kind, inspect.LiteralType)]
    hints = get_type_hints(record, include_extras=True)
    others: list[Any] = [
        (name, hints[name]) if rule.required else (name, hints[name], None)
        for name, rule in rules.items()
        if rule not in choices
    ]
    return _Rules(rules, choices, msgspec.defstruct(f"Most{record.__name__}", others, kw_only=True))


def _rule(field: inspect.Field) -> _Rule:
    kind, nullable = field.type, False
    if isinstance(kind, inspect.UnionType):
        (kind,), nullable = (part for part in kind.types if not isinstance(part, inspect.NoneType)), True
    is_text = isinstance(kind, inspect.StrType)
    return _Rule(field.name, _pointer(field.name), kind, field.required, nullable, is_text)


def _tidied(record: dict[str, Any], rules: dict[str, _Rule]) -> dict[str, Any]:
    """A record with its texts in order; a blank one is none."""
    tidied = record.copy()
    for name, value in record.items():
        if isinstance(value, str) and (rule := rules.get(name)) and rule.is_text:
            text = tidy(value)
            tidied[name] = text if text or rule.required else None
    return tidied


def _pointer(name: str) -> str:
    return "/" + name[:LONGEST_NAME_IN_POINTER].replace("~", "~0").replace("/", "~1").replace("\0", "\ufffd")


def _rule_faults(rule: _Rule, record: dict[str, Any]) -> Iterator[Fault]:
    value = record.get(rule.name)
    if value is None or (rule.required and value == ""):
        if rule.required:
            yield Fault("REQUIRED", rule.pointer)
        if rule.required or rule.nullable or rule.name not in record:
            return
    yield from _faults(value, rule.kind, rule.pointer)


def _faults(value: Any, kind: inspect.Type, pointer: str) -> Iterator[Fault]:  # noqa: C901 -- one case a kind of field
    match kind:
        case inspect.StrType():
            yield from _text_faults(value, kind, pointer)
        case inspect.LiteralType():
            if not isinstance(value, str) or value not in kind.values:
                yield _unknown_value(kind, pointer)
        case inspect.IntType():
            yield from _integer_faults(value, kind, pointer)
        case inspect.BoolType() if not isinstance(value, bool):
            yield Fault("EXPECTED_BOOLEAN", pointer)
        case inspect.UUIDType() if not _converts(value, uuid.UUID):
            yield Fault("EXPECTED_UUID", pointer)
        case inspect.DateType() if not _converts(value, datetime.date):
            yield Fault("EXPECTED_DATE", pointer)
        case inspect.ListType():
            if not isinstance(value, list):
                yield Fault("EXPECTED_LIST", pointer)
            else:
                for place, item in enumerate(value):
                    yield from _faults(item, kind.item_type, f"{pointer}/{place}")


def _text_faults(value: Any, kind: inspect.StrType, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault("EXPECTED_TEXT", pointer)
        return
    if "\0" in value:
        yield Fault("NUL_CHARACTER", pointer)
    if kind.max_length is not None and len(value) > kind.max_length:
        yield Fault("TOO_LONG", pointer, {"max": kind.max_length})


def _integer_faults(value: Any, kind: inspect.IntType, pointer: str) -> Iterator[Fault]:
    if isinstance(value, bool) or not isinstance(value, int):
        yield Fault("EXPECTED_INTEGER", pointer)
    elif kind.ge is not None and kind.le is not None and not kind.ge <= value <= kind.le:
        yield Fault("OUT_OF_RANGE", pointer, {"min": kind.ge, "max": kind.le})


def _unknown_value(kind: inspect.LiteralType, pointer: str) -> Fault:
    if kind == _countries:
        return Fault("COUNTRY_UNKNOWN", pointer)
    code = "LEGAL_BASIS_UNKNOWN" if kind == _legal_bases else "UNKNOWN_VALUE"
    return Fault(code, pointer, {"allowed": ", ".join(map(str, kind.values))})


def _converts(value: Any, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True
