"""Says everything that is wrong with one record, from its struct's own types.

This is the slow and complete reading of a record. What it accepts, the fast path of `batch.py` accepts too, once
the texts are in order; what differs is only that here texts are first put in order: NFC, trimmed, blank is nothing.
"""

import datetime
import re
import uuid
from collections.abc import Iterator
from functools import cache
from typing import Any, cast, get_type_hints

import msgspec
from msgspec import Struct, inspect

from libs.contracts.chunks import MOST_FAULTS, Fault, kept_faults
from libs.contracts.inventory.countries import CountryCode
from libs.contracts.inventory.members import MAX_LIST, LegalBasis
from libs.contracts.inventory.normal_form import LONGEST_RUN, MOST_COMPOSED, tidy
from libs.contracts.inventory.records import Record
from libs.intake.validation.json_values import plain_value
from libs.intake.validation.large_records import LARGE_RECORD, read_members

LONGEST_NAME_IN_POINTER = 100
EXACT_FLOAT = 2**53
"""Up to here a number with a fraction of nothing is one integer and no other."""
NUL_ESCAPE = b"\\u0000"
"""JSON has no other way to say NUL, which msgspec takes for text like any other."""

_countries = inspect.type_info(CountryCode)
_legal_bases = inspect.type_info(LegalBasis)


class Reading(Struct, frozen=True):
    """One record, or what is wrong with it and the names by which it can be told all the same."""

    record: Record | None
    faults: list[Fault] = []
    id: str | None = None
    external_id: str | None = None


def read_record(record: type[Record], raw: bytes, made: type[Record] | None = None) -> Reading:
    """Read one record, or all its faults: the first ones are kept, the others counted.

    A record without faults is of the struct `made`, where one is given that has all its members.
    """
    rules = _rules(record)
    try:
        value, others = _members(record, raw)
    except msgspec.ValidationError:
        return Reading(None, [Fault("RECORD_NOT_OBJECT")])
    except (msgspec.DecodeError, ValueError, RecursionError):
        return Reading(None, [Fault("RECORD_MALFORMED")])
    tidied, hopeless = _tidied(value, rules.by_name)
    # Most members are right, which msgspec sees at once unless there may be what it does not look for.
    plain = not hopeless and NUL_ESCAPE not in raw
    faults = [Fault("UNKNOWN_MEMBER", _pointer(name)) for name in others[:MOST_FAULTS]]
    for rule in () if plain and _converts(tidied, record) else rules.by_name.values():
        if not (plain and _fits(rule, tidied)):
            faults += _rule_faults(rule, tidied)
    if not faults:
        # By way of JSON: a batch's structs take lists of ids as they stand there.
        return Reading(msgspec.json.decode(msgspec.json.encode(tidied), type=made or record))
    refused = {fault.pointer for fault in faults}
    own, external = [None if f"/{name}" in refused else tidied.get(name) for name in rules.names]
    return Reading(None, kept_faults(faults, len(others[MOST_FAULTS:])), own, external)


@cache
def choices_of(record: type[Record]) -> dict[str, frozenset[Any]]:
    """The fields that take one of some values, each with these."""
    kinds = {name: rule.kind for name, rule in _rules(record).by_name.items()}
    return {name: frozenset(kind.values) for name, kind in kinds.items() if isinstance(kind, inspect.LiteralType)}


def choice_faults(record: type[Record], name: str, value: str) -> list[Fault]:
    """What is wrong with the value of a field that takes one of some."""
    return list(_rule_faults(_rules(record).by_name[name], {name: value}))


def own_id(record: type[Record], raw: bytes) -> str | None:
    """The id of a record that decodes, as it came."""
    (given,) = msgspec.structs.astuple(msgspec.json.decode(raw, type=_own_type(record)))
    return cast(str | None, given)


@cache
def _own_type(record: type[Record]) -> type[Struct]:
    return msgspec.defstruct(f"Own{record.__name__}", [(record.__struct_fields__[0], str | None, None)])


def _members(record: type[Record], raw: bytes) -> tuple[dict[str, Any], list[str | None]]:
    """A record's members, and the names of those that this kind of record has not.

    Raises msgspec.ValidationError where it is no object; msgspec.DecodeError, ValueError, RecursionError where it is
    nothing that could be stored.
    """
    if len(raw) > LARGE_RECORD:
        return read_members(record, raw)
    value = plain_value(raw)
    if not isinstance(value, dict):
        raise msgspec.ValidationError
    known = _rules(record).by_name.keys()
    return value, [] if value.keys() <= known else [name for name in value if name not in known]


class _Rule(Struct, frozen=True):
    """What the struct's type says of one field."""

    name: str
    pointer: str
    kind: inspect.Type
    required: bool
    nullable: bool
    longest: int
    """Characters of a text, or of each text of a list; 0 where the field holds none."""
    alone: type[Struct]
    """A struct of this field."""


