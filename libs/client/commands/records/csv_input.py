"""CSV whose headers are the fields of a record: each row becomes the record that it spells out.

Nothing is guessed here: other headers, encodings or damage are for `sluice load`, which the errors say.
"""

import csv
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec
from msgspec import inspect

from libs.client.commands.options import Failure
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts import said

DELIMITERS = ",;\t|"
LONGEST_CELL = 1024 * 1024
"""Characters."""
_BOOLEANS = {"true": True, "false": False}
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_SEPARATORS = re.compile(r"[,;]")


def csv_records(lines: Iterable[bytes], entity: str, name: str) -> Iterator[dict[str, Any] | bytes]:
    """The records of a file's lines. Raises Failure where the file, named `name`, is not of this kind.

    An empty cell is an absent member. A row of more or fewer cells than the header comes as a JSON list, so that the
    server refuses it alone and gives its cells back.
    """
    csv.field_size_limit(LONGEST_CELL)
    text = _decoded(lines, name)
    header, delimiter = _header(next(text, ""), entity, name)
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    readings = [_reading(entity, field) for field in header]
    try:
        for row in reader:
            if len(row) == len(header):
                yield {
                    field: read(cell) for field, read, cell in zip(header, readings, row, strict=True) if cell.strip()
                }
            elif row:
                yield msgspec.json.encode(row)
    except csv.Error:
        raise Failure(said("CSV_BROKEN", path=name, line=reader.line_num + 1)) from None


def _decoded(lines: Iterable[bytes], name: str) -> Iterator[str]:
    try:
        for line in lines:
            yield line.decode()
    except UnicodeDecodeError:
        raise Failure(said("CSV_ENCODING", path=name)) from None


def _header(line: str, entity: str, name: str) -> tuple[list[str], str]:
    """The fields that the first line names, and its delimiter."""
    fields = set(ENTITIES[entity].record.__struct_fields__)
    for delimiter in DELIMITERS:
        header = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), [])]
        if header and len(set(header)) == len(header) and set(header) <= fields:
            return header, delimiter
    raise Failure(said("CSV_HEADER", path=name, entity=entity))


def _reading(entity: str, field: str) -> Callable[[str], Any]:
    """From a cell's text to the member's value; what cannot be read stays text, which the server then refuses."""
    info = inspect.type_info(ENTITIES[entity].record)
    assert isinstance(info, inspect.StructType)
    kind = next(each.type for each in info.fields if each.name == field)
    kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
    if any(isinstance(each, inspect.BoolType) for each in kinds):
        return lambda cell: _BOOLEANS.get(cell.strip().lower(), cell)
    if any(isinstance(each, inspect.IntType) for each in kinds):
        return lambda cell: int(cell) if _WHOLE.fullmatch(cell.strip()) else cell
    if any(isinstance(each, inspect.ListType) for each in kinds):
        return lambda cell: [part.strip() for part in _SEPARATORS.split(cell) if part.strip()]
    return lambda cell: cell
