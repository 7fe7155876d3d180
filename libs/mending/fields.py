"""The fields of a record as texts that a person edits, and back."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct, inspect

from libs.contracts.inventory.records import ENTITIES

Kind: TypeAlias = Literal["text", "choice", "list", "integer", "boolean", "date"]
Record: TypeAlias = dict[str, Any]

FEW = 10
"""Whole numbers that are listed."""
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}")
_BOOLEANS = {"true": True, "false": False}
_ABSENT = object()


KINDS: dict[Kind, type[inspect.Type]] = {
    "choice": inspect.LiteralType, "list": inspect.ListType, "integer": inspect.IntType, "boolean": inspect.BoolType,
    "date": inspect.DateType,
}  # fmt: skip
"""All others are texts."""


class Field(Struct, frozen=True):
    """One field of a record."""

    name: str
    kind: Kind
    required: bool
    choices: tuple[str, ...] = ()
    """What it may be, where that is one of a few."""


@cache
def fields_of(entity: str) -> tuple[Field, ...]:
    """The fields of an entity's records, in their order."""
    return fields_in(ENTITIES[entity].record)


def fields_in(record: type[Struct]) -> tuple[Field, ...]:
    """The fields of a struct, in their order."""
    info = inspect.type_info(record)
    assert isinstance(info, inspect.StructType)
    return tuple(_field(field) for field in info.fields)


def text_of(value: Any) -> str:
    """A value as a person edits it: a list has an item a line; what is no value of any field is JSON."""
    match value:
        case None:
            return ""
        case str():
            return value.replace("\r\n", "\n").replace("\r", "\n")
        case list() if all(isinstance(item, str) and "\n" not in item for item in value):
            return "\n".join(value)
        case _:
            return msgspec.json.encode(value).decode()


def mended(entity: str, record: Record, texts: Mapping[str, str]) -> Record:
    """A record with these texts in place of what they stand for.

    What nobody has changed stays exactly as it came, and what this kind of record does not have is left out.
    """
    made: Record = {}
    for field in fields_of(entity):
        value = record.get(field.name, _ABSENT)
        text = texts.get(field.name)
        if text is not None and (text := text_of(text)) != text_of(None if value is _ABSENT else value):
            value = value_of(field, text)
            value = _ABSENT if value is None else value
        if value is not _ABSENT:
            made[field.name] = value
    return made


def value_of(field: Field, text: str) -> Any:
    """What a text says; one that is nothing of its field's kind stays a text, for the rules to refuse.

    A blank one says nothing: None.
    """
    plain = text.strip()
    if not plain:
        return None
    match field.kind:
        case "list":
            return [line.strip() for line in plain.splitlines() if line.strip()]
        case "integer" if _INTEGER.fullmatch(plain):
            return int(plain)
        case "boolean":
            return _BOOLEANS.get(plain.lower(), plain)
        case _:
            return plain if field.kind in ("choice", "date") else text


def _field(field: inspect.Field) -> Field:
    parts = field.type.types if isinstance(field.type, inspect.UnionType) else (field.type,)
    kind = next(part for part in parts if not isinstance(part, inspect.NoneType))
    return Field(field.name, _kind(kind), field.required, _choices(kind))


def _kind(kind: inspect.Type) -> Kind:
    return next((name for name, classes in KINDS.items() if isinstance(kind, classes)), "text")


def _choices(kind: inspect.Type) -> tuple[str, ...]:
    match kind:
        case inspect.LiteralType():
            return tuple(map(str, kind.values))
        case inspect.IntType(ge=int(least), le=int(most)) if most - least < FEW:
            return tuple(map(str, range(least, most + 1)))
    return ()
