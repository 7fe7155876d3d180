"""Whether an operation can be applied: what it names exists, and it makes no more of a cell than a record may hold."""

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import Meta

from libs.contracts.files.mappings import Operation
from libs.contracts.inventory.members import MAX_TEXT
from libs.contracts.inventory.records import ENTITIES
from libs.files.mapping.faults import MappingFault, escaped
from libs.files.mapping.targets import Targets
from libs.files.mapping.values import VALUES

MOST_VALUES = 2_000
MOST_FORMATS = 20
MOST_JOINED = 100
LONGEST_FORMAT = 40
LONGEST_SEPARATOR = 20
A_DAY = datetime.datetime(2001, 2, 3, tzinfo=datetime.UTC)
_Text = Annotated[str, Meta(max_length=MAX_TEXT)]
"""A value in the column of another file: what is given to each row is as long as a text of a record, at most."""


def operation_faults(
    operation: Operation, targets: Targets, target: str, indexes: set[int], at: str
) -> Iterator[MappingFault]:
    """What is wrong with an operation by itself; `indexes` are those of the columns that there are."""
    if len(operation.separator or "") > LONGEST_SEPARATOR:
        yield MappingFault("SEPARATOR_UNFIT", f"{at}/separator", {"most": LONGEST_SEPARATOR})
    match operation.op:
        case "date":
            yield from _format_faults(operation.formats, at)
        case "join":
            yield from _join_faults(operation.columns, indexes, at)
        case "value_map":
            yield from _map_faults(operation, targets, target, at)
        case "default" if not fits(targets, target, operation.value):
            yield MappingFault("VALUE_UNFIT", f"{at}/value", {"target": target})


def _format_faults(formats: Sequence[str], at: str) -> Iterator[MappingFault]:
    if len(formats) > MOST_FORMATS:
        yield MappingFault("TOO_MANY_FORMATS", f"{at}/formats", {"most": MOST_FORMATS})
    bad = [place for place, each in enumerate(formats[:MOST_FORMATS]) if not _is_format(each)]
    yield from (MappingFault("DATE_FORMAT_UNFIT", f"{at}/formats/{place}") for place in bad[:1])


def _join_faults(columns: Sequence[int], indexes: set[int], at: str) -> Iterator[MappingFault]:
    """A column that is joined again and again makes a text without end of a cell."""
    if len(columns) > MOST_JOINED:
        yield MappingFault("TOO_MANY_JOINED", f"{at}/columns", {"most": MOST_JOINED})
    for place, each in enumerate(columns[:MOST_JOINED]):
        if each not in indexes or each in columns[:place]:
            yield MappingFault("COLUMN_TWICE" if each in indexes else "COLUMN_UNKNOWN", f"{at}/columns/{place}")
            return


def _map_faults(operation: Operation, targets: Targets, target: str, at: str) -> Iterator[MappingFault]:
    if not 0 < len(operation.map) <= MOST_VALUES:
        yield MappingFault("MAP_SIZE", f"{at}/map", {"most": MOST_VALUES})
    for name, value in operation.map.items():
        one = [value] if targets.is_list(target) else value
        if value not in _known(target) and not fits(targets, target, one):
            yield MappingFault("VALUE_UNFIT", f"{at}/map/{escaped(name)}", {"target": target})
            return


def _known(target: str) -> Sequence[Any]:
    """Values that are known not to fit, so that the record's own error says why."""
    return tuple(VALUES.get(target, ()))


def _is_format(text: str) -> bool:
    """Whether a day that is written like this can be read again; `strftime` takes 256 times a format's length."""
    if len(text) > LONGEST_FORMAT:
        return False
    try:
        return datetime.datetime.strptime(A_DAY.strftime(text), text).date() == A_DAY.date()  # noqa: DTZ007
    except (ValueError, re.error):  # the second where it names a part of the date twice
        return False


def fits(targets: Targets, target: str, value: Any) -> bool:
    """Whether a target can have this value in a record."""
    kind = _hints(targets.entity).get(target, list[_Text] if targets.is_list(target) else _Text)
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return value is not None


def _hints(entity: str | None) -> dict[str, Any]:
    return get_type_hints(ENTITIES[entity].record, include_extras=True) if entity else {}
