"""What is in a table: types, shapes, estimates and personal data, in one pass that can be taken up again."""

import csv
import io
import random
from typing import Any

import msgspec
import pytest

from libs.contracts.tasks.types.analyze import ColumnAnalysis
from libs.files.analysis.column import shape_of
from libs.files.analysis.distinct import Distinct
from libs.files.analysis.passing import EVERY, LOOKED_AT, Analysis, AnalysisState, looked_at
from libs.files.analysis.types import TYPES, still_possible
from libs.files.personal.values import is_bank_card, is_tax_code, kinds_of_value
from tests.unit.files.streams import opened


def table(header: list[str], rows: list[list[str]]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([header, *rows])
    return out.getvalue().encode()


def columns(data: bytes, **how: Any) -> list[ColumnAnalysis]:
    with opened(data) as file:
        analysis = Analysis(file)
        assert list(analysis.run())[-1] == 1.0
        return analysis.columns(**how)


def column(name: str, values: list[str]) -> ColumnAnalysis:
    return columns(table([name, "z"], [[value, "1"] for value in values]))[0]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1", "20", "-3", "0"], "integer"),
        (["1", "2.5", "12.000", "1e5"], "number"),
        (["007", "012"], "text"),
        (["Có", "không", "true"], "boolean"),
        (["2026-01-01", "2026-01-01 10:20:30", "2026-01-01T10:20:30.5Z"], "date"),
        (["31/12/2025", "1.2.2026"], "date"),
        (["0b5e3c9e-5d3c-4f7e-9d0b-0a0b0c0d0e0f", "0B5E3C9E5D3C4F7E9D0B0A0B0C0D0E0F"], "uuid"),
        (["1", "x y"], "text"),
        (["", " "], "empty"),
        (["1", "", " 2 "], "integer"),
    ],
)
def test_types(values: list[str], kind: str) -> None:
    found = column("c", values)
    assert found.type == kind
    assert found.empty == sum(not value.strip() for value in values)


@pytest.mark.parametrize("hostile", ["1" * 100_000, "1," * 50_000, "-" * 100_000, "1.1" * 30_000, " " * 50_000 + "x"])
def test_types_cost_what_values_weigh(hostile: str) -> None:
    assert still_possible(TYPES, [hostile] * 5) is not None
    assert kinds_of_value(hostile) == []


@pytest.mark.parametrize(
    ("header", "values", "kind"),
    [
        ("x", ["an@example.com", "b.c@example.vn"], "email"),
        ("x", ["0912345678", "+84 912 345 679", "02838221234"], "phone"),
        ("x", ["001095012345", "079201000001"], "citizen_id"),
        ("x", ["4111 1111 1111 1111", "5500000000000004"], "bank_card"),
        ("x", ["4111 1111 1111 1112", "5500000000000005"], None),
        ("x", ["0100109106", "0301446221", "0100109106-001"], "tax_code"),
        ("x", ["192.168.1.1", "10.0.0.1"], "device"),
        ("x", ["DN4010123456789"], "health_insurance"),
        ("x", ["30A-123.45", "51F12345"], "vehicle_plate"),
        ("x", ["Nguyễn Văn An", "Trần Thị Bình"], "full_name"),
        ("x", ["12 đường Lê Lợi, quận 1", "phường Hàng Bài, Hà Nội"], "address"),
        ("Ngày sinh", ["01/01/1990"], "birthday"),
        ("Tôn giáo", ["Không"], "religion"),
        ("Họ tên", ["an@example.com", "b@example.com"], "email"),
        ("ghi chú", ["một", "hai"], None),
        ("ngày tạo", ["01/01/2026"], None),
    ],
)
def test_personal_data(header: str, values: list[str], kind: str | None) -> None:
    assert column(header, values).personal_data == kind


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [(is_tax_code, "0100109106", "0100109107"), (is_bank_card, "4111111111111111", "4111111111111113")],
)
def test_check_digits(check: Any, right: str, wrong: str) -> None:
    assert check(right)
    assert not check(wrong)


