"""What the first rows of a file say of its columns."""

from collections.abc import Callable, Sequence

from libs.files.mapping.changing import shown
from libs.files.mapping.proposing.propose import Column
from libs.files.readers.table import Table

MOST_ROWS = 1_000
MOST_CELLS = 500_000
MOST_VALUES = 50
"""Distinct values of a column that are looked at."""
LONGEST_VALUE = 100
"""Characters; what is longer is a text, whatever it begins with."""


def columns_of(table: Table, stop: Callable[[], None] = lambda: None) -> list[Column]:
    """The columns of a table with some of their values. `stop` is called now and then, and may raise.

    Raises UnreadableError, and what `Content` raises.
    """
    values: list[dict[str, None]] = [{} for _ in table.header]
    left = max(min(MOST_ROWS, MOST_CELLS // max(len(table.header), 1)), 1)
    for stretch in table.read(table.first):
        stop()
        for cells in stretch.rows[:left]:
            _note(values, cells)
        left -= len(stretch.rows)
        if left <= 0:
            break
    return [Column(n, shown(name), tuple(values[n])) for n, name in enumerate(table.header)]


def _note(values: list[dict[str, None]], cells: Sequence[str]) -> None:
    if len(cells) == len(values):  # others have slipped out of their columns
        for seen, cell in zip(values, cells, strict=True):
            if len(seen) < MOST_VALUES:
                seen[cell[:LONGEST_VALUE].replace("\0", "\ufffd")] = None
