"""Which members came with which records: what did not come leaves what is stored."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET

Values = dict[str, Sequence[Any]]


def present_only(values: Values) -> tuple[Values, list[int]]:
    """The members that came with any record, and by record a bit for each that came with it.

    There are no bits where all came with all, as most often they do: a scanner fills in what it fills in.
    """
    absent = {name: column.count(UNSET) for name, column in values.items()}
    came = {name: column for name, column in values.items() if absent[name] < len(column)}
    if not any(absent[name] for name in came):
        return came, []
    bits = [[0 if value is UNSET else 1 << place for value in column] for place, column in enumerate(came.values())]
    return came, list(map(sum, zip(*bits, strict=True)))
