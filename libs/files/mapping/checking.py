"""Whether a mapping can be applied: what it names exists, and each operation can take what the one before it gives."""

import datetime
from collections.abc import Iterator, Sequence
from typing import Any, get_type_hints

import msgspec
from msgspec import Struct

from libs.contracts.files.mappings import MOST_TITLES, ColumnMapping, Mapping, Operation, Source
from libs.contracts.inventory.records import ENTITIES
from libs.files.mapping.targets import Targets, targets_for
from libs.files.mapping.values import VALUES
from libs.files.sniffing.encoding import is_readable

MOST_OPERATIONS = 10
MOST_VALUES = 2_000
LONGEST_FORMAT = 40
OF_TEXT = frozenset(("trim", "join", "split", "date", "number", "boolean"))
GIVES = {
    "trim": "text",
    "join": "text",
    "date": "text",
    "split": "list",
    "lookup": "list",
    "number": "value",
    "boolean": "value",
}
A_DAY = datetime.datetime(2001, 2, 3, tzinfo=datetime.UTC)


class MappingFault(Struct, frozen=True):
    """One thing that is wrong with a mapping."""

    code: str
    """A sentence of `texts/mappings.py`."""
    pointer: str
    """A JSON Pointer into the mapping."""
    params: dict[str, Any] = {}


def faults_of(mapping: Mapping) -> Iterator[MappingFault]:
    """What is wrong with a mapping, in the order of its members."""
    targets = targets_for(mapping)
    yield from _source_faults(mapping.source)
    indexes = {column.index for column in mapping.columns}
    given: set[str] = set()
    for place, column in enumerate(mapping.columns):
        pointer = f"/columns/{place}"
        yield from _target_faults(column, targets, given, pointer)
        if column.target in targets.names:
            yield from _column_faults(column, targets, indexes, pointer)
    for name, value in mapping.constants.items():
        pointer = f"/constants/{_escaped(name)}"
        if name not in targets.names:
            yield MappingFault("TARGET_UNKNOWN", pointer, {"known": ", ".join(targets.names)})
        elif not _fits(targets, name, value):
            yield MappingFault("VALUE_UNFIT", pointer, {"target": name})


def _source_faults(source: Source) -> Iterator[MappingFault]:
    if source.encoding is not None and not is_readable(source.encoding):
        yield MappingFault("ENCODING_UNKNOWN", "/source/encoding")
    if source.delimiter is not None and (len(source.delimiter) != 1 or source.delimiter in '"\r\n\0'):
        yield MappingFault("DELIMITER_UNFIT", "/source/delimiter")
    if source.header_row is not None and not 1 <= source.header_row <= MOST_TITLES:
        yield MappingFault("HEADER_ROW_UNFIT", "/source/header_row", {"most": MOST_TITLES})


def _target_faults(column: ColumnMapping, targets: Targets, given: set[str], pointer: str) -> Iterator[MappingFault]:
    if column.target is None:
        return
    if column.target not in targets.names:
        yield MappingFault("TARGET_UNKNOWN", f"{pointer}/target", {"known": ", ".join(targets.names)})
    elif column.target in given and not targets.is_list(column.target):
        yield MappingFault("TARGET_TWICE", f"{pointer}/target", {"target": column.target})
    given.add(column.target)


def _column_faults(column: ColumnMapping, targets: Targets, indexes: set[int], pointer: str) -> Iterator[MappingFault]:
    target, state = column.target or "", "text"
    if len(column.operations) > MOST_OPERATIONS:
        yield MappingFault("TOO_MANY_OPERATIONS", f"{pointer}/operations", {"most": MOST_OPERATIONS})
    for place, operation in enumerate(column.operations):
        at = f"{pointer}/operations/{place}"
        if not _takes(operation, state):
            yield MappingFault("OPERATION_ORDER", at, {"op": operation.op})
        yield from _operation_faults(operation, targets, target, indexes, at)
        state = _gives(operation, state)
    if targets.is_list(target) and state not in ("list", "end"):
        yield MappingFault("LIST_NEEDED", f"{pointer}/operations", {"target": target})


def _takes(operation: Operation, state: str) -> bool:
    """Whether an operation can take what comes."""
    if operation.op in OF_TEXT:
        return state == "text"
    return state != "end" if operation.op == "default" else state in ("text", "list")


def _gives(operation: Operation, state: str) -> str:
    """`text`, `list`, another `value`, or the `end`, which nothing may follow."""
    if operation.op == "default":
        return "end"
    if operation.op == "value_map":
        return (
            "text"
            if state == "text" and all(isinstance(each, str) for each in operation.map.values())
            else _ended(state)
        )
    return GIVES[operation.op]


def _ended(state: str) -> str:
    return "list" if state == "list" else "value"


def _operation_faults(
    operation: Operation, targets: Targets, target: str, indexes: set[int], at: str
) -> Iterator[MappingFault]:
    match operation.op:
        case "date":
            bad = [place for place, each in enumerate(operation.formats) if not _is_format(each)]
            yield from (MappingFault("DATE_FORMAT_UNFIT", f"{at}/formats/{place}") for place in bad[:1])
        case "join":
            unknown = [place for place, each in enumerate(operation.columns) if each not in indexes]
            yield from (MappingFault("COLUMN_UNKNOWN", f"{at}/columns/{place}") for place in unknown[:1])
        case "value_map":
            yield from _map_faults(operation, targets, target, at)
        case "default" if not _fits(targets, target, operation.value):
            yield MappingFault("VALUE_UNFIT", f"{at}/value", {"target": target})


def _map_faults(operation: Operation, targets: Targets, target: str, at: str) -> Iterator[MappingFault]:
    if not 0 < len(operation.map) <= MOST_VALUES:
        yield MappingFault("MAP_SIZE", f"{at}/map", {"most": MOST_VALUES})
    for name, value in operation.map.items():
        one = [value] if targets.is_list(target) else value
        if value not in _known(target) and not _fits(targets, target, one):
            yield MappingFault("VALUE_UNFIT", f"{at}/map/{_escaped(name)}", {"target": target})
            return


def _known(target: str) -> Sequence[Any]:
    """Values that are known not to fit, so that the record's own error says why."""
    return tuple(VALUES.get(target, ()))


def _is_format(text: str) -> bool:
    """Whether a day that is written like this can be read again."""
    try:
        day = A_DAY.strftime(text)
        return len(text) <= LONGEST_FORMAT and datetime.datetime.strptime(day, text).date() == A_DAY.date()  # noqa: DTZ007
    except ValueError:
        return False


def _fits(targets: Targets, target: str, value: Any) -> bool:
    """Whether a target can have this value in a record."""
    kind = _hints(targets.entity).get(target, list[str] if targets.is_list(target) else str)
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return value is not None


def _hints(entity: str | None) -> dict[str, Any]:
    return get_type_hints(ENTITIES[entity].record, include_extras=True) if entity else {}


def _escaped(name: str) -> str:
    """A member's name in a JSON Pointer."""
    return name[:100].replace("~", "~0").replace("/", "~1")
