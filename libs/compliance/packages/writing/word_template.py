"""The template of a Word file: one pattern a kind of block, in Jinja's tags as docxtpl has them.

A paragraph, row, cell or run that holds a tag of its own kind (`{%p`, `{%tr`, `{%tc`, `{%r`) is replaced by what the
tag does.
"""

import io
from copy import deepcopy

from docx import Document
from docx.document import Document as Made
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_COLOR_INDEX
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Length, Pt
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

FONT = "Times New Roman"
"""Of the same widths as Liberation Serif, which Word does not bring along."""
PAPER = (Cm(21), Cm(29.7))
MARGINS = (Cm(2), Cm(2))


def template() -> bytes:
    """The template."""
    made = Document()
    style = made.styles["Normal"]
    style.font.name, style.font.size = FONT, Pt(11)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FONT)
    style.paragraph_format.space_after = Pt(4)
    section = made.sections[0]
    turn(section, wide=False)
    section.left_margin, section.right_margin = MARGINS
    section.top_margin, section.bottom_margin = MARGINS
    _number(section.footer.paragraphs[0])
    _tag(made, "for g in groups")
    _part(made)
    _lines(made, "sides", "left", "right")
    _words(made)
    _ticks(made)
    _boxes(made)
    _table(made)
    _tag(made, "endfor")
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _tag(made: Made, tag: str) -> None:
    made.add_paragraph(f"{{%p {tag} %}}")


def _part(made: Made) -> None:
    _tag(made, "if g.is == 'part'")
    for kind, wide in (("'standing'", False), ("'lying'", True)):
        _tag(made, f"if g.ends == {kind}")
        _end_section(made, wide=wide)
        _tag(made, "endif")
    _tag(made, "for line in g.title")
    line = made.add_paragraph()
    line.alignment = WD_ALIGN_PARAGRAPH.CENTER
    run = line.add_run("{{ line }}")
    run.bold, run.font.size = True, Pt(13)
    _tag(made, "endfor")
    _tag(made, "endif")


def _end_section(made: Made, *, wide: bool) -> None:
    """The last paragraph of a section, which says how its pages lay."""
    ended = deepcopy(made.sections[-1]._sectPr)  # noqa: SLF001 -- python-docx ends sections at the end of a file only
    _space(made, Pt(1))._p.get_or_add_pPr().append(ended)  # noqa: SLF001 -- the same
    turn(Section(ended, made.part), wide=wide)


def _space(made: Made, high: Length) -> Paragraph:
    """An empty paragraph, for which a full page has room: a whole line would begin a page of its own."""
    paragraph: Paragraph = made.add_paragraph()
    paragraph.paragraph_format.line_spacing, paragraph.paragraph_format.space_after = high, Pt(0)
    return paragraph


def turn(section: Section, *, wide: bool) -> None:
    """Have a section's pages stand, or lie on their sides."""
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = reversed(PAPER) if wide else PAPER


def _lines(made: Made, kind: str, *sides: str) -> None:
    """Columns of lines without borders."""
    _tag(made, f"if g.is == '{kind}'")
    table = made.add_table(1, len(sides))
    for cell, side in zip(table.rows[0].cells, sides, strict=True):
        cell.paragraphs[0].text = f"{{%p for line in g.{side} %}}"
        line = cell.add_paragraph("{{ line }}")
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        cell.add_paragraph("{%p endfor %}")
    _tag(made, "endif")


def _words(made: Made) -> None:
    for kind, alignment in (("g.level > 0", WD_ALIGN_PARAGRAPH.LEFT), ("g.level == 0", WD_ALIGN_PARAGRAPH.CENTER)):
        _tag(made, f"if g.is == 'heading' and {kind}")
        heading = made.add_paragraph()
        heading.alignment = alignment
        heading.paragraph_format.keep_with_next = True
        heading.paragraph_format.space_before = Pt(8)
        heading.add_run("{{ g.text }}").bold = True
        _tag(made, "endif")
    _tag(made, "if g.is == 'words' and g.form")
    made.add_paragraph().add_run("{{ g.text }}").italic = True
    _tag(made, "endif")
    _tag(made, "if g.is == 'words' and not g.form")
    made.add_paragraph("{{ g.text }}")
    _tag(made, "endif")
    _tag(made, "if g.is == 'person'")
    _mark(made.add_paragraph(), "g.text")
    _space(made, Pt(6))
    _tag(made, "endif")


