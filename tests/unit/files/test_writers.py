"""Writers of formats: what was written is read again, and nothing that is opened in a spreadsheet is computed."""

import csv
import io
import json
import zipfile

import pytest

from libs.files.failures import UnreadableError
from libs.files.writers import workbook
from libs.files.writers.cells import safe
from libs.files.writers.formats import WRITERS
from tests.unit.files.streams import read

HEADER = ["mã", "tên"]
ROWS = [["007", "Hà Nội"], ["", "hai\ndòng"], ["12", 'màn 5" "tốt"'], ["1.10", " x "]]


def written(name: str, rows: list[list[str]], header: list[str] | None = None) -> bytes:
    return b"".join(WRITERS[name].write(header or HEADER, iter(rows)))


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_written_is_read(name: str) -> None:
    assert read(written(name, ROWS)) == (HEADER, ROWS)


@pytest.mark.parametrize("name", [name for name, each in WRITERS.items() if each.continues])
def test_rows_go_behind_others(name: str) -> None:
    more = WRITERS[name].more
    assert more is not None
    assert written(name, ROWS[:2]) + b"".join(more(HEADER, ROWS[2:])) == written(name, ROWS)


FORMULAS = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1", "\n=1", "＝1+1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("formula", FORMULAS)
def test_nothing_is_computed(formula: str) -> None:
    assert safe(formula) == f"'{formula}"
    data = written("csv", [[formula, "x"]]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data, newline="")))[1] == [f"'{formula}", "x"]
    with zipfile.ZipFile(io.BytesIO(written("xlsx", [[formula, "http://example.com"]]))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f" not in sheet
        assert "hyperlink" not in sheet
    assert json.loads(written("ndjson", [[formula, ""]])) == {"mã": formula}


@pytest.mark.parametrize("number", ["+84912345678", "-5", "-3.5", "-1.000,5", "", "x-1"])
def test_what_computes_nothing_stays(number: str) -> None:
    assert safe(number) == number


def test_a_header_is_no_formula_either() -> None:
    assert written("csv", [], ["=1+1", "b"]).decode() == "\ufeff'=1+1,b\r\n"


@pytest.mark.parametrize("name", ["csv", "ndjson"])
def test_files_come_in_pieces(name: str) -> None:
    pieces = list(WRITERS[name].write(HEADER, ([str(n), "x" * 100] for n in range(20_000))))
    assert len(pieces) > 3
    assert max(map(len, pieces)) < 1024 * 1024


def test_a_full_sheet_is_followed_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 3)
    data = written("xlsx", [[str(n), "x"] for n in range(5)])
    assert [read(data, sheet=f"Sheet{n}")[1] for n in (1, 2, 3)] == [
        [["0", "x"], ["1", "x"]], [["2", "x"], ["3", "x"]], [["4", "x"]],
    ]  # fmt: skip


def test_a_text_beyond_a_cell_says_that_it_is_cut() -> None:
    ((text, _),) = read(written("xlsx", [["x" * 40_000, "y"]]))[1]
    assert (len(text), text[-5:]) == (32_767, "x […]")


def test_more_columns_than_a_sheet_has() -> None:
    with pytest.raises(UnreadableError):
        written("xlsx", [], ["c"] * 20_000)
