"""Which operations make a cell's text fit a target, and how well the values of a column do."""

import re
from collections.abc import Sequence
from typing import Any, get_args

from msgspec import inspect

from libs.contracts.files.mappings import Operation
from libs.contracts.inventory.countries import CountryCode
from libs.files.mapping.operations import Apply, CellError, compiled
from libs.files.mapping.targets import Targets
from libs.files.mapping.values import COUNTRIES, VALUES
from libs.files.mapping.words import FALSE, LONGEST_CODE, TRUE, folded, value_key

UUID = re.compile(r"(?i)[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}")
COUNTRY_FIELDS = frozenset(("country_code", "destination_country"))


def operations_for(targets: Targets, target: str, values: Sequence[str] = ()) -> list[Operation]:
    """The operations that a column with these values needs to become this."""
    match targets.kinds[target]:
        case inspect.ListType():
            return [Operation("split"), *([Operation("lookup")] if target.endswith("_external_ids") else [])]
        case inspect.BoolType():
            return [Operation("boolean")]
        case inspect.IntType():
            return [Operation("number", unit="months" if target.endswith("_months") else None)]
        case inspect.DateType():
            return [Operation("date")]
        case inspect.LiteralType() if known_values(target):
            return [Operation("trim"), Operation("value_map", map=_value_map(target, values))]
        case _:
            return [Operation("trim")]


def known_values(target: str) -> dict[str, str]:
    """By what people write, as it is looked up: the values of a target that takes one of a few; nothing for others."""
    table = COUNTRIES if target in COUNTRY_FIELDS else VALUES.get(target, {})
    known = {value_key(word): value for value, words in table.items() for word in (value, *words)}
    return known | ({code.lower(): code for code in get_args(CountryCode)} if table is COUNTRIES else {})


def _value_map(target: str, values: Sequence[str]) -> dict[str, str]:
    """What is written in the column first, as it is written there; then what else may come. Codes need no entry."""
    known = known_values(target)
    written = {value.strip(): known[value_key(value)] for value in values if value_key(value) in known}
    met = set(map(value_key, written))
    return written | {
        word: value
        for word, value in known.items()
        if word not in met and not (len(word) <= LONGEST_CODE and word == value.lower())
    }


def fit(targets: Targets, target: str, values: Sequence[str]) -> float:
    """Which share of a column's values this target can take, 0 to 1; 1 where no value is known."""
    filled = [value for value in values if value.strip()]
    if not filled:
        return 1.0
    kind = targets.kinds[target]
    if known := known_values(target):
        return sum(value_key(value) in known for value in filled) / len(filled)
    if isinstance(kind, inspect.UUIDType):
        return sum(bool(UUID.fullmatch(value.strip())) for value in filled) / len(filled)
    if targets.entity and isinstance(kind, inspect.StrType | inspect.ListType):
        # Yes and no are answers to a question, and never a name.
        return 0.0 if all(folded(value) in TRUE | FALSE and not value.isdigit() for value in filled) else 1.0
    steps = [compiled(operation) for operation in operations_for(targets, target)]
    return sum(_reads(steps, value) for value in filled) / len(filled)


def _reads(steps: Sequence[Apply], value: Any) -> bool:
    try:
        for step in steps:
            value = step(value, ())
    except CellError:
        return False
    return True
