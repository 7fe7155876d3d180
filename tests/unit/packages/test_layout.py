"""Files can be read as they are opened: nothing is cut off, and tables have the pages and headers that they want."""

import datetime
import re
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Pt

from libs.compliance.packages.content import Block, Box, Column, Gap, Heading, Part, Rows, Table, Tick, Ticks, Words
from libs.compliance.packages.writing.columns import FORM, HIGHEST, LINE, height, pages_across, width, widths
from libs.compliance.packages.writing.order import Order
from libs.compliance.packages.writing.sheets import Book
from libs.compliance.packages.writing.word import WIDTH, write_word

MADE = datetime.date(2026, 1, 2)
ORDER = Order(title="Sổ", language="vi", number="Trang {page}/{pages}", cut="còn {rows} dòng", made=MADE)
LONG = "Dữ liệu nhạy cảm nhưng ghi không cần đánh giá tác động; dữ liệu nhạy cảm làm mất miễn trừ " * 2
WIDE = [Part("Bên", ["PHẦN B"], wide=True), Table([Column("Tên", 1), Column("Ghi chú", 3)]), Rows([["Ngân hàng", ""]])]
STANDING = [Part("Hồ sơ", ["HỒ SƠ"]), Table([Column("Tên", 1)]), Rows([["Tính lương"]])]


def sheets(folder: Path, blocks: list[Block]) -> list[str]:
    """A workbook's sheets, as XML."""
    Book(folder / "a.xlsx", MADE).write(blocks)
    with zipfile.ZipFile(folder / "a.xlsx") as parts:
        names = sorted(name for name in parts.namelist() if name.startswith("xl/worksheets/sheet"))
        return [parts.read(name).decode() for name in [*names, "xl/workbook.xml"]]


def heights(sheet: str) -> dict[int, float]:
    """Of a sheet's rows, by their numbers, where somebody has said them."""
    return {int(row): float(high) for row, high in re.findall(r'<row r="(\d+)"[^>]* ht="([\d.]+)"', sheet)}


def test_a_table_that_has_a_sheet_of_its_own_shows_all_of_its_texts(tmp_path: Path) -> None:
    columns = [Column("Quy tắc", 2), Column("Nội dung", 7)]
    sheet, book = sheets(tmp_path, [Part("Lỗi", []), Table(columns), Rows([["ACT-05", LONG], ["ACT-01", "Ngắn"]])])
    rule, text = widths([(column.title, column.share) for column in columns])
    assert f'<col min="2" max="2" width="{text}.7109375"' in sheet
    assert heights(sheet) == {2: height(LONG, text)}
    assert height(LONG, text) >= LINE * len(LONG) / text / 1.2 > height(LONG[:rule], text)
    assert sheet.count("Lỗi") == 0
    assert "_xlnm.Print_Titles" in book


def test_a_table_with_many_columns_is_printed_on_several_pages(tmp_path: Path) -> None:
    table = Table([Column(f"Cột {n}", 5) for n in range(30)])
    sheet, book = sheets(tmp_path, [Part("Sổ", []), table, Rows([["x"] * 30])])
    across = pages_across([40] * 30)
    assert across > 1
    assert f' fitToWidth="{across}" ' in sheet
    assert "$A:$A" in book
    assert pages_across(FORM) == 1


def test_a_form_has_room_for_what_it_says(tmp_path: Path) -> None:
    boxes: list[Block] = [
        Part("Mẫu", ["HỒ SƠ"]), Heading("I"), Words(LONG * 3), Box("I.1", LONG, Gap(LONG, "ORG-04")),
        Ticks([Tick(LONG, ticked=True)]), Table([Column("STT", 2), Column("Tên", 4)]), Rows([["1", LONG]]),
    ]  # fmt: skip
    sheet, _ = sheets(tmp_path, boxes)
    assert '<mergeCell ref="A3:E3"/>' in sheet
    assert '<mergeCell ref="D4:E4"/>' in sheet
    found = heights(sheet)
    wanted = {
        3: (LONG * 3, (0, 4)), 4: (f"{LONG} [ORG-04]", (3, 4)), 5: (LONG, (1, 4)), 7: (LONG, (1, 1)),
    }  # fmt: skip
    for row, (text, span) in wanted.items():
        assert found[row] >= height(text, width(FORM, span)) > LINE
    assert max(found.values()) <= HIGHEST


@pytest.mark.parametrize("blocks", [[*STANDING, *WIDE], [*WIDE, *STANDING], WIDE, STANDING])
def test_pages_of_a_word_file_lie_as_their_tables_want_them(tmp_path: Path, blocks: list[Block]) -> None:
    write_word(blocks, tmp_path / "a.docx", ORDER)
    made = Document(str(tmp_path / "a.docx"))
    wide = [block.wide for block in blocks if isinstance(block, Part)]
    assert [section.orientation == WD_ORIENT.LANDSCAPE for section in made.sections] == wide
    assert [section.page_width > section.page_height for section in made.sections] == wide
    assert all("Trang" in section.footer.paragraphs[0].text for section in made.sections)
    empty = [each.paragraph_format.line_spacing for each in made.paragraphs if not each.text]
    assert empty
    assert max(empty) <= Pt(6), "one that is a line high may be a page of its own"
    for table, lies in zip(made.tables, wide, strict=True):
        widths_of = [int(cell.get(qn("w:w"))) for cell in next(table._tbl.iter(qn("w:tr"))).iter(qn("w:tcW"))]
        assert WIDTH[lies] - 10 < sum(widths_of) <= WIDTH[lies]
