"""Workbooks: what calamine's own tests hold, and what is refused."""

import datetime
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
import xlsxwriter

from libs.files.failures import UnreadableError
from libs.files.readers.stretches import Position
from libs.files.readers.xlsx.cells import COLUMNS, number
from libs.files.readers.xlsx.file import XlsxFile
from libs.files.readers.xlsx.plain import PlainRows
from libs.files.readers.xlsx.workbook import is_date
from tests.root import ROOT
from tests.unit.files.streams import opened as table_of
from tests.unit.files.streams import rows_of

CALAMINE = ROOT / "tests" / "samples" / "files" / "calamine"


@contextmanager
def opened(path: Path) -> Iterator[XlsxFile]:
    with path.open("rb") as file, closing(XlsxFile(file)) as book:
        yield book


def rows(path: Path, start: int = 1) -> list[tuple[int, list[str]]]:
    with opened(path) as book:
        return [
            pair for stretch in book.read(book.names[0], Position(0, start))
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


@pytest.mark.parametrize(("letters", "index"), [("A", 0), ("Z", 25), ("AA", 26), ("XFD", 16_383), ("XFE", None)])
def test_columns(letters: str, index: int | None) -> None:
    assert COLUMNS.get(letters) == index


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


def sheet(path: Path, data: bytes, *, head: bytes = b"<worksheet><sheetData>", tail: bytes = b"") -> Path:
    """A workbook whose only sheet has these rows."""
    with ZipFile(CALAMINE / "date.xlsx") as source, ZipFile(path, "w", ZIP_DEFLATED) as target:
        for name in source.namelist():
            whole = head + data + (tail or b"</sheetData></worksheet>")
            target.writestr(name, whole if name == "xl/worksheets/sheet1.xml" else source.read(name))
    return path


def cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'


PLAIN = [
    '<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="str"><v>a&amp;b &#7875;&#x1EC3;</v></c></row>',
    '<row r="1"><c r="A1"><v>1</v></c></row>\n <row r="3" spans="1:3">\n <c r="C3" t="b"><v>1</v></c> </row>',
    f'<row r="1">{cell("B1", " x ")}{cell("A1", "a")}<c r="C1"/></row><row r="2"/><row r="9">{cell("A9", "y")}</row>',
    '<row r="1"><c r="A1" s="0" t="str"><f>B1&lt;1</f><v>x</v></c><c r="B1"><f t="shared" si="0"/><v>2</v></c></row>',
    "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in (5, 2, 2, 7)),
]
UNUSUAL = [
    '<row><c><v>1</v></c><c t="str"><v>2</v></c></row><row><c r="B2"><v>3</v></c></row>',
    '<row r="1"><!-- </row> --><c r="A1"><v>1</v></c></row>',
    f'<row r="1">{cell("A1", "x")}</row><row r="2"><c r="A2" t="str"><v><![CDATA[</row><a>]]></v></c></row>',
    '<row><c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r><rPh sb="0" eb="1"><t>no</t></rPh></is></c></row>',
    "<row r='1'><c r='A1'><v>1</v></c></row>",
    '<row r="1"><c r="A1"><v/></c><c r="B1"><v>1</v></c></row>',
]


@pytest.mark.parametrize("rows_xml", [*PLAIN, *UNUSUAL])
def test_plain_rows_and_events_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_xml: str) -> None:
    path = sheet(tmp_path / "x.xlsx", rows_xml.encode())
    found = rows(path)
    assert found
    calls = []
    monkeypatch.setattr(PlainRows, "take", lambda *_: calls.append(1) and False)
    assert rows(path) == found
    assert calls


@pytest.mark.parametrize("path", sorted(CALAMINE.glob("*.xlsx")), ids=lambda path: path.stem)
def test_workbooks_of_the_world_by_events_alone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if path.stem != "pass_protected":
        found = rows(path)
        monkeypatch.setattr(PlainRows, "take", lambda *_: False)
        assert rows(path) == found


