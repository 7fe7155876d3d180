"""From rows of cells to records: a mapping, compiled once, applied to millions of rows."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.chunks import Fault
from libs.contracts.files.mappings import ColumnMapping, Mapping
from libs.files.mapping.operations import GROWING, MOST_ADDED, Apply, CellError, compiled, size_of

ERRORS = frozenset(
    (
        "#DIV/0!",
        "#N/A",
        "#NAME?",
        "#NULL!",
        "#NUM!",
        "#REF!",
        "#VALUE!",
        "#SPILL!",
        "#CALC!",
        "#GETTING_DATA",
        "Err:502",
    )
)
"""What spreadsheets show in place of a value that they could not compute; in CSV exports, too."""


class Mapped(Struct, frozen=True):
    """One row as a record: its JSON, or what is wrong with its cells."""

    raw: bytes
    faults: list[Fault]


MOST_KNOWN, LONGEST_KNOWN = 2_000, 200
"""Cells of a column whose values are remembered, and their characters: most columns say the same few things again."""
_UNSEEN = object()


class _Column(Struct, frozen=True):
    """A column that becomes a field."""

    index: int
    target: str
    pointer: str
    operations: list[Apply]
    remembers: bool
    """Whether a cell's value depends on the cell alone."""
    grows: bool
    """Whether more may come of a cell than is in it."""
    known: dict[str, Any]
    """By cell: its value, None for none, or the error that it is."""

    def find(self, cells: Sequence[str]) -> Any:
        """What the row's cell means."""
        cell = cells[self.index]
        try:
            value = _value(cell, self.operations, cells)
        except CellError as error:
            value = error
        value = None if value == "" else value
        if self.remembers and len(self.known) < MOST_KNOWN and len(cell) <= LONGEST_KNOWN:
            self.known[cell] = value
        return value


class Mapper:
    """Applies one version of a mapping. Not for several threads."""

    def __init__(self, mapping: Mapping, width: int) -> None:
        self._width = width
        self._constants = mapping.constants
        self._columns = [_compiled(column) for column in mapping.columns if column.target]
        self._encode = msgspec.json.Encoder().encode

    def apply(self, cells: Sequence[str]) -> Mapped:
        """The record of a row; cells that are empty give no member. All faults of the row, not the first one.

        Of a row to which more is added than may be, no more is made than shows that.
        """
        if len(cells) != self._width:
            code = "ROW_TOO_LONG" if len(cells) > self._width else "ROW_TOO_SHORT"
            return Mapped(b"", [Fault(code, params={"cells": len(cells), "columns": self._width})])
        record, faults, room = dict(self._constants), [], MOST_ADDED
        for column in self._columns:
            value = column.known.get(cells[column.index], _UNSEEN)
            if value is _UNSEEN:
                value = column.find(cells)
            if value.__class__ is CellError:
                faults.append(Fault(value.code, column.pointer))
            elif value is not None:
                if column.grows and (room := room + len(cells[column.index]) - size_of(value)) < 0:
                    return Mapped(b"", [*faults, Fault("MAPPED_TOO_LONG", column.pointer)])
                _put(record, column.target, value)
        return Mapped(b"" if faults else self._encode(record), faults)

    def draft(self, cells: Sequence[str]) -> dict[str, Any]:
        """What can be made of a row that is no record: a cell that is at fault stays as it is, one too many goes."""
        cells = [*cells, *[""] * (self._width - len(cells))][: self._width]
        record, room = dict(self._constants), MOST_ADDED
        for column in self._columns:
            value = column.find(cells)
            if column.grows:
                room += len(cells[column.index]) - size_of(value)
            if value.__class__ is CellError or room < 0:
                value = cells[column.index]
            if value is not None:
                _put(record, column.target, value)
        return record


def _compiled(column: ColumnMapping) -> _Column:
    operations = [compiled(operation) for operation in column.operations]
    alone = all(operation.op != "join" for operation in column.operations)
    grows = any(operation.op in GROWING for operation in column.operations)
    return _Column(column.index, column.target or "", f"/{column.target}", operations, alone, grows, {})


def _value(cell: str, operations: Sequence[Apply], cells: Sequence[str]) -> Any:
    if cell in ERRORS:
        raise CellError("CELL_IN_ERROR")
    value: Any = cell
    for operation in operations:
        value = operation(value, cells)
    return value


def _put(record: dict[str, Any], target: str, value: Any) -> None:
    """Two columns may fill one list."""
    if target in record and isinstance(value, list) and isinstance(record[target], list):
        record[target] = [*record[target], *value]
    else:
        record[target] = value


def column_of(mapping: Mapping, pointer: str) -> ColumnMapping | None:
    """The column that a pointer into the record came from; None where it came from none, or names the whole record."""
    target = pointer.removeprefix("/").partition("/")[0]
    return next((column for column in mapping.columns if target and column.target == target), None)