def _ticks(made: Made) -> None:
    _tag(made, "if g.is == 'ticks'")
    table = _bordered(made, 3)
    _row_tag(table, 0, "for tick in g.ticks")
    mark, text = table.rows[1].cells[:2]
    mark.paragraphs[0].text = "{% if tick.ticked %}☑{% else %}☐{% endif %}"
    text.paragraphs[0].text = "{{ tick.text }}"
    _width(mark, "600")
    _width(text, "9000")
    _row_tag(table, 2, "endfor")
    _tag(made, "endif")


def _boxes(made: Made) -> None:
    _tag(made, "if g.is == 'boxes'")
    table = _bordered(made, 3, columns=3)
    _row_tag(table, 0, "for row in g.rows")
    for cell, name, width in zip(
        table.rows[1].cells, ("row[0]", "row[1]", "row[2]"), ("700", "3900", "5000"), strict=True
    ):
        _value(cell.paragraphs[0], name)
        _width(cell, width)
    _row_tag(table, 2, "endfor")
    _space(made, Pt(6))
    _tag(made, "endif")


def _table(made: Made) -> None:
    """Columns and rows of which nobody knows how many there are."""
    _tag(made, "if g.is == 'table'")
    table = _bordered(made, 4, columns=3)
    head = table.rows[0].cells
    head[0].paragraphs[0].text = "{%tc for column in g.columns %}"
    head[1].paragraphs[0].add_run("{{ column.title }}").bold = True
    head[1].paragraphs[0].paragraph_format.keep_with_next = True
    _width(head[1], "{{ column.width }}")
    head[2].paragraphs[0].text = "{%tc endfor %}"
    repeated = OxmlElement("w:tblHeader")
    table.rows[0]._tr.get_or_add_trPr().append(repeated)  # noqa: SLF001 -- python-docx has no name for it
    _row_tag(table, 1, "for row in g.rows")
    cells = table.rows[2].cells
    cells[0].paragraphs[0].text = "{%tc for cell in row %}"
    _value(cells[1].paragraphs[0], "cell")
    _width(cells[1], "{{ g.columns[loop.index0].width }}")
    cells[2].paragraphs[0].text = "{%tc endfor %}"
    _row_tag(table, 3, "endfor")
    _space(made, Pt(6))
    _tag(made, "endif")


def _bordered(made: Made, rows: int, columns: int = 2) -> Table:
    table: Table = made.add_table(rows, columns, style="Table Grid")
    table.autofit = False
    return table


def _row_tag(table: Table, row: int, tag: str) -> None:
    table.rows[row].cells[0].paragraphs[0].text = f"{{%tr {tag} %}}"


def _width(cell: _Cell, width: str) -> None:
    """A cell's width, in twentieths of a point; it may be a tag."""
    properties = cell._tc.get_or_add_tcPr()  # noqa: SLF001 -- which takes numbers only
    for old in properties.findall(qn("w:tcW")):
        properties.remove(old)
    wanted = OxmlElement("w:tcW")
    wanted.set(qn("w:w"), width)
    wanted.set(qn("w:type"), "dxa")
    properties.insert(0, wanted)


def _value(paragraph: Paragraph, name: str) -> None:
    """A text, or a gap, which is marked."""
    paragraph.paragraph_format.space_after = Pt(0)
    paragraph.add_run(f"{{%r if {name}.gap %}}")
    _mark(paragraph, f"{name}.gap", f"{name}.rule")
    paragraph.add_run("{%r else %}")
    paragraph.add_run(f"{{{{ {name} }}}}")
    paragraph.add_run("{%r endif %}")


def _mark(paragraph: Paragraph, name: str, rule: str = "") -> None:
    text = f"{{{{ {name} }}}}" + (f" [{{{{ {rule} }}}}]" if rule else "")
    paragraph.add_run(text).font.highlight_color = WD_COLOR_INDEX.YELLOW


def _number(paragraph: Paragraph) -> None:
    """`{{ word }}` with Word's own fields for the page and for how many there are."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    paragraph.add_run("{{ before }}")
    _field(paragraph, "PAGE")
    paragraph.add_run("{{ between }}")
    _field(paragraph, "NUMPAGES")


def _field(paragraph: Paragraph, name: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), name)
    run, text = OxmlElement("w:r"), OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001 -- python-docx has no name for it
