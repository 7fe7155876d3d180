"""Workbooks: what calamine's own tests hold, and what is refused."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from libs.files.failures import UnreadableError
from libs.files.readers.stretches import Position
from libs.files.readers.xlsx.cells import column_of, number
from libs.files.readers.xlsx.sheet import XlsxFile
from libs.files.readers.xlsx.workbook import is_date
from tests.root import ROOT

CALAMINE = ROOT / "tests" / "samples" / "files" / "calamine"


@contextmanager
def opened(path: Path) -> Iterator[XlsxFile]:
    with path.open("rb") as file, closing(XlsxFile(file)) as book:
        yield book


def rows(path: Path, start: int = 1) -> list[tuple[int, list[str]]]:
    with opened(path) as book:
        return [
            pair for stretch in book.read(None, Position(0, start))
            for pair in zip(stretch.numbers, stretch.rows, strict=True)
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("date.xlsx", [(1, ["2021-01-01", "15"]), (2, ["2021-01-02", "16"])]),
        ("date_iso.xlsx", [(1, ["2021-01-01"]), (2, ["2021-01-01T10:10:10"])]),
        ("empty_sheet.xlsx", []),
        ("encoded_entities.xlsx", [(1, ["&"]), (2, ["\n"])]),
        ("errors.xlsx", [(1, ["#DIV/0!"]), (2, ["#NAME?"])]),
        ("formula.issue.xlsx", [(1, ["23", "", "23"]), (13, ["", "", "", "", "", "", "2"])]),
        ("has_x000D_.xlsx", [(1, ["ABC\r\nDEF"])]),
        ("header-row.xlsx", [(3, ["", "", "Note 1"]), (9, ["Columns", "Column A", "Column B", "Column C"])]),
        ("merge_cells.xlsx", [(1, ["Row Merge", "", "Not Merged"]), (2, ["Column Merge", "Chunk Merged"])]),
        ("no-header.xlsx", [(3, ["a", "0"]), (4, ["b", "1"])]),
        ("nonstandard-xml-ns-prefix.xlsx", [(1, ["a", "b"]), (2, ["1", "3"])]),
    ],
)
def test_workbooks_of_the_world(name: str, expected: list[tuple[int, list[str]]]) -> None:
    assert rows(CALAMINE / name)[:2] == expected


def test_reading_goes_on_at_any_row() -> None:
    whole = rows(CALAMINE / "errors.xlsx")
    assert rows(CALAMINE / "errors.xlsx", 3) == whole[2:]


@pytest.mark.parametrize(("name", "code"), [("pass_protected.xlsx", "FILE_ENCRYPTED"), ("vba.xlsm", "FILE_MACROS")])
def test_what_is_not_opened(name: str, code: str) -> None:
    with pytest.raises(UnreadableError) as refused, opened(CALAMINE / name):
        pass
    assert refused.value.code == code


def changed(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """A workbook with one part rewritten."""
    with ZipFile(CALAMINE / "date.xlsx") as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(old, new) if name == part else data)
    return path


def test_a_doctype_is_refused_before_any_entity(tmp_path: Path) -> None:
    path = changed(tmp_path / "x.xlsx", "xl/workbook.xml", b"<workbook", b'<!DOCTYPE w [<!ENTITY a "b">]><workbook')
    with pytest.raises(UnreadableError) as refused, opened(path):
        pass
    assert refused.value.code == "FILE_DOCTYPE"


@pytest.mark.parametrize("cut", [100, 2_000])
def test_a_file_that_is_cut_short_is_damaged(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "x.xlsx"
    path.write_bytes((CALAMINE / "date.xlsx").read_bytes()[:cut])
    with pytest.raises(UnreadableError) as refused, opened(path):
        pass
    assert refused.value.code == "FILE_DAMAGED"


def test_a_cell_of_a_column_that_no_sheet_has_is_none(tmp_path: Path) -> None:
    path = changed(tmp_path / "x.xlsx", "xl/worksheets/sheet1.xml", b'r="B1"', b'r="ZZZZZZ1"')
    assert rows(path)[0] == (1, ["2021-01-01"])


@pytest.mark.parametrize(("reference", "index"), [("A1", 0), ("Z9", 25), ("AA1", 26), ("XFD1", 16_383), ("XFE1", -1)])
def test_columns(reference: str, index: int) -> None:
    assert column_of(reference) == index


@pytest.mark.parametrize(
    ("value", "text"), [("24", "24"), ("24.0", "24"), ("0.30000000000000004", "0.3"), ("1E3", "1000"), ("x", "x")]
)
def test_numbers(value: str, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("code", "expected"), [("dd/mm/yyyy", True), ("General", False), ('0 "days"', False), ("[Red]0.00", False)]
)
def test_formats_of_dates(code: str, expected: bool) -> None:
    assert is_date(code) is expected
