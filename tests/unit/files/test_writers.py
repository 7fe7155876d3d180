"""Writers of formats: what was written is read again, and nothing that is opened in a spreadsheet is computed."""

import csv
import io
import json
import zipfile
from contextlib import closing

import pytest

from libs.files.writers.cells import safe
from libs.files.writers.formats import WRITERS
from tests.unit.files.streams import read

HEADER = ["mã", "tên"]
ROWS = [["007", "Hà Nội"], ["", "hai\ndòng"], ["12", 'màn 5" "tốt"'], ["1.10", " x "], ["+84912345678", "-5"]]


def written(name: str, rows: list[list[str]], header: list[str] | None = None) -> bytes:
    columns = header or HEADER
    with closing(WRITERS[name](columns)) as writer:
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        return b"".join([writer.head(), writer.rows(records[:2]), writer.rows(records[2:]), *writer.tail()])


@pytest.mark.parametrize("name", WRITERS)
def test_what_was_written_is_read(name: str) -> None:
    assert read(written(name, ROWS)) == (HEADER, ROWS)


FORMULAS = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\uff1d1+1",
    '=HYPERLINK("http://x")',
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_nothing_is_computed(formula: str) -> None:
    data = written("csv", [[formula, "x"]], [formula, "b"]).decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(data, newline=""))) == [[f"'{formula}", "b"], [f"'{formula}", "x"]]
    with zipfile.ZipFile(io.BytesIO(written("xlsx", [[formula, "http://example.com"]]))) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        assert "<f" not in sheet
        assert "hyperlink" not in sheet
    assert json.loads(written("ndjson", [[formula, ""]]))["mã"] == formula


@pytest.mark.parametrize("text", ["+84912345678", "-5", "-3.5", "-1.000,5", "", "x-1"])
def test_what_computes_nothing_stays(text: str) -> None:
    assert safe(text) == text
