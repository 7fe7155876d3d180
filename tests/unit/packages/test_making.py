"""Files are made by processes of their own, which end at once when nobody wants them, and say what was in their way."""

import datetime
import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf
import pytest

from libs.compliance.packages.content import Block, Column, Gap, Part, Rows, Table, Words, encode_lines
from libs.compliance.packages.plain import plain
from libs.compliance.packages.writing.making import Maker
from libs.compliance.packages.writing.order import Order
from libs.compliance.packages.writing.pdf.lettering import lettered
from libs.compliance.packages.writing.pdf.pages import data_of
from libs.compliance.packages.writing.pdf.paper import stretches
from libs.compliance.packages.writing.word import MOST_ROWS
from tests.reading_back import texts_of_word
from tests.root import ROOT

ORDER = Order(
    title="Sổ", language="vi", number="Trang {page}/{pages}", cut="còn {rows} dòng", made=datetime.date(2026, 1, 2)
)


class EnoughError(Exception):
    """Nobody wants it any more."""


def content(folder: Path, rows: int) -> None:
    """A table, as a package has it."""
    blocks: list[Block] = [Part("Sổ", ["SỔ ĐĂNG KÝ"]), Table([Column("Tên", 1), Column("Thiếu", 1)])]
    blocks += [Rows([[os.urandom(20).hex(), Gap("thiếu", "ACT-01")] for _ in range(100)]) for _ in range(rows // 100)]
    (folder / "content.ndjson").write_bytes(encode_lines(blocks))


def test_what_makes_files_is_loaded_by_the_processes_that_make_them_alone() -> None:
    """A processor would hold it as long as it lives, and loads files, which need that room."""
    names = "{'pikepdf', 'typst', 'docx', 'docxtpl', 'xlsxwriter', 'fontTools', 'rapidfuzz'} & set(sys.modules)"
    command = [sys.executable, "-c", f"import sys, services.processor.main; print({names})"]
    assert subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout == "set()\n"


def children() -> set[str]:
    """The processes that this one has started and that are there; a test before may have left a server."""
    return {pid for each in Path("/proc/self/task").glob("*/children") for pid in each.read_text().split()}


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Nothing larger can be written, by this process and by those that it starts; as where a disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("kind", ["xlsx", "docx", "pdf"])
def test_a_disk_that_is_full_says_so(tmp_path: Path, kind: str) -> None:
    content(tmp_path, 1_000)
    maker = Maker(tmp_path, ORDER, lambda _: None)
    with largest_file(20_000), pytest.raises(OSError) as raised:
        maker.make(kind)
    assert raised.value.errno == errno.EFBIG


def test_a_file_that_nobody_wants_any_more_is_given_up_at_once(tmp_path: Path) -> None:
    content(tmp_path, 100_000)
    before = children()
    seen: list[float] = []

    def look(share: float) -> None:
        seen.append(share)
        if share:
            raise EnoughError

    with pytest.raises(EnoughError):
        Maker(tmp_path, ORDER, look).make("xlsx")
    assert 0.0 < seen[-1] < 0.9, "it was on its way"
    assert float((tmp_path / "at").read_text()) < 0.9, "it went no further"
    assert children() <= before


def test_a_word_file_ends_a_table_and_says_how_many_rows_are_left_out(tmp_path: Path) -> None:
    content(tmp_path, MOST_ROWS + 200)
    made = Maker(tmp_path, ORDER, lambda _: None).make("docx")
    assert "còn 200 dòng" in texts_of_word(made.path.read_bytes())


def test_a_table_goes_on_with_its_header_where_a_stretch_of_pages_ends() -> None:
    blocks: list[Block] = [Part("Sổ", ["SỔ"]), Table([Column("Tên", 1), Column("Ẩn", 1, brief=False)])]
    blocks += [Rows([[str(n), "ẩn"] for n in range(100)])] * 3
    cut = list(stretches(blocks, pages=2))
    tables = [
        group for stretch in cut for section in stretch.sections for group in section.groups if group["is"] == "table"
    ]
    assert [[column["title"] for column in table["columns"]] for table in tables] == [["Tên"]] * 3
    assert sum(len(table["rows"]) for table in tables) == 300


def test_what_nobody_can_see_is_spelled_out() -> None:
    assert plain("a\x00b\u202ec\ud800d\r\ne\tf\u2028") == "a[U+0000]b[U+202E]c[U+D800]d\ne\tf[U+2028]"


def test_letters_that_a_pdf_cannot_draw_are_spelled_out(tmp_path: Path) -> None:
    drawn = "Hoạt động ỆỖ «Ω» Ж 株式会社サポート 有限公司 삼성전자"
    assert lettered(drawn) == drawn
    assert lettered("ok 😀ก\n") == "ok [U+1F600][U+0E01]\n"
    (stretch,) = stretches([Part("Sổ", []), Words("😀")])
    assert b"[U+1F600]" in data_of(stretch)
    content(tmp_path, 0)
    with (tmp_path / "content.ndjson").open("ab") as more:
        more.write(encode_lines([Words(f"{drawn} 😀")]))
    made = Maker(tmp_path, ORDER, lambda _: None).make("pdf")
    assert fonts_of(made.path) == {"LiberationSerif", "LiberationSerif-Bold", "DroidSansFallback", "NanumSquareR"}


def fonts_of(path: Path) -> set[str]:
    """The names of the fonts that a PDF brings along, and draws with."""
    with pikepdf.open(path) as pdf:
        names = [
            str(each.BaseFont) for each in pdf.objects if isinstance(each, pikepdf.Dictionary) and "/BaseFont" in each
        ]
    return {name.rpartition("+")[2].lstrip("/").removesuffix("-Identity-H") for name in names}