def test_plain_rows_are_taken_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sheet(tmp_path / "x.xlsx", "".join(PLAIN[:3]).encode())
    monkeypatch.setattr("libs.files.readers.xlsx.sheet.handlers_of", None)
    assert len(rows(path)) == 5


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"<row r='1'><row><c><v>1</v></c></row></row>", "FILE_DAMAGED"),
        (b"<row><c><c><v>1</v></c></c></row>", "FILE_DAMAGED"),
        (b"<row><c>" + b"<v>" * 9 + b"</v>" * 9 + b"</c></row>", "FILE_DAMAGED"),
        (b"<x>" * 100 + b"</x>" * 100, "FILE_TOO_COMPLEX"),
        (b'<row x="' + b"x" * 9_000_000 + b'"/>', "FILE_TOO_COMPLEX"),
        (b'<row r="1"><c r="A1" t="str"><v>&nosuch;</v></c></row>', "FILE_DAMAGED"),
        (b'<row r="1"><c r="A1" t="str"><v>\xff</v></c></row>', "FILE_DAMAGED"),
        (b'<row r="1"><c r="A1"><v>1</v></c>', "FILE_DAMAGED"),
    ],
)
def test_xml_that_is_not_read(tmp_path: Path, data: bytes, code: str) -> None:
    path = sheet(tmp_path / "x.xlsx", data, tail=b"</sheetData></worksheet>")
    with pytest.raises(UnreadableError) as refused:
        rows(path)
    assert refused.value.code == code


@pytest.mark.parametrize("character", ["&#0;", "&#x0;", "&#xD800;", "&#57343;"])
def test_what_is_no_character_of_xml_is_damage(tmp_path: Path, character: str) -> None:
    """Within plain rows as within those that are left to the events."""
    for odd in ("", "<!-- -->"):
        path = sheet(tmp_path / "x.xlsx", f'<row r="1">{odd}{cell("A1", character)}</row>'.encode())
        with pytest.raises(UnreadableError) as refused:
            rows(path)
        assert refused.value.code == "FILE_DAMAGED"


@pytest.mark.parametrize(
    ("written", "text"),
    [("_x000D_", "\r"), ("_x0000_", "\0"), ("_xD800_", "_xD800_"), ("_xdfff_", "_xdfff_"), ("_xD7FF_", "\ud7ff")],
)
def test_halves_of_characters_stay_as_they_are_written(tmp_path: Path, written: str, text: str) -> None:
    assert rows(sheet(tmp_path / "x.xlsx", f'<row r="1">{cell("A1", written)}</row>'.encode())) == [(1, [text])]


@pytest.mark.parametrize("index", ["²", "٣", "9" * 5_000, "-1", "x"])
def test_what_is_no_index_names_no_string(tmp_path: Path, index: str) -> None:
    data = f'<row r="1"><c r="A1"><v>1</v></c><c r="B1" t="s"><v>{index}</v></c></row>'
    assert rows(sheet(tmp_path / "x.xlsx", data.encode())) == [(1, ["1", ""])]


@pytest.mark.parametrize("number", ["²", "٣", "", "x"])
def test_a_row_without_a_number_is_the_next(tmp_path: Path, number: str) -> None:
    data = f'<row r="4"><c r="A4"><v>4</v></c></row><row r="{number}"><c r="A5"><v>5</v></c></row>'
    assert rows(sheet(tmp_path / "x.xlsx", data.encode())) == [(4, ["4"]), (5, ["5"])]


@pytest.mark.parametrize("number", ["1048577", "99999999999", "9" * 5_000])
def test_a_row_behind_the_last_one_is_damage(tmp_path: Path, number: str) -> None:
    data = '<row r="1048576"><c r="A1"><v>1</v></c></row>'
    assert rows(sheet(tmp_path / "x.xlsx", data.encode())) == [(1_048_576, ["1"])]
    with pytest.raises(UnreadableError) as refused:
        rows(sheet(tmp_path / "x.xlsx", data.replace("1048576", number).encode()))
    assert refused.value.code == "FILE_DAMAGED"


