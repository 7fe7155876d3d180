"""A page of HTML that is whole in itself: no script, nothing that is fetched, every text escaped; it opens anywhere.

It has what reports consist of; forms are for paper.
"""

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import TextIO

from libs.compliance.packages.content import (
    Block,
    Cell,
    Column,
    Gap,
    Heading,
    Part,
    Picture,
    Rows,
    Table,
    Words,
)
from libs.compliance.packages.writing.order import Order

POLICY = "default-src 'none'; style-src 'unsafe-inline'"
STYLE = """
:root { color-scheme: light dark; --line: #c9ced6; --soft: #f2f4f7; --mark: #fff2cc; }
@media (prefers-color-scheme: dark) {
  :root { --line: #4a5260; --soft: #232830; --mark: #5a4a12; }
  figure { background: #fff; }
}
body {
  font: 16px/1.5 system-ui, "Segoe UI", "Noto Sans", sans-serif;
  max-width: 62rem; margin: 2rem auto; padding: 0 1rem;
}
header { text-align: center; border-bottom: 1px solid var(--line); margin-bottom: 1.5rem; padding-bottom: 1rem; }
header p { margin: .2rem 0; }
h1 { font-size: 1.5rem; margin: .5rem 0; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
p, td, th, h1, h2, h3 { white-space: pre-line; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0 1rem; font-size: .94rem; }
th, td { border: 1px solid var(--line); padding: .3rem .5rem; text-align: left; vertical-align: top; min-width: 7rem; }
th { background: var(--soft); overflow-wrap: break-word; }
.number { text-align: right; min-width: 4rem; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; padding: .5rem; border-radius: .4rem; }
svg { width: 100%; height: auto; }
mark { background: var(--mark); color: inherit; }
@media print {
  body { margin: 0; max-width: none; font-size: 11pt; }
  tr, figure { break-inside: avoid; }
}
"""


def write_page(blocks: Iterable[Block], page: TextIO, order: Order) -> None:
    """Write all of it."""
    page.write(
        f'<!DOCTYPE html>\n<html lang="{escape(order.language)}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(order.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
    )
    page.writelines(_body(blocks))
    page.write("</body>\n</html>\n")


def _body(blocks: Iterable[Block]) -> Iterator[str]:
    columns: Sequence[Column] = ()
    for block in blocks:
        if columns and not isinstance(block, Rows):
            yield "</table></div>\n"
            columns = ()
        if isinstance(block, Table):
            columns = block.columns
        yield from _shown(block, columns)
    if columns:
        yield "</table></div>\n"


def _shown(block: Block, columns: Sequence[Column]) -> Iterator[str]:
    match block:
        case Part(_, [first, *others]):
            yield f"<header>\n<h1>{escape(first)}</h1>\n{_lines(others)}</header>\n"
        case Heading(text, level):
            yield f"<h{max(level, 1) + 1}>{escape(text)}</h{max(level, 1) + 1}>\n"
        case Words(text):
            yield _lines([text])
        case Picture(svg):
            yield f"<figure>{svg}</figure>\n"
        case Table():
            header = "".join(f'<th scope="col"{_side(column)}>{escape(column.title)}</th>' for column in columns)
            yield f'<div class="scroll"><table>\n<thead><tr>{header}</tr></thead>\n'
        case Rows(rows):
            yield from (_row(row, columns) for row in rows)
        case _:
            raise TypeError(f"a page has no {type(block).__name__}")


def _lines(texts: Iterable[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>\n" for text in texts)


def _row(cells: Sequence[Cell], columns: Sequence[Column]) -> str:
    shown = (f"<td{_side(column)}>{_cell(cell)}</td>" for cell, column in zip(cells, columns, strict=True))
    return f"<tr>{''.join(shown)}</tr>\n"


def _side(column: Column) -> str:
    return ' class="number"' if column.number else ""


def _cell(cell: Cell) -> str:
    return f"<mark>{escape(cell.text)} [{escape(cell.rule)}]</mark>" if isinstance(cell, Gap) else escape(cell)
