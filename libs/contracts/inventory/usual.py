"""The structs that batches are decoded as.

They take any text where a record has one of some values: a choice that nobody knows is a fault of its record alone, and
is looked for in all records at once. They take anything where a record has a list of ids, as it stands (`Raw`);
validation reads each distinct list once, and puts its ids there as they travel. The usual struct is without the members
that come seldom, so that those cost most batches nothing.
"""

import functools
import operator
from typing import Any, Literal, cast, get_args, get_origin

from msgspec import Raw, defstruct, structs

from libs.contracts.inventory.records import Entity, Record


@functools.cache
def usual_record(entity: Entity) -> type[Record]:
    """The entity's struct without its `seldom` members; a record that has one of those does not decode as it."""
    return _any_text(f"Usual{entity.record.__name__}", entity, entity.seldom)


@functools.cache
def whole_record(entity: Entity) -> type[Record]:
    """The entity's struct with all its members."""
    return _any_text(f"Whole{entity.record.__name__}", entity, frozenset())


def _any_text(name: str, entity: Entity, without: frozenset[str]) -> type[Record]:
    unread = {link.field for link in entity.links}
    fields: list[Any] = []
    for field in structs.fields(entity.record):
        kind = Raw if field.name in unread else _opened(field.type)
        if field.name not in without:
            fields.append((field.name, kind) if field.required else (field.name, kind, field.default))
    return cast(type[Record], defstruct(name, fields, bases=(Record,), kw_only=True))


def _opened(kind: Any) -> Any:
    """A field's type, with any text for one of some values."""
    parts = get_args(kind) if any(get_origin(part) is Literal for part in get_args(kind)) else (kind,)
    return functools.reduce(operator.or_, (str if get_origin(part) is Literal else part for part in parts))
