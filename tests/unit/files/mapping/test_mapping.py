"""Mappings: which column is which field, and what its cells become."""

import hashlib
import tracemalloc
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.contracts.files.mappings import ColumnMapping, Mapping, Operation, Source
from libs.contracts.texts.problems import RECORD_ERRORS
from libs.files.content import Content, Part
from libs.files.mapping.apply import Mapper, column_of
from libs.files.mapping.checking import faults_of
from libs.files.mapping.operations import MOST_ADDED, CellError, compiled
from libs.files.mapping.proposing.history import again, signature
from libs.files.mapping.proposing.propose import Column, propose
from libs.files.mapping.targets import targets_of
from libs.files.storage import FolderStorage
from libs.files.tables import Table, open_table
from tests.root import ROOT
from tests.unit.files.mapping.labelled_headers import HEADERS, HELD_OUT

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
        ('["a, b", " c;d "]', Operation("split"), ["a, b", "c;d"]),
        ("[a, b]", Operation("split"), ["[a", "b]"]),
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
        ("Khác ", Operation("value_map", map={"Hợp đồng": "contract"}), "Khác"),
        ("Mỹ", Operation("value_map", map={"Mỹ": "US"}), "US"),
        ("MY", Operation("value_map", map={"Mỹ": "US"}), "MY"),
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


def test_names_of_fields_history_and_gaps() -> None:
    columns = [Column(0, "external_id"), Column(1, "Cột lạ"), Column(2, "zzz")]
    found = propose(targets_of("recipients"), columns, Source(), history={"cột  LẠ": "name_vi", "zzz": "gone"})
    assert [(column.target, column.by) for column in found.columns] == [
        ("external_id", "exact"), ("name_vi", "history"), (None, "exact"),
    ]  # fmt: skip
    assert found.unmapped == ["recipient_type"]


MEASURES = ((HEADERS, 0.97, 0.95), (HELD_OUT, 0.95, 0.68))


@pytest.mark.parametrize(("labelled", "precision", "recall"), MEASURES, ids=["known", "held out"])
def test_headers_are_understood(
    labelled: Sequence[tuple[str, str, str | None]], precision: float, recall: float
) -> None:
    """By their names alone. What is taken wrongly costs more than what is not taken, so precision comes first."""
    found = [one(name, entity=entity).target for entity, name, _ in labelled]
    wanted = [target for _, _, target in labelled]
    right = sum(a == b is not None for a, b in zip(found, wanted, strict=True))
    assert right / sum(map(bool, found)) >= precision
    assert right / sum(map(bool, wanted)) >= recall


def opened(name: str, folder: Path) -> Table:
    data = (MADE / name).read_bytes()
    storage = FolderStorage(folder)
    storage.put("a/b", data)
    return open_table(Content(storage, [Part(0, len(data), hashlib.sha256(data).digest(), "a/b")]), Source())


def mapped(name: str, folder: Path, **how: Any) -> tuple[Mapping, list[Any]]:
    """A file's mapping as it is proposed, and the records that its rows become by it."""
    table = opened(name, folder)
    rows = [row for stretch in table.read(table.first) for row in stretch.rows]
    columns = [Column(n, header, tuple({row[n] for row in rows})) for n, header in enumerate(table.header)]
    found = propose(targets_of("processing-activities"), columns, table.source, **how)
    assert list(faults_of(found)) == []
    mapper = Mapper(found, len(table.header))
    return found, [msgspec.json.decode(mapper.apply(row).raw) for row in rows]


