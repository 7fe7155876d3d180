"""The first rows of a file before and after a mapping, cell by cell."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from libs.contracts.files.mapping_bodies import CellError, Preview
from libs.contracts.files.mappings import Mapping
from services.console.pages.mappings.fields import text_of

ROWS_TRIED = 10
FIELDS_SHOWN = 60


class Cell(Struct, frozen=True):
    """A field of a row; of a constant there is nothing before."""

    before: str
    after: str | None
    errors: Sequence[CellError]


class TriedRow(Struct, frozen=True):
    """A row."""

    row: int
    cells: Sequence[Cell]
    errors: Sequence[CellError]
    """Those that are of no cell."""

    @property
    def all_errors(self) -> list[CellError]:
        """Those of its cells, too."""
        return [*self.errors, *(error for cell in self.cells for error in cell.errors)]


class Tried(Struct, frozen=True):
    """The first rows."""

    fields: Sequence[tuple[str, str]]
    """By field: the name of its column, nothing for a constant."""
    rows: Sequence[TriedRow]

    @property
    def faulty(self) -> int:
        """Rows that are refused."""
        return sum(bool(row.all_errors) for row in self.rows)


def tried_of(mapping: Mapping, preview: Preview) -> Tried:
    """A preview, ordered by fields."""
    columns = [(column.index, column.name, column.target or "") for column in mapping.columns if column.target]
    constants = [(None, "", name) for name in mapping.constants]
    fields = [*columns, *constants][:FIELDS_SHOWN]
    names = {target for _, _, target in fields}
    return Tried(
        [(target, name) for _, name, target in fields],
        [
            TriedRow(
                row.row,
                [
                    Cell(
                        row.cells[index] if index is not None and index < len(row.cells) else "",
                        _after(row.record, target), [each for each in row.errors if _field(each) == target],
                    )
                    for index, _, target in fields
                ],
                [each for each in row.errors if _field(each) not in names],
            )
            for row in preview.rows
        ],
    )  # fmt: skip


def _after(record: Any, target: str) -> str | None:
    value = record.get(target) if isinstance(record, dict) else None
    return None if value is None else text_of(value)


def _field(error: CellError) -> str:
    return error.pointer.removeprefix("/").partition("/")[0]