def test_counts_of_a_column() -> None:
    found = column("c", ["AB-12", "CD-345", "", "AB-12"])
    assert (found.empty, found.distinct, found.longest, found.shape) == (1, 2, 6, "aa-99")
    assert shape_of("Huế 2026, số 7!") == "aaa 9999, aa 9!"
    assert len(shape_of("x" * 1_000)) == 40


@pytest.mark.parametrize("count", [10, 1_000, 20_000, 200_000])
def test_distinct_values_are_estimated(count: int) -> None:
    distinct = Distinct(1_024)
    values = [f"KH{number:07d}" for number in range(count)]
    random.Random(1).shuffle(values)
    for start in range(0, count, 7_000):
        distinct.add(values[start : start + 9_000])
    assert distinct.estimate() == pytest.approx(count, rel=0.1 if count > 1_024 else 0)
    assert len(distinct.hashes) <= 1_024


ROWS = [[f"{n}", f"Nguyễn Văn {n % 40}", f"a{n}@example.com", "x" * (n % 9), "Có"] for n in range(30_000)]
BIG = table(["id", "tên", "thư", "ghi chú", "đồng ý"], ROWS)


def test_a_pass_that_is_taken_up_again_tells_the_same() -> None:
    with opened(BIG) as file:
        whole = Analysis(file)
        for _ in whole.run():
            pass
        kept: list[bytes] = []
        state = None
        while next((analysis := Analysis(file, state)).run(), None) is not None:
            kept.append(msgspec.json.encode(analysis.state))
            state = msgspec.json.decode(kept[-1], type=AnalysisState)
        assert len(kept) > 5
        assert Analysis(file, state).columns() == whole.columns()
        assert state is not None
        assert (state.rows, state.faulty) == (30_000, 0)


def test_what_is_stored_holds_no_value() -> None:
    with opened(BIG) as file:
        analysis = Analysis(file)
        for _ in analysis.run():
            pass
        stored = msgspec.json.encode(analysis.state).decode()
        assert len(stored) < 100_000
        assert not [word for word in ("Nguy", "example.com", "Văn", "29999", "Có") if word in stored]
        assert "Nguy" not in str(analysis.columns())
        assert analysis.columns(samples=True)[1].samples == [f"Nguyễn Văn {n}" for n in range(5)]


def test_what_is_told_holds_what_can_be_stored_alone() -> None:
    found = columns(b'{"a": "x\\u0000", "b": 1}\n{"a": "y\\u0000 1", "b": 2}\n', samples=True)[0]
    assert (found.shape, found.samples) == ("a\ufffd", ["x\ufffd", "y\ufffd 1"])


def test_few_values_stay_in_the_process() -> None:
    with opened(BIG) as file:
        analysis = Analysis(file)
        for _ in analysis.run():
            pass
        assert analysis.values(4) == ("Có",)
        assert len(analysis.values(1)) == 40
        assert analysis.values(0) == ()


def test_rows_that_are_bad_are_counted_and_not_looked_at() -> None:
    with opened(b'a,b\n1,2\n3\n4,5,6\n7,"x\n8,9\n') as file:
        analysis = Analysis(file)
        for _ in analysis.run():
            pass
        assert (analysis.state.rows, analysis.state.faulty) == (5, 3)
        assert [each.distinct for each in analysis.columns()] == [2, 2]


def test_many_columns_take_no_more_memory() -> None:
    width = 1_500
    rows = [[f"{row}-{n}" for n in range(width)] for row in range(40)]
    with opened(table([f"c{n}" for n in range(width)], rows)) as file:
        analysis = Analysis(file)
        for _ in analysis.run():
            pass
        assert len(analysis.columns()) == width
        assert max(len(each.distinct.hashes) for each in analysis.state.columns) <= 66
        assert max(len(analysis.values(n)) for n in range(0, width, 99)) <= 33


def test_the_rows_that_are_looked_at_do_not_depend_on_stretches() -> None:
    whole = looked_at(0, 5_000)
    assert whole[:LOOKED_AT] == list(range(LOOKED_AT))
    for cut in (1, 999, 1_000, 1_001, LOOKED_AT + EVERY, 3_333):
        assert [*looked_at(0, cut), *(cut + row for row in looked_at(cut, 5_000 - cut))] == whole
