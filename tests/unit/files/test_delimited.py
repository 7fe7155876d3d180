"""Delimited text: every good row is read, every bad one is named, wherever the file is cut while it is read."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.files.readers.delimited import Dialect, read_delimited
from libs.files.readers.segments import segments
from libs.files.readers.stretches import LARGEST_RECORD, MOST_LINES, Position
from libs.files.sniffing.vietnamese import register
from tests.root import ROOT

register()
SAMPLES = ROOT / "tests" / "samples" / "files"
Read = list[tuple[int, int, list[str], str | None, bytes]]

relaxed = settings(deadline=None, max_examples=150)


def read(data: bytes, *, block: int = 1024 * 1024, dialect: Dialect | None = None) -> Read:
    """Line, offset, cells, fault and bytes of each row."""
    rows: Read = []
    for stretch in read_delimited(io.BytesIO(data), dialect or Dialect(), Position(), block=block):
        places = stretch.positions(range(len(stretch.rows)))
        rows += [
            (place.line, place.offset, cells, stretch.faults.get(row), stretch.raw(row))
            for row, (place, cells) in enumerate(zip(places, stretch.rows, strict=True))
        ]
    return rows


def cells(data: bytes, **how: int) -> list[list[str]]:
    return [row[2] for row in read(data, **how)]


def faults(data: bytes) -> list[tuple[int, str]]:
    return [(line, fault) for line, _, _, fault, _ in read(data) if fault]


def test_one_fault_a_row() -> None:
    data = (SAMPLES / "made" / "bad.csv").read_bytes()
    assert faults(data) == [(7, "ENCODING"), (11, "QUOTE_UNCLOSED")]
    assert [row[0] for row in cells(data) if row] == ["id", "1", "2", "3", "4", "6", "7", "8", "10", "11"]


def test_every_byte_belongs_to_a_row_or_to_a_blank_line() -> None:
    data = (SAMPLES / "made" / "bad.csv").read_bytes()
    assert b"".join(row[4] for row in read(data)) == data
    for _, offset, _, _, raw in read(data):
        assert data[offset : offset + len(raw)] == raw


@pytest.mark.parametrize("path", sorted((SAMPLES / "csv-spectrum").glob("*.csv")), ids=lambda path: path.stem)
def test_what_csv_files_of_the_world_hold(path: Path) -> None:
    expected = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline="")))
    assert cells(path.read_bytes()) == [row for row in expected if row]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_any_way(end: str) -> None:
    data = end.join(["a,b", "1,2", '"x","y"', "3,4"]).encode()
    for block in range(1, len(data) + 2):
        assert cells(data, block=block) == [["a", "b"], ["1", "2"], ["x", "y"], ["3", "4"]]


def test_lines_that_end_in_different_ways() -> None:
    assert cells(b"a,b\r\n1,2\n3,4\r5,6\n") == [["a", "b"], ["1", "2"], ["3", "4"], ["5", "6"]]


LINES = st.sampled_from(
    [
        "a,b",
        "1,2",
        '"x',
        'y"',
        '"p,q",r',
        '"two\nlines",z',
        '"a""b",c',
        '"bad"tail,d',
        "",
        "é,ơ",
        "lone\rcr,x",
        '""',
        '"""',
    ],
)


@relaxed
@given(st.lists(LINES, max_size=12), st.sampled_from(["\n", "\r\n"]), st.integers(1, 40))
@example(['"x', "1,2", 'y"', "a,b"], "\n", 7)
@example(['"x', *["1,2"] * 8], "\n", 9)
def test_what_is_read_does_not_depend_on_where_it_is_cut(lines: list[str], end: str, block: int) -> None:
    data = end.join(lines).encode()
    assert read(data, block=block) == read(data)


CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8)


