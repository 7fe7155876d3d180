"""Whether a mapping can be applied: what it names exists, and each operation can take what the one before it gives."""

from collections.abc import Iterator

from libs.contracts.files.mappings import MOST_TITLES, ColumnMapping, Mapping, Operation, Source
from libs.files.formats import FORMATS
from libs.files.mapping.checking_operations import fits, operation_faults
from libs.files.mapping.faults import MappingFault, escaped
from libs.files.mapping.operations import MOST_ADDED, size_of
from libs.files.mapping.targets import Targets, targets_for
from libs.files.sniffing.encoding import is_readable

MOST_OPERATIONS = 10
LONGEST_SHEET = 255
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


def faults_of(mapping: Mapping) -> Iterator[MappingFault]:
    """What is wrong with a mapping, in the order of its members."""
    targets = targets_for(mapping)
    yield from source_faults(mapping.source)
    indexes = {column.index for column in mapping.columns}
    given: set[str] = set()
    for place, column in enumerate(mapping.columns):
        pointer = f"/columns/{place}"
        yield from _target_faults(column, targets, given, pointer)
        if column.target in targets.names:
            yield from _column_faults(column, targets, indexes, pointer)
    for name, value in mapping.constants.items():
        pointer = f"/constants/{escaped(name)}"
        if name not in targets.names:
            yield MappingFault("TARGET_UNKNOWN", pointer, {"known": ", ".join(targets.names)})
        elif not fits(targets, name, value):
            yield MappingFault("VALUE_UNFIT", pointer, {"target": name})
    if size_of(list(mapping.constants.values())) > MOST_ADDED:
        yield MappingFault("CONSTANTS_TOO_LONG", "/constants", {"most": MOST_ADDED})


def source_faults(source: Source) -> Iterator[MappingFault]:
    """What is wrong with how a file is to be read, whether its format takes all of that or not."""
    if source.format is not None and source.format not in FORMATS:
        yield MappingFault("FORMAT_UNKNOWN", "/source/format")
    if source.encoding is not None and not is_readable(source.encoding):
        yield MappingFault("ENCODING_UNKNOWN", "/source/encoding")
    if source.delimiter is not None and (len(source.delimiter) != 1 or source.delimiter in '"\r\n\0'):
        yield MappingFault("DELIMITER_UNFIT", "/source/delimiter")
    if source.header_row is not None and not 1 <= source.header_row <= MOST_TITLES:
        yield MappingFault("HEADER_ROW_UNFIT", "/source/header_row", {"most": MOST_TITLES})
    if len(source.sheet or "") > LONGEST_SHEET:
        yield MappingFault("SHEET_UNFIT", "/source/sheet", {"most": LONGEST_SHEET})


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
        yield from operation_faults(operation, targets, target, indexes, at)
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
