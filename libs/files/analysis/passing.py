"""One pass over a table: stretch by stretch, from where the last one ended."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from libs.contracts.tasks.types.analyze import ColumnAnalysis
from libs.files.analysis.column import LONGEST_FEW, MOST_FEW, ColumnState
from libs.files.analysis.distinct import Distinct
from libs.files.readers.stretches import Position, Rows
from libs.files.readers.table import Table, kept

LOOKED_AT = 1_000
"""Rows at the beginning that are looked at one by one, fewer where they are wide; after them, one of `EVERY`."""
EVERY = 256
MOST_SAMPLES = 5
ROWS_OF_SAMPLES = 100
_HASHES, _SHAPES, _VALUES, _CELLS = 100_000, 50_000, 50_000, 100_000
"""How many hashes, shapes and values are kept of all columns together, and how many first cells are looked at."""


class AnalysisState(Struct):
    """How far a pass has come: a checkpoint. It holds no value of the file."""

    position: Position
    columns: list[ColumnState]
    rows: int = 0
    faulty: int = 0
    """Rows that could not be read, or that have more or fewer cells than the header."""


class Analysis:
    """A pass over an open table, from a state on; without one, from the beginning."""

    def __init__(self, table: Table, state: AnalysisState | None = None) -> None:
        self._table = table
        width = max(len(table.header), 1)
        self.state = state or AnalysisState(table.first, [
            ColumnState(Distinct(max(32, min(1_024, _HASHES // width)))) for _ in table.header
        ])  # fmt: skip
        self._most_shapes = max(4, min(50, _SHAPES // width))
        self._first_rows = max(10, min(LOOKED_AT, _CELLS // width))
        self._most_values = min(MOST_FEW, _VALUES // width)
        self._values: list[dict[str, None] | None] = [{} for _ in table.header]
        self._first: list[list[str]] = []
        """Some values of the first rows, by column."""

    def run(self) -> Iterator[float]:
        """Read on to the end; after each stretch, yields how much of the file that was, and `state` may be kept."""
        for stretch in self._table.read(self.state.position):
            self._add(stretch)
            if stretch.rows:
                self.state.position = stretch.after(len(stretch.rows) - 1)
            yield self._table.share(self.state.position)

    def values(self, index: int) -> tuple[str, ...]:
        """The distinct values of a column, where there are few, of the rows that this object has seen."""
        return tuple(self._values[index] or ())

    def columns(self, *, samples: bool = False) -> list[ColumnAnalysis]:
        """What is known of the columns; with samples, some values of those that this object has seen."""
        return [
            column.result(index, name, self.state.rows - self.state.faulty, self._samples(index) if samples else ())
            for index, (name, column) in enumerate(zip(self._table.header, self.state.columns, strict=True))
        ]

    def _samples(self, index: int) -> Sequence[str]:
        return self._first[index] if self._first else ()

    def _add(self, stretch: Rows) -> None:
        width, state = len(self.state.columns), self.state
        rows = [cells for cells in stretch.rows if len(cells) == width]
        if stretch.faults:
            rows = [
                cells for row, cells in enumerate(stretch.rows) if len(cells) == width and row not in stretch.faults
            ]
        if rows:
            self._add_rows(rows)
        state.rows += len(stretch.rows)
        state.faulty += len(stretch.rows) - len(rows)

    def _add_rows(self, rows: Sequence[Sequence[str]]) -> None:
        state = self.state
        places = looked_at(state.rows - state.faulty, len(rows), self._first_rows)
        first = []
        for index, values in enumerate(zip(*rows, strict=True)):
            found = state.columns[index].add(values, [values[row] for row in places], self._most_shapes)
            self._remember(index, found)
            if not self._first:
                some = dict.fromkeys(kept(value) for value in values[:ROWS_OF_SAMPLES] if value)
                first.append(list(some)[:MOST_SAMPLES])
        self._first = self._first or first

    def _remember(self, index: int, found: set[str]) -> None:
        known = self._values[index]
        if known is None:
            return
        fresh = [value for value in found if value not in known]
        if len(known) + len(fresh) > self._most_values or any(len(value) > LONGEST_FEW for value in fresh):
            self._values[index] = None
        else:
            known.update(dict.fromkeys(sorted(fresh)))


def looked_at(before: int, count: int, first_rows: int = LOOKED_AT) -> list[int]:
    """Which of some rows are looked at one by one; it depends on how many there were before them alone."""
    first = list(range(min(count, max(first_rows - before, 0))))
    start = len(first) + (-(before + len(first))) % EVERY
    return [*first, *range(start, count, EVERY)]
