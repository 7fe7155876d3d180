"""What a person has to decide about a proposed mapping, and what may be answered. Pure."""

from typing import Any, Literal, get_args, get_origin, get_type_hints

import msgspec

from libs.contracts.files.mapping_bodies import ColumnView, MappingView
from libs.contracts.files.mappings import Alternative
from libs.contracts.inventory.records import ENTITIES

DOUBT = 0.5
"""How like a field a column must be, to be asked about."""
DECIDED = ("person", "history")
"""By whom a column may be left out for good."""


def doubtful(mapping: MappingView) -> list[ColumnView]:
    """Columns that are like a field which nothing gives yet, but not so much that it was taken."""
    return [
        column
        for column in mapping.columns
        if column.target is None and column.by not in DECIDED and choices(mapping, column)
    ]


def choices(mapping: MappingView, column: ColumnView) -> list[Alternative]:
    """What a column may become besides what it is; a field that another column gives already is none."""
    given = {other.target for other in mapping.columns}
    return [each for each in column.alternatives if each.confidence >= DOUBT and each.target not in given]


def fields_of(mapping: MappingView) -> list[str]:
    """All that a column may become."""
    return list(ENTITIES[mapping.entity].record.__struct_fields__) if mapping.entity else mapping.targets


def values_of(entity: str, field: str) -> tuple[str, ...]:
    """The values of a field that takes one of a few; nothing for any other."""
    kind = _hints(entity)[field]
    return get_args(kind) if get_origin(kind) is Literal else ()


def value_from(entity: str, field: str, text: str) -> Any:
    """A field's value as somebody typed it. Raises ValueError where it cannot have it."""
    try:
        return msgspec.convert(text, _hints(entity)[field], strict=False)
    except msgspec.ValidationError as error:
        raise ValueError(field) from error


def _hints(entity: str) -> dict[str, Any]:
    return get_type_hints(ENTITIES[entity].record, include_extras=True)
