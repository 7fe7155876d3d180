"""Which mappings can be applied, and that those never fail a row in a way that nobody foresaw."""

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.contracts.files.mappings import ColumnMapping, Mapping, Operation, Source
from libs.contracts.inventory.members import MAX_TEXT
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts import TEXTS
from libs.files.mapping.apply import Mapper
from libs.files.mapping.checking import faults_of
from libs.files.mapping.proposing.propose import Column, propose
from libs.files.mapping.targets import targets_in, targets_of

ENTITY = "data-transfers"
SECOND = "/columns/0/operations/1"
MIB = 1024 * 1024


def mapping(*operations: Operation, target: str | None = "name_vi", **more: Any) -> Mapping:
    columns = [
        ColumnMapping(index=0, name="a", target=target, operations=list(operations)),
        ColumnMapping(index=1, name="b"),
    ]
    return Mapping(entity=ENTITY, columns=columns, **more)


def found(mapping: Mapping) -> list[tuple[str, str]]:
    faults = list(faults_of(mapping))
    assert all(TEXTS[fault.code].vi.format_map(fault.params) for fault in faults)
    return [(fault.code, fault.pointer) for fault in faults]


@pytest.mark.parametrize(
    "fine",
    [
        mapping(),
        mapping(target=None),
        mapping(Operation("join", columns=[1]), Operation("trim"), Operation("default", value="x")),
        mapping(Operation("date", formats=["%d.%m.%y"]), target="started_on"),
        mapping(Operation("value_map", map={"Mỹ": "US"}), target="destination_country"),
        mapping(constants={"destination_country": "SG", "started_on": "2026-01-31"}),
        mapping(source=Source(encoding="cp1258", delimiter=";", header_row=3)),
    ],
)
def test_what_fits(fine: Mapping) -> None:
    assert found(fine) == []


@pytest.mark.parametrize(
    ("unfit", "code", "pointer"),
    [
        (mapping(target="no_field"), "TARGET_UNKNOWN", "/columns/0/target"),
        (mapping(Operation("split"), Operation("number")), "OPERATION_ORDER", SECOND),
        (mapping(Operation("number"), Operation("value_map", map={"1": "x"})), "OPERATION_ORDER", SECOND),
        (mapping(Operation("default", value="x"), Operation("trim")), "OPERATION_ORDER", SECOND),
        (mapping(*[Operation("trim")] * 11), "TOO_MANY_OPERATIONS", "/columns/0/operations"),
        (mapping(Operation("date", formats=["%d/%m"])), "DATE_FORMAT_UNFIT", "/columns/0/operations/0/formats/0"),
        (mapping(Operation("date", formats=["%Y", "%"])), "DATE_FORMAT_UNFIT", "/columns/0/operations/0/formats/0"),
        (mapping(Operation("join", columns=[1, 2])), "COLUMN_UNKNOWN", "/columns/0/operations/0/columns/1"),
        (mapping(Operation("value_map")), "MAP_SIZE", "/columns/0/operations/0/map"),
        (
            mapping(Operation("value_map", map={"a/b": "XX"}), target="destination_country"),
            "VALUE_UNFIT",
            "/columns/0/operations/0/map/a~1b",
        ),
        (mapping(Operation("default"), target="data_subject_count"), "VALUE_UNFIT", "/columns/0/operations/0/value"),
        (mapping(constants={"data_subject_count": -1}), "VALUE_UNFIT", "/constants/data_subject_count"),
        (mapping(constants={"zzz": 1}), "TARGET_UNKNOWN", "/constants/zzz"),
        (mapping(source=Source(encoding="rot13")), "ENCODING_UNKNOWN", "/source/encoding"),
        (mapping(source=Source(encoding="a\0b")), "ENCODING_UNKNOWN", "/source/encoding"),
        (mapping(source=Source(delimiter='"')), "DELIMITER_UNFIT", "/source/delimiter"),
        (mapping(source=Source(encoding="a" * 41)), "ENCODING_UNKNOWN", "/source/encoding"),
        (mapping(source=Source(header_row=0)), "HEADER_ROW_UNFIT", "/source/header_row"),
        (mapping(source=Source(format="x" * 100_000)), "FORMAT_UNKNOWN", "/source/format"),
        (mapping(source=Source(sheet="x" * 256)), "SHEET_UNFIT", "/source/sheet"),
        (mapping(Operation("join", columns=[1, 1])), "COLUMN_TWICE", "/columns/0/operations/0/columns/1"),
        (mapping(Operation("join", columns=[0] * 2_000)), "TOO_MANY_JOINED", "/columns/0/operations/0/columns"),
        (
            mapping(Operation("join", separator="s" * 21, columns=[1])), "SEPARATOR_UNFIT",
            "/columns/0/operations/0/separator",
        ),
        (mapping(Operation("split", separator="s" * 21)), "SEPARATOR_UNFIT", "/columns/0/operations/0/separator"),
        (mapping(Operation("date", formats=["%d"] * 21)), "TOO_MANY_FORMATS", "/columns/0/operations/0/formats"),
    ],
)  # fmt: skip
def test_what_does_not_fit(unfit: Mapping, code: str, pointer: str) -> None:
    assert (code, pointer) in found(unfit)