def test_a_register_of_twenty_columns_becomes_records(tmp_path: Path) -> None:
    found, records = mapped("vi-20-columns.csv", tmp_path)
    assert {column.name: column.target for column in found.columns if column.target} == {
        "Mã hoạt động": "external_id",
        "Hoạt động xử lý": "activity_name_vi",
        "Mục đích": "purpose_vi",
        "Cơ sở pháp lý": "legal_basis",
        "Loại dữ liệu": "data_category_external_ids",
        "Người nhận": "recipient_external_ids",
        "Thời gian lưu trữ": "retention_period_months",
        "Chủ thể dữ liệu": "subject_group",
        "Số lượng chủ thể": "data_subject_count",
        "Nơi lưu trữ": "system_location",
        "Biện pháp bảo mật": "security_measures_vi",
    }
    assert found.unmapped == []
    basis = found.columns[6].operations[1].map
    assert next(iter(basis.items())) in {("Hợp đồng", "contract"), ("Lợi ích hợp pháp", "legitimate_interest")}
    assert records == [
        {
            "external_id": "a1", "activity_name_vi": "Chăm sóc khách hàng", "purpose_vi": "Thực hiện hợp đồng",
            "legal_basis": "contract", "data_category_external_ids": ["Họ tên", "Số điện thoại"],
            "recipient_external_ids": ["processor", "third_party"], "retention_period_months": 24,
            "subject_group": "customers", "data_subject_count": 12_000, "system_location": "Hà Nội",
            "security_measures_vi": "Mã hoá, Phân quyền",
        },
        {
            "external_id": "a2", "activity_name_vi": "Quảng cáo", "purpose_vi": "Tiếp thị",
            # Which the record's own error then says that this law does not have.
            "legal_basis": "legitimate_interest", "data_category_external_ids": ["Hành vi duyệt web"],
            "retention_period_months": 60, "subject_group": "customers", "system_location": "Đà Nẵng",
        },
    ]  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.name for path in MADE.glob("enc_*.csv")))
def test_every_encoding_becomes_the_same_records(name: str, tmp_path: Path) -> None:
    found, records = mapped(name, tmp_path)
    targets = [column.target for column in found.columns]
    assert targets == ["external_id", "activity_name_vi", "purpose_vi", "legal_basis"]
    assert [record["legal_basis"] for record in records] == ["consent", "contract", "legal_obligation"]
    assert unicodedata.normalize("NFC", records[0]["activity_name_vi"]) == "Chăm sóc khách hàng"


def one(name: str, *values: str, entity: str = "processing-activities") -> ColumnMapping:
    return propose(targets_of(entity), [Column(0, name, values)], Source()).columns[0]


def test_values_say_what_a_name_does_not() -> None:
    basis = one("Cột 7", "Hợp đồng", "Đồng ý")
    assert (basis.target, basis.by, basis.reason) == ("legal_basis", "shape", "MAPPED_BY_SHAPE")
    assert one("Cột 8", "24 tháng", "2 năm", "").target == "retention_period_months"
    assert one("Cột 9", "24", "36").target is None
    assert one("x", "VN", "Mỹ", "Nhật Bản", entity="recipients").target == "country_code"
    assert one("Cột 7", "Hợp đồng lao động", "khác").target is None


def test_values_speak_against_a_name() -> None:
    """Yes and no are no names of transfers, and words no number of months; a person may still say so."""
    yes_and_no = one("Chuyển giao", "Có", "Không", "")
    assert yes_and_no.target is None
    assert yes_and_no.alternatives[0].target == "transfer_external_ids"
    assert one("Thời gian lưu trữ", "theo luật", "đến khi hết hợp đồng").target is None
    assert one("activity_id", "a1", "a2").target == "external_id"
    assert one("activity_id", "00000000-0000-0000-0000-000000000001").target == "activity_id"


def test_an_approved_mapping_of_the_same_header_comes_whole() -> None:
    header = ["Mã", "Tên", "Tên"]
    person = ColumnMapping(index=2, name="Tên", target="contact", by="person", operations=[Operation("trim")])
    approved = Mapping(entity="recipients", columns=[ColumnMapping(index=n, name=header[n]) for n in (0, 1)] + [person])
    assert signature(header) == signature(["mã", "TÊN", "ten"])
    assert signature(header) != signature([*header, ""])
    source = Source(delimiter=";")
    found = again(approved, ["Mã", "TÊN", "Tên "], source)
    assert [(column.name, column.target, column.by) for column in found.columns] == [
        ("Mã", None, "history"), ("TÊN", None, "history"), ("Tên ", "contact", "history"),
    ]  # fmt: skip
    assert (found.columns[2].operations, found.source) == (person.operations, source)


