"""Mappings: which column is which field, and what its cells become."""

import csv
from typing import Any

import msgspec
import pytest

from libs.contracts.mappings import ColumnMapping, Mapping, Operation, Source
from libs.files.mapping.apply import Mapper, column_of
from libs.files.mapping.operations import CellError, compiled
from libs.files.mapping.propose import Column, propose
from libs.files.mapping.words import folded
from tests.root import ROOT

MADE = ROOT / "tests" / "samples" / "files" / "made"


def value(cell: Any, *operations: Operation, cells: tuple[str, ...] = ()) -> Any:
    for operation in operations:
        cell = compiled(operation)(cell, cells)
    return cell


@pytest.mark.parametrize(
    ("cell", "operation", "expected"),
    [
        ("  a ", Operation("trim"), "a"),
        ("a, b;c", Operation("split"), ["a", "b", "c"]),
        ("a/b", Operation("split", separator="/"), ["a", "b"]),
        ("31/12/2025", Operation("date"), "2025-12-31"),
        ("12-31-25", Operation("date", formats=["%m-%d-%y"]), "2025-12-31"),
        ("12.000", Operation("number"), 12_000),
        ("12,000", Operation("number"), 12_000),
        ("24.0", Operation("number"), 24),
        ("24 tháng", Operation("number", unit="months"), 24),
        ("2 năm", Operation("number", unit="months"), 24),
        ("Có", Operation("boolean"), True),
        ("không", Operation("boolean"), False),
        ("HỢP  đồng", Operation("value_map", map={"Hợp đồng": "contract"}), "contract"),
        ("x", Operation("lookup"), ["x"]),
        ("", Operation("default", value="consent"), "consent"),
        ("", Operation("number"), None),
    ],
)
def test_operations(cell: str, operation: Operation, expected: Any) -> None:
    assert value(cell, operation) == expected


def test_columns_are_joined() -> None:
    assert value("a", Operation("join", separator=" - ", columns=[1, 2]), cells=("a", " b ", "")) == "a - b"


@pytest.mark.parametrize(
    ("cell", "operation", "code"),
    [
        ("31/02/2025", Operation("date"), "CELL_DATE"),
        ("1.5", Operation("number"), "CELL_NUMBER"),
        ("24 tháng", Operation("number"), "CELL_NUMBER"),
        ("9" * 50, Operation("number"), "CELL_NUMBER"),
        ("có lẽ", Operation("boolean"), "CELL_BOOLEAN"),
        ("khác", Operation("value_map", map={"Hợp đồng": "contract"}), "CELL_UNKNOWN_VALUE"),
    ],
)
def test_what_a_cell_cannot_be(cell: str, operation: Operation, code: str) -> None:
    with pytest.raises(CellError) as refused:
        value(cell, operation)
    assert refused.value.code == code


def test_a_row_becomes_a_record_or_all_of_its_faults() -> None:
    mapping = Mapping(
        entity="processing-activities",
        columns=[
            ColumnMapping(index=0, name="Tên", target="activity_name_vi", operations=[Operation("trim")]),
            ColumnMapping(index=1, name="Ngày", target="started_on", operations=[Operation("date")]),
            ColumnMapping(index=2, name="DPIA", target="requires_dpia", operations=[Operation("boolean")]),
        ],
        constants={"legal_basis": "consent"},
    )
    mapper = Mapper(mapping, 3)
    assert msgspec.json.decode(mapper.apply(["a", "", "Có"]).raw) == {
        "legal_basis": "consent", "activity_name_vi": "a", "requires_dpia": True,
    }  # fmt: skip
    faulty = mapper.apply(["a", "x", "có lẽ"])
    assert [(fault.code, fault.pointer) for fault in faulty.faults] == [
        ("CELL_DATE", "/started_on"), ("CELL_BOOLEAN", "/requires_dpia"),
    ]  # fmt: skip
    assert [mapper.apply(cells).faults[0].code for cells in (["a"], ["a"] * 4)] == ["ROW_TOO_SHORT", "ROW_TOO_LONG"]
    assert column_of(mapping, "/started_on") == mapping.columns[1]
    assert column_of(mapping, "") is None


def test_a_vietnamese_register_is_understood() -> None:
    with (MADE / "vi-20-columns.csv").open(encoding="utf-8-sig", newline="") as file:
        header = next(csv.reader(file))
    found = propose("processing-activities", [Column(n, name) for n, name in enumerate(header)], Source())
    assert {column.name: column.target for column in found.columns if column.by == "synonym"} == {
        "Mã hoạt động": "external_id",
        "Hoạt động xử lý": "activity_name_vi",
        "Mục đích": "purpose_vi",
        "Cơ sở pháp lý": "legal_basis",
        "Loại dữ liệu": "data_category_external_ids",
        "Người nhận": "recipient_external_ids",
        "Thời gian lưu trữ": "retention_period_months",
    }
    assert found.unmapped == []


def test_names_of_fields_history_and_gaps() -> None:
    columns = [Column(0, "external_id"), Column(1, "Cột lạ"), Column(2, "zzz")]
    found = propose("recipients", columns, Source(), {folded("cột lạ"): "name_vi"})
    assert [(column.target, column.by) for column in found.columns] == [
        ("external_id", "exact"), ("name_vi", "history"), (None, "exact"),
    ]  # fmt: skip
    assert found.unmapped == ["recipient_type"]