@pytest.mark.parametrize(
    "written",
    [
        "%d/%m/%Y %d", "%Y%Y%m%d", "%Y-%m-%d" + " " * 40, "%d/%m/%Y\0", "%d/%m/%Y\ud800",
        pytest.param("%999999d" * 10_000, id="widths"),
    ],
)  # fmt: skip
def test_a_format_that_is_none_is_refused_before_it_is_written_with(written: str) -> None:
    """Widths make megabytes of a format that is long itself."""
    unfit = mapping(Operation("date", formats=["%d/%m/%Y", written]), target="started_on")
    tracemalloc.start()
    try:
        assert found(unfit) == [("DATE_FORMAT_UNFIT", "/columns/0/operations/0/formats/1")]
        assert tracemalloc.get_traced_memory()[1] < MIB
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("encoding", ["idna", "punycode", "utf-7", "raw_unicode_escape", "hz", "iso2022_jp", "utf-32"])
def test_an_encoding_whose_lines_cannot_be_read_one_by_one_is_none(encoding: str) -> None:
    assert found(mapping(source=Source(encoding=encoding))) == [("ENCODING_UNKNOWN", "/source/encoding")]


def test_a_value_for_another_file_is_no_longer_than_a_text() -> None:
    fine = propose(targets_in(["x"]), [Column(0, "x")], Source())
    for size, code in ((MAX_TEXT, []), (MAX_TEXT + 1, [("VALUE_UNFIT", "/constants/x")])):
        assert found(replace(fine, constants={"x": "v" * size})) == code


def test_constants_are_no_longer_together_than_a_mapping_may_add() -> None:
    names = [f"x{number}" for number in range(17)]
    fine = propose(targets_in(names), [Column(0, "x")], Source())
    for count, code in ((16, []), (17, [("CONSTANTS_TOO_LONG", "/constants")])):
        assert found(replace(fine, constants=dict.fromkeys(names[:count], "v" * MAX_TEXT))) == code


def test_two_columns_fill_a_list_and_nothing_else() -> None:
    one = ColumnMapping(index=0, name="a", target="recipient_external_ids", operations=[Operation("lookup")])
    both = Mapping(entity="processing-activities", columns=[one, replace(one, index=1)])
    assert found(both) == []
    twice = [replace(each, target="purpose_vi", operations=[]) for each in both.columns]
    assert found(replace(both, columns=twice)) == [("TARGET_TWICE", "/columns/1/target")]
    assert found(replace(both, columns=[replace(one, operations=[])])) == [("LIST_NEEDED", "/columns/0/operations")]


def test_columns_of_another_file() -> None:
    targets = targets_in(["Tên", "Mã", "Tên", ""])
    matched = propose(targets, [Column(0, "name"), Column(1, "tên (2)"), Column(2, "#4")], Source())
    assert matched.targets == ["Tên", "Mã", "Tên (2)", "#4"]
    assert [column.target for column in matched.columns] == ["Tên", "Tên (2)", "#4"]
    assert found(matched) == []
    assert found(replace(matched, constants={"x": "y"})) == [("TARGET_UNKNOWN", "/constants/x")]


SCALARS = st.none() | st.text(max_size=3) | st.integers() | st.booleans()
OPERATIONS = st.builds(
    Operation,
    op=st.sampled_from(["trim", "split", "date", "number", "boolean", "value_map", "lookup", "join", "default"]),
    separator=st.none() | st.sampled_from(["", ",", "ab"]),
    formats=st.lists(st.sampled_from(["%d/%m/%Y", "%Y", "%", "%H"]), max_size=2),
    map=st.dictionaries(st.text(max_size=3), SCALARS, max_size=2),
    columns=st.lists(st.integers(-2, 3), max_size=2),
    value=SCALARS | st.lists(st.text(max_size=2), max_size=2),
)  # fmt: skip


@given(
    entity=st.sampled_from(list(ENTITIES)), data=st.data(), operations=st.lists(OPERATIONS, max_size=4),
    cell=st.text(max_size=8) | st.sampled_from(["Có", "24 tháng", "01/02/2026", "1.000", "a,b", "²", "١٢"]),
)  # fmt: skip
def test_what_fits_never_fails_a_row_unforeseen(
    entity: str, data: st.DataObject, operations: list[Operation], cell: str
) -> None:
    target = data.draw(st.sampled_from(list(targets_of(entity).names)))
    columns = [
        ColumnMapping(index=0, name="a", target=target, operations=operations), ColumnMapping(index=1, name="b"),
    ]  # fmt: skip
    made = Mapping(entity=entity, columns=columns)
    if not list(faults_of(made)):
        mapped = Mapper(made, 2).apply([cell, "b"])
        assert bool(mapped.raw) is not bool(mapped.faults)
