"""Which members came with which records: what did not come leaves what is stored."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

Values = dict[str, Sequence[Any]]


def came_with_any(values: Values) -> Values:
    """The members that came with any record: of the others, a new row has the table's own defaults."""
    return {
        name: column
        for name, column in values.items()
        if not column or column[0] is not UNSET or column.count(UNSET) < len(column)
    }


def presence(values: Values) -> list[int]:
    """By record, a bit for each of these members that came with it.

    There are no bits where all came with all, as most often they do: a scanner fills in what it fills in.
    """
    if not any(column.count(UNSET) for column in values.values()):
        return []
    bits = [[0 if value is UNSET else 1 << place for value in column] for place, column in enumerate(values.values())]
    return list(map(sum, zip(*bits, strict=True)))
