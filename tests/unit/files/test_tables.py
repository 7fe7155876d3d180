"""Opening a file: what it is, is told by its content first; what cannot be read says why."""

import gzip
import io
import tarfile
import tracemalloc
import unicodedata
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
import zstandard

from libs.contracts.files.mappings import Source
from libs.contracts.texts.problems import PROBLEMS
from libs.files.failures import UnreadableError
from libs.files.inflating import Inflated
from libs.files.sniffing.look import ending_of
from libs.files.sniffing.zipped import MOST_DIRECTORY
from libs.files.tables import open_table
from tests.root import ROOT
from tests.unit.files.streams import COMPRESS, Bytes, Repeated, cut, faults, opened, read, rows_of

SAMPLES = ROOT / "tests" / "samples" / "files"
CSV = "mã,tên\n1,Hà Nội\n2,Huế\n".encode()
XLSX = (SAMPLES / "calamine" / "date.xlsx").read_bytes()


def refused(data: bytes, **how: Any) -> str:
    """The code with which a file is refused, which has to be worded."""
    with pytest.raises(UnreadableError) as error, opened(data, **how):
        pass
    problem = PROBLEMS[error.value.code]
    assert problem.detail.format_map(error.value.params) != problem.detail_vi.format_map(error.value.params)
    return error.value.code


