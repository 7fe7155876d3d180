"""Which operations make a cell's text fit a field: by the field's type, and by the values that a column has."""

from collections.abc import Sequence
from functools import cache

from msgspec import inspect

from libs.contracts.mappings import Operation
from libs.contracts.records import ENTITIES
from libs.files.mapping.synonyms import VALUES
from libs.files.mapping.words import folded


@cache
def kinds_of(entity: str) -> dict[str, inspect.Type]:
    """The types of a record's fields."""
    info = inspect.type_info(ENTITIES[entity].record)
    assert isinstance(info, inspect.StructType)
    return {field.name: _plain(field.type) for field in info.fields}


def _plain(kind: inspect.Type) -> inspect.Type:
    """The type of a value where there is one."""
    if isinstance(kind, inspect.UnionType):
        return next(part for part in kind.types if not isinstance(part, inspect.NoneType))
    return kind


def operations_for(entity: str, target: str, values: Sequence[str] = ()) -> list[Operation]:
    """The operations that a column needs to become this field."""
    kind = kinds_of(entity).get(target)
    match kind:
        case None | inspect.ListType():  # None: links by names of the scanner's own
            return [Operation("split")]
        case inspect.BoolType():
            return [Operation("boolean")]
        case inspect.IntType():
            return [Operation("number", unit="months" if target.endswith("_months") else None)]
        case inspect.DateType():
            return [Operation("date")]
        case inspect.LiteralType() if target in VALUES:
            return [Operation("value_map", map=value_map(target, values))]
        case _:
            return [Operation("trim")]


def value_map(target: str, values: Sequence[str] = ()) -> dict[str, str]:
    """From what people write to the values of a field that takes one of a few.

    Where the column's own values are known, those alone; each as people wrote it.
    """
    known = {folded(word): value for value, words in VALUES[target].items() for word in (value, *words)}
    if not values:
        return known
    return {written: known[folded(written)] for written in values if folded(written) in known}