def test_advice_counts_where_nothing_better_is_known() -> None:
    columns = [Column(0, "external_id"), Column(1, "xyz"), Column(2, "Tên")]
    advice = [(0, "name_vi", 0.9), (1, "recipient_type", 0.8), (2, "name_vi", 0.6)]
    found = propose(targets_of("recipients"), columns, Source(), advice=advice)
    assert [(column.target, column.by) for column in found.columns] == [
        ("external_id", "exact"), ("recipient_type", "ai"), ("name_vi", "synonym"),
    ]  # fmt: skip


@given(
    st.lists(st.lists(st.sampled_from(["", "a", "a; b", "Có", "không", "24 tháng", "x" * 300]), min_size=4, max_size=4))
)
def test_a_cell_means_the_same_however_often_it_comes(rows: list[list[str]]) -> None:
    """What is remembered of a column is its own, and nothing where other columns count."""
    columns = [
        ColumnMapping(index=0, name="a", target="recipient_external_ids", operations=[Operation("split")]),
        ColumnMapping(index=1, name="b", target="recipient_external_ids", operations=[Operation("split")]),
        ColumnMapping(index=2, name="c", target="requires_dpia", operations=[Operation("boolean")]),
        ColumnMapping(index=3, name="d", target="purpose_vi", operations=[Operation("join", columns=[0])]),
        ColumnMapping(
            index=3, name="d", target="retention_period_months", operations=[Operation("number", unit="months")]
        ),
    ]
    mapping = Mapping(entity="processing-activities", columns=columns)
    mapper = Mapper(mapping, 4)
    assert [mapper.apply(row) for row in rows] == [Mapper(mapping, 4).apply(row) for row in rows]


@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!"])
def test_a_spreadsheets_error_is_a_fault_of_its_cell(error: str) -> None:
    """Where the column is mapped; elsewhere it concerns nobody."""
    mapping = Mapping(entity="recipients", columns=[ColumnMapping(index=0, name="Tên", target="name_vi")])
    (fault,) = Mapper(mapping, 2).apply([error, ""]).faults
    assert (fault.code, fault.pointer) == ("CELL_IN_ERROR", "/name_vi")
    assert not Mapper(mapping, 2).apply(["A", error]).faults


def test_no_more_is_joined_than_a_mapping_may_add() -> None:
    """What a mapping of before the limits asks for costs no memory either."""
    cells = ["x" * (MOST_ADDED - 1)] * 2
    joined = ColumnMapping(index=0, name="a", target="name_vi", operations=[Operation("join", columns=[1])])
    mapping = Mapping(entity="recipients", columns=[joined])
    assert len(Mapper(mapping, 2).draft(cells)["name_vi"]) == 2 * MOST_ADDED - 1
    more = Operation("join", separator="s" * 500_000, columns=[0] * 2_000)
    mapper = Mapper(replace(mapping, columns=[replace(joined, operations=[more])]), 2)
    tracemalloc.start()
    try:
        (fault,) = mapper.apply(cells).faults
        assert (fault.code, fault.pointer) == ("MAPPED_TOO_LONG", "/name_vi")
        assert mapper.draft(cells) == {"name_vi": cells[0]}
        assert tracemalloc.get_traced_memory()[1] < MOST_ADDED
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("operations", "cell"),
    [
        ([Operation("split"), Operation("value_map", map={"a": "v" * 4_000})], "a," * 300),
        ([Operation("default", value="v" * 4_000)], ""),
        ([Operation("join", columns=[0])], "a" * 4_000),
    ],
)
def test_a_mapping_adds_no_more_to_a_row_than_it_may(operations: list[Operation], cell: str) -> None:
    columns = [ColumnMapping(index=n, name="a", target=f"t{n}", operations=operations) for n in range(300)]
    mapper = Mapper(Mapping(entity=None, columns=columns), 300)
    mapped = mapper.apply([cell] * 300)
    assert (mapped.raw, [fault.code for fault in mapped.faults]) == (b"", ["MAPPED_TOO_LONG"])
    assert len(msgspec.json.encode(mapper.draft([cell] * 300))) < 3 * 300 * 4_000
    assert RECORD_ERRORS["MAPPED_TOO_LONG"].text({})[0].count(f"{MOST_ADDED:,}")
