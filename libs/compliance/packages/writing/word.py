"""DOCX: the blocks rendered into a template, so that a person goes on writing where facts end.

All of it is in memory while it is made, so a table ends after some rows and says so; the workbook has them all.
"""

import datetime
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docx.oxml.ns import qn
from docxtpl import DocxTemplate
from markupsafe import Markup, escape

from libs.compliance.packages.content import Block, Rows, Table, Words
from libs.compliance.packages.writing.order import Order
from libs.compliance.packages.writing.pdf.paper import Group, Section, stretches
from libs.compliance.packages.writing.word_template import template, turn

MOST_ROWS = 1_000
"""Of one table."""
WIDTH = {False: 9_600, True: 14_500}
"""Of a page that stands, and of one that lies on its side, without its margins, in twentieths of a point."""
ENDS = {None: "", False: "standing", True: "lying"}
"""What ends where a part begins: pages of one kind or the other, or nothing yet."""
EPOCH = (1980, 1, 1, 0, 0, 0)


def write_word(blocks: Iterable[Block], path: Path, order: Order) -> None:
    """Make a file. Raises OSError where there is no room for it."""
    kept = stretches(_bounded(blocks, order.cut))
    sections = [section for stretch in kept for section in stretch.sections]
    document = DocxTemplate(io.BytesIO(template()))
    before, _, rest = order.number.partition("{page}")
    context = {"groups": _rendered(sections), "before": before, "between": rest.partition("{pages}")[0]}
    document.render(context, autoescape=True)
    turn(document.docx.sections[-1], wide=bool(sections) and sections[-1].wide)
    for table in document.docx.element.body.iter(qn("w:tbl")):
        _size(table)
    properties = document.docx.core_properties
    properties.title, properties.author, properties.last_modified_by, properties.comments = (
        order.title,
        "Sluice",
        "",
        "",
    )
    properties.created = properties.modified = datetime.datetime.combine(order.made, datetime.time())
    out = io.BytesIO()
    document.save(out)
    _pack(out, path)


def _size(table: Any) -> None:
    """Give a table's grid the widths of its first row, which the template knows."""
    widths = [cell.get(qn("w:w")) for cell in next(table.iter(qn("w:tr"))).iter(qn("w:tcW"))]
    for column, width in zip(table.iter(qn("w:gridCol")), widths, strict=False):
        column.set(qn("w:w"), width)


def _bounded(blocks: Iterable[Block], cut: str) -> Iterator[Block]:
    """The blocks, with no more rows a table than such a file should have; `cut` says how many `{rows}` it has not."""
    left = hidden = 0
    for block in blocks:
        if isinstance(block, Rows):
            shown = block.rows[:left]
            left, hidden = left - len(shown), hidden + len(block.rows) - len(shown)
            if shown:
                yield Rows(shown)
            continue
        if hidden:
            yield Words(cut.format(rows=hidden), form=True)
        left, hidden = (MOST_ROWS if isinstance(block, Table) else 0), 0
        yield block
    if hidden:
        yield Words(cut.format(rows=hidden), form=True)


def _rendered(sections: list[Section]) -> Iterator[Group]:
    """Groups as the template wants them. Pages end with their part, and lie as its tables want them."""
    before: bool | None = None
    for section in sections:
        for group in section.groups:
            safe: Group = _safe(group)
            if group["is"] == "part":
                safe["ends"] = ENDS[before]
                before = section.wide
            if group["is"] == "table":
                total = sum(column["share"] for column in group["columns"])
                for column in safe["columns"]:
                    column["width"] = WIDTH[section.wide] * column["share"] // total
            yield safe


def _safe(value: Any) -> Any:
    """All texts, escaped; docxtpl takes `{_{` for a sign of its own, also in what it was given to show."""
    match value:
        case str():
            return Markup(str(escape(value)).replace("{", "&#123;").replace("}", "&#125;"))  # noqa: S704 -- it is escaped
        case list():
            return [_safe(each) for each in value]
        case dict():
            return {name: value if name == "is" else _safe(value) for name, value in value.items()}
        case _:
            return value


def _pack(made: io.BytesIO, path: Path) -> None:
    """The same parts at the same time of day."""
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(parts.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            packed.writestr(zipfile.ZipInfo(name, EPOCH), parts.read(name), zipfile.ZIP_DEFLATED)
