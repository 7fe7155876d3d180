"""Formats that a process of its own reads: what they hold, and that no file costs more than that process."""

import datetime
import io
import os
import signal
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa
import pytest
from pyarrow import parquet as pq

from libs.files.failures import UnreadableError
from libs.files.readers.outside.messages import Ended, receive, send
from libs.files.readers.outside.process import OutsideFile
from libs.files.readers.stretches import Position
from tests.root import ROOT
from tests.unit.files.streams import COMPRESS, cut, opened, read, rows_of
from tests.waiting import wait_until

SAMPLES = ROOT / "tests" / "samples" / "files"
XLS = SAMPLES / "made" / "register.xls"


@pytest.mark.parametrize("name", ["register.xls", "since-1904.xls"])
def test_a_workbook_of_before_2007(name: str) -> None:
    with opened((SAMPLES / "made" / name).read_bytes()) as table:
        assert (table.source.format, table.source.sheet, table.source.header_row) == ("xls", "Sổ", 2)
        assert (list(table.sheets), table.header) == (["Sổ"], ["Mã", "Tên", "Ngày", "Số"])
        assert [(line, cells) for line, cells, _, _ in rows_of(table)] == [
            (3, ["007", "Chăm sóc khách hàng", "2025-12-31", "24"]),
            (5, ["8", "TRUE", "2026-01-01 13:45:30", "0.5"]),
        ]
        assert rows_of(table, Position(0, 4)) == rows_of(table)[1:]
    assert read((SAMPLES / "made" / name).read_bytes(), sheet="Ẩn") == (["x"], [["y"]])


@pytest.mark.parametrize("how", COMPRESS)
def test_an_opendocument_spreadsheet(how: str) -> None:
    header, rows = read(COMPRESS[how]((SAMPLES / "calamine" / "date.ods").read_bytes()))
    assert (header, rows[0]) == (["2021-01-01", "15"], ["2021-01-01 10:10:10", "16"])