@pytest.mark.parametrize("encoding", ["utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("name", ["a.csv", "a.json"])
def test_utf_32_is_told_by_its_mark_and_refused(encoding: str, name: str) -> None:
    for text in (CSV.decode(), '[{"a": 1}]'):
        assert refused(f"\ufeff{text}".encode(encoding), name=name) == "ENCODING_UNKNOWN"


NAMES = [
    b"a\0,b\n1,2\n",
    b'[{"a\\u0000": 1, "b": 2}]',
    b'[{"a\\ud800": 1, "b": 2}]',
    b'{"a\\u0000": 1, "b": 2}\n{"b": 3}\n',
    b'{"a\\udfff": 1, "b": 2}\n{"b": 3}\n',
]


@pytest.mark.parametrize("data", NAMES)
def test_names_of_columns_hold_what_can_be_stored_alone(data: bytes) -> None:
    header, rows = read(data)
    assert (header, rows[0]) == (["a\ufffd", "b"], ["1", "2"])


@pytest.mark.parametrize("name", ["", "a.csv", "a.xlsx", "a.json", "a.parquet.gz", "a"])
@pytest.mark.parametrize("how", COMPRESS)
def test_a_wrong_ending_is_no_fault(how: str, name: str) -> None:
    assert read(COMPRESS[how](CSV), name=name) == (["mã", "tên"], [["1", "Hà Nội"], ["2", "Huế"]])
    with opened(COMPRESS[how](XLSX), name=name) as table:
        assert (table.source.format, table.header) == ("xlsx", ["2021-01-01", "15"])


@pytest.mark.parametrize("how", COMPRESS)
def test_segments_of_a_compressed_file_are_the_same_from_any_border(how: str) -> None:
    data = "".join(f"{n},{'x' * (n % 90)}\n" for n in range(500)).encode()
    with opened(COMPRESS[how](b"a,b\n" + data)) as table:
        whole = cut(table, table.first, 0, 60)
        assert sum(len(rows) for *_, rows, _ in whole) == 500
        for number, start, *_ in whole:
            assert cut(table, start, number, 60) == whole[number:]


def tar(data: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a.csv"), io.BytesIO(data))
    return file.getvalue()


def zipped(name: str, data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, data)
    return file.getvalue()


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    return file.getvalue()


def changed(part: str, old: bytes, new: bytes) -> bytes:
    """A workbook with one part rewritten."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(XLSX)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            assert name != part or old in data
            target.writestr(name, data.replace(old, new) if name == part else data)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "FILE_EMPTY"),
        (gzip.compress(b""), "FILE_EMPTY"),
        (b"\n\r\n\n", "FILE_EMPTY"),
        (b"a,b\n", "FILE_HEADER_ONLY"),
        (workbook([["a", "b"]]), "FILE_HEADER_ONLY"),
        (gzip.compress(gzip.compress(CSV)), "FILE_ARCHIVE"),
        (gzip.compress(zstandard.compress(CSV)), "FILE_ARCHIVE"),
        (zipped("a.csv", CSV), "FILE_ARCHIVE"),
        (zipped("xl.xlsx", XLSX), "FILE_ARCHIVE"),
        (tar(CSV), "FILE_ARCHIVE"),
        (gzip.compress(tar(CSV)), "FILE_ARCHIVE"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(100), "FILE_ARCHIVE"),
        (b"%PDF-1.7\n" + bytes(100), "FILE_FORMAT_UNKNOWN"),
        (b"\x7fELF" + bytes(range(256)), "FILE_FORMAT_UNKNOWN"),
        (bytes(range(1, 32)) * 9, "FILE_FORMAT_UNKNOWN"),
        (gzip.compress(CSV)[:-9], "FILE_CUT_SHORT"),
        (zstandard.compress(CSV * 500)[:-3], "FILE_CUT_SHORT"),
        (gzip.compress(CSV)[:-8] + bytes(8), "FILE_DAMAGED"),
        ((SAMPLES / "calamine" / "pass_protected.xlsx").read_bytes(), "FILE_ENCRYPTED"),
        ((SAMPLES / "calamine" / "vba.xlsm").read_bytes(), "FILE_MACROS"),
        (changed("xl/workbook.xml", b"<workbook", b"<!DOCTYPE w [<!ENTITY a 'b'>]><workbook"), "FILE_DOCTYPE"),
        (changed("xl/worksheets/sheet1.xml", b"<worksheet", b"<!DOCTYPE w []><worksheet"), "FILE_DOCTYPE"),
        (XLSX[: len(XLSX) // 2], "FILE_DAMAGED"),
        ((SAMPLES / "calamine" / "empty_sheet.xlsx").read_bytes(), "FILE_EMPTY"),
        (",".join(["c"] * 20_000).encode() + b"\n1\n", "FILE_TOO_MANY_COLUMNS"),
        (b"c," * 10_000_000 + b"c\n1\n", "FILE_HEADER_UNREADABLE"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_refused_as_a_whole(data: bytes, code: str) -> None:
    assert refused(data) == code


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ({"encoding": "no-such"}, "ENCODING_UNKNOWN"),
        ({"encoding": "utf-32"}, "ENCODING_UNKNOWN"),
        ({"encoding": "rot13"}, "ENCODING_UNKNOWN"),
        ({"encoding": "idna"}, "ENCODING_UNKNOWN"),
        ({"encoding": "utf-7"}, "ENCODING_UNKNOWN"),
        ({"delimiter": '"'}, "DELIMITER_INVALID"),
        ({"delimiter": ",,"}, "DELIMITER_INVALID"),
        ({"header_row": 9}, "FILE_HEADER_UNREADABLE"),
        ({"header_row": 3}, "FILE_HEADER_ONLY"),
    ],
)
def test_a_way_to_read_that_is_none(source: dict[str, Any], code: str) -> None:
    assert refused(CSV, **source) == code


def test_a_sheet_that_is_not_there() -> None:
    assert refused(XLSX, sheet="x") == "SHEET_UNKNOWN"


@pytest.mark.parametrize("how", ["gzip", "zstd"])
def test_a_bomb_is_stopped_while_it_swells(how: str) -> None:
    bomb = Inflated(Bytes(COMPRESS[how](bytes(50 * 1024 * 1024))), how, most=1024 * 1024)
    with pytest.raises(UnreadableError) as error:
        bomb.seek(100 * 1024 * 1024)
    assert (error.value.code, error.value.params) == ("FILE_SWELLS", {"limit": 1024 * 1024})


def test_a_part_of_a_workbook_that_swells(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.files.readers.xlsx.package.MOST_OF_SMALL", 10_000)
    data = changed("xl/workbook.xml", b"<workbook", b"<!--" + b" " * 20_000 + b"--><workbook")
    assert refused(data) == "FILE_SWELLS"


def test_a_directory_that_is_too_large_is_not_read() -> None:
    data = bytearray(XLSX)
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = (MOST_DIRECTORY + 1).to_bytes(4, "little")
    assert refused(bytes(data)) == "FILE_TOO_COMPLEX"


@pytest.mark.parametrize(
    ("name", "ending"),
    [("A.CSV.gz", "csv"), ("a.b.Zst", "b"), ("gz", ""), ("x.gz", ""), ("../a\n.csv", "csv"), ("", "")],
)
def test_endings(name: str, ending: str) -> None:
    assert ending_of(name) == ending


def test_a_person_says_how_to_read() -> None:
    data = "SỔ\nx|y\na;b|c\n1;2|3\n".encode()
    header, rows = read(data, delimiter=";", header_row=3)
    assert (header, rows) == (["a", "b|c"], [["1", "2|3"]])
    with opened(data, delimiter=";", header_row=3) as table:
        assert table.head() == "SỔ\nx|y\na;b|c\n".encode()
        assert table.source.header_row == 3


@pytest.mark.parametrize(
    ("named", "mark", "encoding"),
    [("UTF-16LE", b"\xff\xfe", "utf-16-le"), ("utf_16_be", b"", "utf-16-be"), ("UTF8", b"\xef\xbb\xbf", "utf-8")],
)
def test_an_encoding_has_several_names(named: str, mark: bytes, encoding: str) -> None:
    with opened(mark + "tên,b\n1,2\n".encode(encoding), encoding=named) as table:
        assert (table.source.encoding, table.header) == (encoding, ["tên", "b"])
        assert [cells for _, cells, _, _ in rows_of(table)] == [["1", "2"]]


def test_old_encodings_are_certain_once_a_person_names_them() -> None:
    data = (SAMPLES / "made" / "enc_tcvn3.csv").read_bytes()
    with opened(data) as table:
        assert (table.source.encoding, table.certain) == ("tcvn3", False)
    with opened(data, encoding="tcvn3") as table:
        assert table.certain
        assert table.header == ["Mã hoạt động", "Tên hoạt động", "Mục đích", "Căn cứ pháp lý"]


def test_rows_that_are_given_back_load_again(tmp_path: Path) -> None:
    data = '\ufeffTIÊU ĐỀ\r\nmã;tên\r\n1;"a\r\nb"\r\n2;c\r\n'.encode()
    with opened(data) as table:
        stretches = list(table.read(table.first))
        again = table.head() + b"".join(stretch.raw(row) for stretch in stretches for row in range(len(stretch.rows)))
    assert again == data


def test_two_may_read_one_table_at_once() -> None:
    data = b"a,b\n" + b"".join(b"%d,x\n" % n for n in range(120_000))
    with opened(gzip.compress(data)) as table:
        reading = table.read(table.first)
        first = next(reading)
        assert table.head() == b"a,b\n"
        assert next(iter(table.read(table.first))).rows == first.rows
        assert len(first.rows) + sum(len(stretch.rows) for stretch in reading) == 120_000


@pytest.mark.parametrize("name", ["x.csv", "x.ndjson"])
def test_a_line_of_two_gigabytes_costs_itself_and_no_memory(name: str) -> None:
    first, last = (b"a,b\n1,2\n", b"\n3,4\n") if name == "x.csv" else (b'{"a": 1}\n{"a": "', b'"}\n{"a": 3}\n')
    huge = Repeated(first, b"x", 2 * 1024**3, last)
    tracemalloc.start()
    try:
        with closing(open_table(huge, Source(), name=name)) as table:
            found = [(cells, fault) for _, cells, fault, _ in rows_of(table)]
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024 * 1024
    finally:
        tracemalloc.stop()
    assert [fault for _, fault in found] == [None, "RECORD_TOO_LONG", None]
    assert found[2][0][0] == "3"


def test_bytes_that_are_zero_belong_to_their_cell() -> None:
    """They are no fault of reading: a record that holds one is refused by its field."""
    assert read(b"a,b\n1,x\0y\n2,z\n") == (["a", "b"], [["1", "x\0y"], ["2", "z"]])


def test_an_unclosed_quote_on_line_two_costs_that_line() -> None:
    data = b'a,b\n1,"x\n' + b"".join(b"%d,y\n" % n for n in range(2, 5_000))
    assert faults(data) == [(2, "QUOTE_UNCLOSED")]
    assert len(read(data)[1]) == 4_999


@pytest.mark.parametrize("name", ["tcvn3", "cp1258", "utf-8_NFD", "utf-16le", "utf-16le+bom", "utf-8-sig"])
def test_each_encoding_gives_the_same_names(name: str) -> None:
    with opened((SAMPLES / "made" / f"enc_{name}.csv").read_bytes()) as table:
        header = [unicodedata.normalize("NFC", each) for each in table.header]
        assert header == ["Mã hoạt động", "Tên hoạt động", "Mục đích", "Căn cứ pháp lý"]
        assert len(rows_of(table)) == 3
        assert table.certain == (name != "tcvn3")


def test_vni_is_certain_once_a_person_names_it() -> None:
    text = "Maõ hoaït ñoäng;Muïc ñích;Caên cöù phaùp lyù\n1;Chaêm soùc khaùch haøng;hôïp ñoàng\n".encode("cp1252")
    with opened(text) as table:
        assert (table.source.encoding, table.certain) == ("vni", False)
        assert table.header == ["Mã hoạt động", "Mục đích", "Căn cứ pháp lý"]
    with opened(text, encoding="vni") as table:
        assert table.certain
        assert rows_of(table)[0][1] == ["1", "Chăm sóc khách hàng", "hợp đồng"]


def test_names_repeat_and_lack() -> None:
    assert read(b"a,,a, b \n1,2,3,4\n") == (["a", "", "a", "b"], [["1", "2", "3", "4"]])