def test_a_row_that_is_too_long_costs_itself(tmp_path: Path) -> None:
    long = "".join(f'<c r="{letters}2" t="str"><v>{"x" * 32_000}</v></c>' for letters in list(COLUMNS)[:40])
    data = f'<row r="1"><c r="A1"><v>1</v></c></row><row r="2">{long}</row><row r="3"><c r="A3"><v>3</v></c></row>'
    cut = f'<row r="4"><c r="A4" t="str"><v>{"y" * 40_000}</v></c></row><row r="5"><c r="A5"><v>5</v></c></row>'
    with opened(sheet(tmp_path / "x.xlsx", (data + cut).encode())) as book:
        found = [
            (number, cells, stretch.faults.get(row))
            for stretch in book.read(book.names[0], Position(0, 1))
            for row, (number, cells) in enumerate(zip(stretch.numbers, stretch.rows, strict=True))
        ]
    assert found == [
        (1, ["1"], None), (2, [], "RECORD_TOO_LONG"), (3, ["3"], None), (4, [], "RECORD_TOO_LONG"), (5, ["5"], None),
    ]  # fmt: skip


@pytest.mark.parametrize("since_1904", [False, True])
def test_dates_of_both_epochs(tmp_path: Path, *, since_1904: bool) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path, {"date_1904": since_1904}) as book:
        page = book.add_worksheet()
        shown = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        for row, moment in enumerate(("2025-12-31", "2026-01-01T13:45:30")):
            page.write_datetime(row, 0, datetime.datetime.fromisoformat(moment), shown)
    assert rows(path) == [(1, ["2025-12-31"]), (2, ["2026-01-01 13:45:30"])]


def test_the_day_that_excel_invented(tmp_path: Path) -> None:
    """Excel has a 29 February 1900, so days before it count differently."""
    data = b"".join(b'<row r="%d"><c r="A%d" s="1"><v>%d</v></c></row>' % (n, n, n) for n in (1, 59, 61))
    path = sheet(tmp_path / "x.xlsx", data)
    assert [cells for _, cells in rows(path)] == [["1900-01-01"], ["1900-02-28"], ["1900-03-01"]]


def test_sheets_that_are_hidden_and_several(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        for name in ("Ẩn", "Một", "Hai"):
            page = book.add_worksheet(name)
            page.write_column(0, 0, [name, f"{name} 1"])
            if name == "Ẩn":
                page.hide()
            if name == "Một":
                page.activate()
                page.set_first_sheet()
    data = path.read_bytes()
    with table_of(data) as table:
        assert (table.source.sheet, table.sheets, table.header) == ("Một", ["Một", "Hai"], ["Một"])
    with table_of(data, sheet="Ẩn") as table:
        assert table.header == ["Ẩn"]


def test_a_table_is_filled_up_to_its_header_and_starts_below_titles(tmp_path: Path) -> None:
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        page = book.add_worksheet()
        page.merge_range(0, 0, 0, 2, "SỔ ĐĂNG KÝ")
        page.write_row(3, 0, ["mã", "tên", "ghi chú", ""])
        page.write_row(4, 0, ["007", "=1+1"])
        page.write_row(5, 0, ["1", "a", "b"])
        page.write_row(1_000_000, 0, ["8", "b", "c", "d", "e"])
    with table_of(path.read_bytes()) as table:
        assert (table.source.header_row, table.header) == (4, ["mã", "tên", "ghi chú"])
        assert rows_of(table) == [
            (5, ["007", "0", ""], None, b"007,0,\r\n"),
            (6, ["1", "a", "b"], None, b"1,a,b\r\n"),
            (1_000_001, ["8", "b", "c", "d", "e"], None, b"8,b,c,d,e\r\n"),
        ]
        assert table.head() == "\ufeffmã,tên,ghi chú\r\n".encode()
    with table_of(path.read_bytes(), header_row=5) as table:
        assert table.header == ["007", "0"]