@relaxed
@given(st.lists(st.lists(CELLS, min_size=2, max_size=4), max_size=8), st.integers(1, 50))
def test_what_was_written_is_read(rows: list[list[str]], block: int) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows(rows)
    assert cells(text.getvalue().encode(), block=block) == rows


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_wide_encodings(encoding: str) -> None:
    text = 'tên,ghi chú\nHuế,"hai\ndòng"\n\u0a0a\u0a00,x\n'
    data = text.encode(encoding)
    for block in (1, 2, 3, 5, 7, 64, 1_000):
        rows = read(data, block=block, dialect=Dialect(encoding=encoding))
        assert [row[2] for row in rows] == [["tên", "ghi chú"], ["Huế", "hai\ndòng"], ["\u0a0a\u0a00", "x"]]
        assert b"".join(row[4] for row in rows) == data


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    ("text", "cut", "bad"),
    [
        ("a,b\n1,2\n3,4\n", 1, [3]),
        ("a,b\n1,2\n3", 1, [3]),
        ("a,b\n1,2\n3,4\n\u2028", 1, [4]),
        ("a,b\n1,\ud800\n3,4\n", 0, [2]),
        ("a,b\n\udc00,2\n3,\ud800", 0, [2, 3]),
        ("a,b\n1,2\n3,\ud800\u2041", 1, [3]),
    ],
)
def test_what_is_no_utf_16_costs_its_row(encoding: str, text: str, cut: int, bad: list[int]) -> None:
    """As of a file that was cut while it was copied: half a character is left."""
    whole = text.encode(encoding, "surrogatepass")
    data = whole[: len(whole) - cut]
    for block in (1, 2, 3, 5, 1_000):
        rows = read(data, block=block, dialect=Dialect(encoding=encoding))
        assert [(line, fault) for line, _, _, fault, _ in rows if fault] == [(line, "ENCODING") for line in bad]
        assert b"".join(row[4] for row in rows) == data


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "utf-16-le"])
def test_a_line_that_is_too_long_in_any_encoding(encoding: str) -> None:
    wide = "utf-16-le" if encoding == "utf-16-le" else "ascii"
    data = f"a,b\n{'x' * 3 * LARGEST_RECORD}\n1,2\n".encode(wide)
    rows = read(data, dialect=Dialect(encoding=encoding))
    assert [(row[2], row[3]) for row in rows] == [(["a", "b"], None), ([], "RECORD_TOO_LONG"), (["1", "2"], None)]


def test_a_quote_that_is_never_closed_costs_its_line() -> None:
    good = [f"{number},x" for number in range(3 * MOST_LINES)]
    data = "\n".join([*good[:10], '"open,x', *good[10:]]).encode()
    assert faults(data) == [(11, "QUOTE_UNCLOSED")]
    assert len(read(data)) == len(good) + 1


def test_a_quote_that_a_later_one_closes_wrongly_costs_its_line() -> None:
    assert faults(b'a,b\n1,"open\n2,x\n3,"y","z"w\n4,z\n') == [(2, "QUOTE_MISPLACED"), (4, "QUOTE_MISPLACED")]
    assert [row[0] for row in cells(b'a,b\n1,"open\n2,x\n3,"y"\n4,z\n') if row] == ["a", "2", "3", "4"]


def test_a_line_that_is_too_long_costs_itself() -> None:
    data = b"a,b\n" + b"x" * (3 * LARGEST_RECORD) + b"\n1,2\n"
    assert [(row[0], row[3]) for row in read(data)] == [(1, None), (2, "RECORD_TOO_LONG"), (3, None)]
    assert read(data)[2][1] == data.index(b"1,2")


@pytest.mark.parametrize("size", [LARGEST_RECORD - 2, LARGEST_RECORD + 10])
def test_a_record_of_about_the_largest_size(size: int) -> None:
    """A line is judged by its size, and not by whether a block happens to hold it."""
    data = b"a,b\n" + b"x" * (size - 2) + b",1\n" + b"1,2\n"
    for block in (1024, 1024 * 1024, 4 * 1024 * 1024):
        assert (read(data, block=block)[1][3] is None) == (size <= LARGEST_RECORD)


def test_a_record_of_too_many_lines_costs_its_first() -> None:
    data = b'a,b\n"' + b"x\n" * (MOST_LINES + 5) + b'",1\n'
    assert read(data)[1][3] == "QUOTE_UNCLOSED"
    assert read(data, block=100) == read(data)


@pytest.mark.parametrize("records", [1, 2, 3, 7, 100])
def test_segments_are_the_same_from_any_border(records: int) -> None:
    data = "\n".join(['"two\nlines",1' if n % 3 == 0 else f"{n},x" for n in range(20)]).encode()

    def cut(start: Position, number: int) -> list[tuple[int, Position, Position, list[tuple[list[str], str | None]]]]:
        stretches = read_delimited(io.BytesIO(data[start.offset :]), Dialect(), start, block=11)
        found = segments(stretches, start, records=records, number=number)
        return [(each.number, each.start, each.end, list(each.rows())) for each in found]

    whole = cut(Position(), 0)
    assert [len(rows) for *_, rows in whole][:-1] == [records] * (len(whole) - 1)
    for number, start, _, _ in whole:
        assert cut(start, number) == whole[number:]


def test_a_segment_gives_its_rows_back() -> None:
    data = b'a,1\n"b\nb",2\nc,3\nd,4\n'
    (segment,) = segments(read_delimited(io.BytesIO(data), Dialect(), Position(), block=6), Position(), records=10)
    assert segment.size == 4
    assert [segment.raw(index) for index in range(4)] == [b"a,1\n", b'"b\nb",2\n', b"c,3\n", b"d,4\n"]
    assert segment.places([2]) == [Position(12, 4)]
