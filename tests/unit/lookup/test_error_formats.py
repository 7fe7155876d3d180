"""Errors as CSV and NDJSON: nothing is lost, and no spreadsheet takes a cell for a formula."""

import csv
import io
import json

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.contracts.chunks import Fault, RecordErrorView, Reject, RowErrorView, error_views
from libs.lookup.outcomes.error_formats import as_csv, as_ndjson, raw_records, safe_cell

FORMULA = ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20"]
relaxed = settings(deadline=None, max_examples=50)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
risky = st.builds(lambda start, rest: start + rest, st.sampled_from(FORMULA), texts)
faults = st.builds(Fault, st.sampled_from(["REQUIRED", "EXPECTED_TEXT", "ID_EXISTS"]), texts | risky)
rejects = st.builds(
    Reject, st.integers(0, 10**6), st.sampled_from(["validate", "reference", "write"]),
    st.lists(faults, min_size=1, max_size=3), st.binary(max_size=30), st.none() | texts, st.none() | texts | risky,
)  # fmt: skip
pages = st.lists(st.lists(rejects, max_size=3), max_size=3)


def views_of(page: list[Reject]) -> list[RecordErrorView]:
    return [view for reject in page for view in error_views(reject)]


def views(some: list[list[Reject]]) -> list[RecordErrorView]:
    return [view for page in some for view in views_of(page)]


def table(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


@given(pages)
@relaxed
def test_a_table_holds_every_error_and_no_formula(some: list[list[Reject]]) -> None:
    header, *rows = table(b"".join(as_csv(map(views_of, some))))
    assert tuple(header) == RecordErrorView.__struct_fields__
    expected = [["" if cell is None else str(cell) for cell in msgspec.structs.astuple(view)] for view in views(some)]
    assert [[cell.removeprefix("'") for cell in row] for row in rows] == [
        [cell.removeprefix("'") for cell in row] for row in expected
    ]
    for row in rows:
        assert not any(cell.startswith(tuple(FORMULA)) for cell in row)


@given(texts | risky)
@example('=HYPERLINK("http://x";"y")')
@example("@SUM(1)")
@example("+84901234567")
@example("\t=1")
@relaxed
def test_a_cell_is_changed_only_where_it_could_be_a_formula(text: str) -> None:
    assert safe_cell(text) == (f"'{text}" if text.startswith(tuple(FORMULA)) else text)


def test_a_table_opens_with_the_mark_of_utf_8_and_ends_its_lines_as_rfc_4180_says() -> None:
    data = b"".join(as_csv([views_of([Reject(0, "validate", [Fault("REQUIRED", "/name_vi")], b"")])]))
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 2
    assert "bắt buộc" in data.decode()


def test_a_row_of_a_file_says_where_it_is() -> None:
    (view,) = views_of([Reject(0, "validate", [Fault("REQUIRED", "/name_vi")], b"")])
    at = RowErrorView(**{**msgspec.structs.asdict(view), "row": "Sheet!7", "column": "=Name"})
    header, row = table(b"".join(as_csv([[at]], RowErrorView)))
    told = dict(zip(header, row, strict=True))
    assert (told["row"], told["column"], told["offset"]) == ("Sheet!7", "'=Name", "")


def test_without_errors_there_is_the_header_alone() -> None:
    assert len(table(b"".join(as_csv([])))) == 1
    assert b"".join(as_ndjson([])) == b""
    assert b"".join(raw_records([])) == b""


@given(pages)
@relaxed
def test_lines_of_json_hold_every_error(some: list[list[Reject]]) -> None:
    lines = b"".join(as_ndjson(map(views_of, some))).splitlines()
    assert [msgspec.convert(json.loads(line), RecordErrorView) for line in lines] == views(some)


@pytest.mark.parametrize("raw", [b'{"a":\r\n 1}', b'{"a":\n1}\n', b'{"a":"\xff"}'])
def test_a_rejected_record_stays_on_one_line(raw: bytes) -> None:
    data = b"".join(raw_records([[Reject(0, "validate", [], raw), Reject(1, "validate", [], b"{}")]]))
    first, second, end = data.split(b"\n")
    assert (second, end) == (b"{}", b"")
    assert first.replace(b" ", b"") == raw.replace(b"\r", b"").replace(b"\n", b"").replace(b" ", b"")
