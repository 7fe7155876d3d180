"""Which mappings can be applied, and that those never fail a row in a way that nobody foresaw."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.contracts.files.mappings import ColumnMapping, Mapping, Operation, Source
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.texts import TEXTS
from libs.files.mapping.apply import Mapper
from libs.files.mapping.checking import faults_of
from libs.files.mapping.proposing.propose import Column, propose
from libs.files.mapping.targets import targets_in, targets_of

ENTITY = "data-transfers"
SECOND = "/columns/0/operations/1"


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
        (mapping(source=Source(header_row=0)), "HEADER_ROW_UNFIT", "/source/header_row"),
    ],
)  # fmt: skip
def test_what_does_not_fit(unfit: Mapping, code: str, pointer: str) -> None:
    assert (code, pointer) in found(unfit)


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