class _Rules(Struct, frozen=True):
    """What the struct's types say of a record."""

    by_name: dict[str, _Rule]
    names: tuple[str, str]
    """The fields of its own id and of its external_id."""


@cache
def _rules(record: type[Record]) -> _Rules:
    info = inspect.type_info(record)
    assert isinstance(info, inspect.StructType)
    hints = get_type_hints(record, include_extras=True)
    rules = {field.name: _rule(field, hints[field.name]) for field in info.fields}
    return _Rules(rules, (record.__struct_fields__[0], "external_id"))


def _rule(field: inspect.Field, hint: Any) -> _Rule:
    kind, nullable = field.type, False
    if isinstance(kind, inspect.UnionType):
        (kind,), nullable = (part for part in kind.types if not isinstance(part, inspect.NoneType)), True
    text = kind.item_type if isinstance(kind, inspect.ListType) else kind
    longest = text.max_length or 0 if isinstance(text, inspect.StrType) else 0
    alone = msgspec.defstruct(f"Alone_{field.name}", [(field.name, hint)])
    return _Rule(field.name, _pointer(field.name), kind, field.required, nullable, longest, alone)


def _tidied(record: dict[str, Any], rules: dict[str, _Rule]) -> tuple[dict[str, Any], bool]:
    """A record with its texts in order, a blank one being none, and with whole numbers for such as 60.0.

    Also whether a text stands as it came, because it is too long or has too many marks in a row.
    """
    tidied, hopeless = {}, False
    for name, value in record.items():
        if (rule := rules.get(name)) is None:
            continue
        if isinstance(value, str) and isinstance(rule.kind, inspect.StrType):
            text, is_tidy = _in_order(value, rule.longest)
            hopeless |= not is_tidy
            value = text or ("" if rule.required else None)  # noqa: PLW2901
        elif isinstance(value, list) and rule.longest and len(value) <= MAX_LIST:
            items = [_in_order(item, rule.longest) if isinstance(item, str) else (item, True) for item in value]
            hopeless |= not all(is_tidy for _, is_tidy in items)
            value = [item for item, _ in items]  # noqa: PLW2901
        elif isinstance(value, float) and isinstance(rule.kind, inspect.IntType):
            value = int(value) if value.is_integer() and abs(value) <= EXACT_FLOAT else value  # noqa: PLW2901
        tidied[name] = value
    return tidied, hopeless


def _in_order(value: str, longest: int) -> tuple[str, bool]:
    """A text in order; or as it came but for the space around it, and that it cannot be put in order."""
    text = tidy(value, longest)
    return (value.strip(), False) if text is None else (text, True)


def _pointer(name: str | None) -> str:
    """A JSON Pointer to a member; to the record as a whole where the member has no name."""
    if name is None:
        return ""
    return "/" + name[:LONGEST_NAME_IN_POINTER].replace("~", "~0").replace("/", "~1").replace("\0", "\ufffd")


def _fits(rule: _Rule, record: dict[str, Any]) -> bool:
    """Whether msgspec finds nothing wrong with a field."""
    if rule.name not in record:
        return not rule.required
    return _converts({rule.name: record[rule.name]}, rule.alone)


def _rule_faults(rule: _Rule, record: dict[str, Any]) -> Iterator[Fault]:
    value = record.get(rule.name)
    if value is None or (rule.required and value == ""):
        if rule.required:
            yield Fault("REQUIRED", rule.pointer)
        if rule.required or rule.nullable or rule.name not in record:
            return
    yield from _faults(value, rule.kind, rule.pointer)


def _faults(value: Any, kind: inspect.Type, pointer: str) -> Iterator[Fault]:
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
            yield from _list_faults(value, kind, pointer)


def _list_faults(value: Any, kind: inspect.ListType, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault("EXPECTED_LIST", pointer)
    elif kind.max_length is not None and len(value) > kind.max_length:
        yield Fault("TOO_MANY_ITEMS", pointer, {"max": kind.max_length})
    else:
        for place, item in enumerate(value):
            yield from _faults(item, kind.item_type, f"{pointer}/{place}")


def _text_faults(value: Any, kind: inspect.StrType, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, str):
        yield Fault("EXPECTED_TEXT", pointer)
        return
    if not value and kind.min_length:
        yield Fault("REQUIRED", pointer)
    if "\0" in value:
        yield Fault("NUL_CHARACTER", pointer)
    longest = kind.max_length or len(value)
    if len(value) <= MOST_COMPOSED * longest and tidy(value, longest) is None:
        yield Fault("TOO_MANY_MARKS", pointer, {"max": LONGEST_RUN})
    elif len(value) > longest:
        yield Fault("TOO_LONG", pointer, {"max": longest})
    elif kind.pattern is not None and not re.search(kind.pattern, value):
        yield Fault("TAX_CODE_MALFORMED", pointer)


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
