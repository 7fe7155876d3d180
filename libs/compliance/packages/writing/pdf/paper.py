"""Blocks as paper has them: boxes in a row are one table, a table holds its rows, and some pages at a time are enough.

A stretch is what a child process makes pages of. Where stretches end depends on the blocks alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from libs.compliance.packages.content import Block, Box, Cell, Column, Gap, Part, Picture, Rows, Table

LINES = 42
"""On a page, or thereabouts."""
STRETCH_PAGES = 50
LINE_CHARACTERS = {True: 150, False: 95}
"""On a line of a page that lies on its side, and of one that stands."""
Group = dict[str, Any]


class Section(Struct):
    """Pages of one kind."""

    wide: bool
    groups: list[Group] = []


class Stretch(Struct):
    """What some pages hold."""

    sections: list[Section] = []
    lines: int = 0


def stretches(blocks: Iterable[Block], pages: int = STRETCH_PAGES) -> Iterator[Stretch]:
    """The blocks, so many pages at a time."""
    now, part = Stretch(), Part("", [])
    table: list[Column] = []
    for block in blocks:
        if now.lines > pages * LINES:
            yield now
            now = Stretch([Section(part.wide)])
            if isinstance(block, Rows):
                now.sections[-1].groups.append(_opened(table))
        if isinstance(block, Part):
            part = block
            now.sections.append(Section(part.wide))
        if isinstance(block, Table):
            table = block.columns
        now.lines += _add(now.sections[-1].groups, block, table, LINE_CHARACTERS[part.wide])
    yield now


def _add(groups: list[Group], block: Block, table: Sequence[Column], characters: int) -> int:
    """Add a block; about how many lines it takes."""
    match block:
        case Table(columns):
            groups.append(_opened(columns))
            return 2
        case Rows(rows):
            brief = [place for place, column in enumerate(table) if column.brief]
            shares = [table[place].share for place in brief]
            shown = [[row[place] for place in brief] for row in rows]
            groups[-1]["rows"] += [[_cell(value) for value in row] for row in shown]
            return sum(_lines_of(row, shares, characters) for row in shown)
        case Box(number, label, value):
            if not groups or groups[-1]["is"] != "boxes":
                groups.append({"is": "boxes", "rows": []})
            groups[-1]["rows"].append([number, label, _cell(value)])
            return _lines_of([label, value], [1, 1], characters)
        case Picture():
            groups.append(msgspec.to_builtins(block))
            return LINES // 3
        case _:
            groups.append(msgspec.to_builtins(block))
            return LINES // 2 if isinstance(block, Part) else 2


def _opened(columns: Sequence[Column]) -> Group:
    brief = [column for column in columns if column.brief]
    return {"is": "table", "columns": [msgspec.to_builtins(column) for column in brief], "rows": []}


def _lines_of(cells: Sequence[Cell], shares: Sequence[int], characters: int) -> int:
    total = sum(shares) or 1
    return max(
        (
            1
            + len(text := cell.text if isinstance(cell, Gap) else cell) * total // (share * characters)
            + text.count("\n")
            for cell, share in zip(cells, shares, strict=True)
        ),
        default=1,
    )


def _cell(value: Cell) -> Any:
    return {"gap": value.text, "rule": value.rule} if isinstance(value, Gap) else value