def spreadsheet(rows: str) -> bytes:
    """An ods with these rows."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr(
            "content.xml",
            '<?xml version="1.0"?>'
            '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
            'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
            'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet>'
            f'<table:table table:name="A">{rows}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
    return file.getvalue()


CELL = '<table:table-cell office:value-type="string"><text:p>x</text:p></table:table-cell>'


def far(rows: int) -> str:
    """A cell at the beginning, and one at the end of the last column of so many rows."""
    return (
        f"<table:table-row>{CELL}</table:table-row>"
        f'<table:table-row table:number-rows-repeated="{rows - 2}"><table:table-cell/></table:table-row>'
        f'<table:table-row><table:table-cell table:number-columns-repeated="16383"/>{CELL}</table:table-row>'
    )


def refused(data: bytes) -> str:
    with pytest.raises(UnreadableError) as error, opened(data):
        pass
    return error.value.code


@pytest.mark.parametrize("rows", [6_000, 1_048_576])
def test_cells_far_apart_cost_their_own_process(rows: int) -> None:
    """Empty cells take memory, too: 2 GB in the first case, 400 GB in the second."""
    assert read(spreadsheet(f"<table:table-row>{CELL}</table:table-row>" * 2)) == (["x"], [["x"]])
    assert refused(spreadsheet(far(rows))) == "FILE_NEEDS_TOO_MUCH"


def with_macros() -> bytes:
    """The workbook with a storage in its directory that only macros have."""
    data = bytearray(XLS.read_bytes())
    entry = data.index("Workbook".encode("utf-16-le")) + 128
    name = "_VBA_PROJECT_CUR".encode("utf-16-le") + b"\0\0"
    data[entry : entry + 66] = name.ljust(64, b"\0") + len(name).to_bytes(2, "little")
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (with_macros(), "FILE_MACROS"),
        (XLS.read_bytes()[:3_000], "FILE_DAMAGED"),
        (spreadsheet("")[:300], "FILE_DAMAGED"),
        (spreadsheet(""), "FILE_EMPTY"),
        (b"PAR1" + bytes(100) + b"PAR1", "FILE_DAMAGED"),
        (b"PAR1", "FILE_DAMAGED"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_refused(data: bytes, code: str) -> None:
    assert refused(data) == code


TABLE = pa.table(
    {
        "mã": ["001", None, "3"],
        "số": pa.array([1, 2, None], pa.int64()),
        "tỷ lệ": [0.5, 24.0, 0.1 + 0.2],
        "ngày": [datetime.date(2026, 1, 1), None, datetime.date(1999, 12, 31)],
        "lúc": [datetime.datetime.fromisoformat("2026-01-01T01:02:03"), None, None],
        "tiền": pa.array([Decimal("1.10"), None, Decimal("-2.00")], pa.decimal128(10, 2)),
        "có": [True, False, None],
        "nơi": [{"tỉnh": "Huế", "sâu": {"x": [1]}}, None, {"tỉnh": None, "sâu": None}],
        "loại": [["a", "b"], [], None],
        "thô": [b"\x00\xff", None, b""],
    }
)
ROWS = [
    ["001", "1", "0.5", "2026-01-01", "2026-01-01 01:02:03", "1.10", "true", "Huế", '{"x":[1]}', "a, b", "AP8="],
    ["", "2", "24", "", "", "", "false", "", "", "", ""],
    ["3", "", "0.3", "1999-12-31", "", "-2.00", "", "", "", "", ""],
]
HEADER = ["mã", "số", "tỷ lệ", "ngày", "lúc", "tiền", "có", "nơi.tỉnh", "nơi.sâu", "loại", "thô"]


def parquet(table: Any, **how: Any) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, **how)
    return file.getvalue()


@pytest.mark.parametrize("how", ["", "gzip"])
def test_parquet(how: str) -> None:
    data = COMPRESS[how](parquet(TABLE))
    assert read(data) == (HEADER, ROWS)
    with opened(data) as table:
        assert table.source.header_row == 1
        assert [line for line, *_ in rows_of(table)] == [2, 3, 4]
        assert table.share(table.first) == 1.0


def test_segments_of_row_groups_are_the_same_from_any_border() -> None:
    data = parquet(pa.table({"n": list(range(50)), "s": [f"x{n}" for n in range(50)]}), row_group_size=7)
    with opened(data) as table:
        whole = cut(table, table.first, 0, 9)
        assert sum(len(rows) for *_, rows, _ in whole) == 50
        for number, start, *_ in whole[::2]:
            assert cut(table, start, number, 9) == whole[number:]


def test_a_row_that_is_too_long_costs_itself() -> None:
    with opened(parquet(pa.table({"s": ["a", "x" * 2_000_000, "b"]}))) as table:
        assert [(line, cells, fault) for line, cells, fault, _ in rows_of(table)] == [
            (2, ["a"], None), (3, [""], "RECORD_TOO_LONG"), (4, ["b"], None),
        ]  # fmt: skip


def children() -> list[psutil.Process]:
    return psutil.Process().children()


def test_the_process_has_nothing_of_ours_and_ends_with_its_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLUICE_SECRET", "x")
    before = children()
    file = OutsideFile("xls", XLS.open("rb"))
    (child,) = [each for each in children() if each not in before]
    assert "SLUICE_SECRET" not in child.environ()
    reading = file.read("Sổ", Position(0, 1))
    next(reading)
    reading.close()
    assert child not in children()
    file.close()


def test_a_process_that_is_killed_is_a_refusal() -> None:
    before = children()
    file = OutsideFile("xls", XLS.open("rb"))
    (child,) = [each for each in children() if each not in before]
    os.kill(child.pid, signal.SIGKILL)
    wait_until(lambda: child.status() == psutil.STATUS_ZOMBIE, 10, "the process has ended")
    with pytest.raises(UnreadableError) as error:
        next(file.read("Sổ", Position(0, 1)))
    assert error.value.code == "FILE_NEEDS_TOO_MUCH"
    file.close()


@pytest.mark.parametrize("data", [b"", b"\x01", b"\x05\0\0\0\x01", b"\xff\xff\xff\xff" + bytes(100)])
def test_a_message_that_is_cut_is_none(data: bytes) -> None:
    assert receive(io.BytesIO(data)) is None
    whole = io.BytesIO()
    send(whole, Ended())
    whole.seek(0)
    assert receive(whole) == Ended()


def test_a_file_that_is_larger_than_its_format_is_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("libs.files.readers.outside.table.LARGEST_WORKBOOK", 1_000)
    assert refused(XLS.read_bytes()) == "FILE_TOO_LARGE_FOR_FORMAT"
