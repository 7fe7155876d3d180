"""JSON: each object a row, each bad one a fault of its own, wherever the file is cut while it is read."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.files.failures import UnreadableError
from libs.files.readers.json.elements import Elements
from libs.files.readers.json.lines import read_lines
from libs.files.readers.json.members import Columns
from libs.files.readers.json.mending import WINDOW
from libs.files.readers.json.table import as_rows
from libs.files.readers.stretches import LARGEST_RECORD, Position, Rows
from tests.unit.files.streams import COMPRESS, Bytes, Repeated, cut, faults, opened, read, rows_of

relaxed = settings(deadline=None, max_examples=150)


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("Huế", "Huế"),
        (None, ""),
        (True, "true"),
        (12, "12"),
        (0.5, "0.5"),
        ([], ""),
        (["a", 1, True, None], "a, 1, true, "),
        (["a,b", 1], '["a,b",1]'),
        ([{"a": 1}], '[{"a":1}]'),
        ({}, "{}"),
        ("007", "007"),
    ],
)
def test_cells(value: Any, cell: str) -> None:
    assert read(json.dumps([{"a": value, "z": 1}]).encode()) == (["a", "z"], [[cell, "1"]])


@pytest.mark.parametrize(
    ("number", "cell"), [("1.10", "1.10"), ("1e3", "1000"), ("1E-3", "0.001"), ("9" * 5_000, "9" * 5_000), ("-0", "-0")]
)
def test_numbers_are_as_they_are_written(number: str, cell: str) -> None:
    assert read(f'{{"a": {number}}}'.encode()) == (["a"], [[cell]])


def test_members_of_members_are_columns_and_what_is_deeper_is_json() -> None:
    data = json.dumps([{"a": {"b": 1, "c": {"d": [1.5, "x"]}}}, {"a": {"c": None}, "e": "x"}]).encode()
    assert read(data) == (["a.b", "a.c", "e"], [["1", '{"d":[1.5,"x"]}', ""], ["", "", "x"]])


BAD = [
    ('{"a": 1, "a": 2}', "JSON_MEMBER_REPEATED"),
    ('{"a.b": 1, "a": {"b": 2}}', "JSON_MEMBER_REPEATED"),
    ("[1, 2]", "JSON_NOT_OBJECT"),
    ("12", "JSON_NOT_OBJECT"),
    ('"text"', "JSON_NOT_OBJECT"),
    ("nonsense", "JSON_MALFORMED"),
    ('{"a": }', "JSON_MALFORMED"),
    ('{"a": NaN}', "JSON_MALFORMED"),
    ('{"a": 1e999999999999999999999}', "JSON_MALFORMED"),
    ('{"a": ' + "[" * 5_000 + "]" * 5_000 + "}", "JSON_MALFORMED"),
    ('{"a": "\\ud800"}', "ENCODING"),
    ('{"a": [{"b": "\\ud800"}]}', "ENCODING"),
    ('{"zz": 1}', "JSON_MEMBER_UNKNOWN"),
]


@pytest.mark.parametrize(("bad", "code"), BAD)
def test_a_bad_line_costs_itself(bad: str, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.files.readers.json.table.SAMPLE_ROWS", 1)
    data = f'{{"a": 1}}\n{bad}\n\n{{"a": 3}}\n'.encode()
    with opened(data, format="ndjson") as table:
        assert [(line, cells, fault) for line, cells, fault, _ in rows_of(table)] == [
            (1, ["1"], None), (2, [], code), (4, ["3"], None),
        ]  # fmt: skip
        assert b"".join(raw for *_, raw in rows_of(table)) == data.replace(b"\n\n", b"\n")


@pytest.mark.parametrize("separator", [",", ",\n  ", "\n"])
@pytest.mark.parametrize(("bad", "code"), [case for case in BAD if case[1] != "JSON_NOT_OBJECT"])
def test_a_bad_element_costs_itself(bad: str, code: str, separator: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("libs.files.readers.json.table.SAMPLE_ROWS", 1)
    data = "[" + separator.join(['{"a": 1}', bad, '{"a": 3}']) + "]"
    with opened(data.encode(), format="json") as table:
        assert [(cells, fault) for _, cells, fault, _ in rows_of(table)] == [(["1"], None), ([], code), (["3"], None)]
        assert rows_of(table)[1][3] == bad.encode() + b"\n"


@pytest.mark.parametrize(
    "bad", ['{"a": "open}', '{"a: 1}', '{"a": 1', '{"a": {"b": [1}', '{"a": "x"y"}', '{"a": [{"q": 1}, {"q": 2}}']
)
def test_what_is_never_closed_costs_itself(bad: str) -> None:
    rows = [f'{{"a": "{n}"}}' for n in range(50)]
    data = "[" + ",\n".join([*rows[:20], bad, *rows[20:40], bad, *rows[40:]]) + "]"
    found = rows_of_list(data.encode())
    assert [cells[0] for cells, fault in found if fault is None] == [str(n) for n in range(50)]
    assert [fault for _, fault in found if fault] == ["JSON_MALFORMED"] * 2


def rows_of_list(data: bytes) -> list[tuple[list[str], str | None]]:
    with opened(data, format="json") as table:
        return [(cells, fault) for _, cells, fault, _ in rows_of(table)]


def test_bytes_that_are_no_text_cost_their_row() -> None:
    assert faults(b'{"a": 1}\n{"a": "\xff"}\n{"a": 2}\n') == [(2, "ENCODING")]
    assert faults(b'[{"a": 1},\n{"a": "\xff"},\n{"a": 2}]') == [(2, "ENCODING")]


ELEMENTS = st.sampled_from(
    [
        '{"a":1}',
        '{"a":"é\\n"}',
        '{"a":{"b":[1,{"c":2}]}}',
        '{"a":"x}',
        '{"a":',
        "7",
        "[1,{}]",
        '"s"',
        "nope",
        "}",
        '{"a":"]"}',
    ]
)


def elements(data: bytes, block: int, start: Position) -> list[Any]:
    stream = Bytes(data)
    stream.seek(start.offset)
    found: list[Any] = []
    try:
        found += Elements(stream, start, Columns(["a", "a.b"]), "list", block=block)
    except UnreadableError as error:
        found.append(error.code)
    return found


@relaxed
@given(st.lists(ELEMENTS, max_size=8), st.sampled_from([",", ", \n", "\n"]), st.booleans(), st.integers(1, 40))
@example(['{"a":"x}', '{"a":1}'], ",", True, 3)
def test_what_is_read_does_not_depend_on_where_it_is_cut(
    values: list[str], separator: str, closed: bool, block: int
) -> None:
    data = ("[" + separator.join(values) + ("]" if closed else "")).encode()
    whole = elements(data, 1024 * 1024, Position(1))
    assert elements(data, block, Position(1)) == whole
    for number, element in enumerate(whole):
        if not isinstance(element, str):
            assert data[element.start.offset : element.end.offset] == element.raw
            assert elements(data, block, element.end) == whole[number + 1 :]


OBJECTS = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters=".\0"), min_size=1, max_size=4),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6), min_size=1, max_size=4,
)  # fmt: skip


@relaxed
@given(st.lists(OBJECTS, min_size=1, max_size=6), st.sampled_from([None, 1]), st.booleans())
def test_what_was_written_is_read(objects: list[dict[str, str]], indent: int | None, lines: bool) -> None:
    if lines:
        data = "\n".join(json.dumps(each, ensure_ascii=False) for each in objects)
    else:
        data = json.dumps(objects, ensure_ascii=False, indent=indent)
    header, rows = read(data.encode(), format="ndjson" if lines else "json")
    assert [{name: cell for name, cell in zip(header, row, strict=True) if cell} for row in rows] == [
        {name: cell for name, cell in each.items() if cell} for each in objects
    ]


def test_what_json_is() -> None:
    one, two = '{"a": 1}', '{"a": 2}'
    for text, name in (
        (f"{one}\n{two}", "ndjson"), (one, "ndjson"), (f"[{one},{two}]", "json"), (f"\ufeff [\n{one}]", "json"),
        ('{\n "a": 1\n}\n{\n "a": 2\n}', "json"), (f'{{"activities": [{one}, {two}], "n": 2}}', "json"),
        (f'{{"tags": [{one}]}}', "ndjson"), ("[id],name\n1,2\n", "csv"), ("{x}\n1\n", "csv"),
    ):  # fmt: skip
        with opened(text.encode()) as table:
            assert table.source.format == name


def test_a_batch_as_it_is_posted() -> None:
    assert read(b'{"recipients": [{"name_vi": "A"},\n {"name_vi": "B"}], "note": [{"x": 1}]}') == (
        ["name_vi"],
        [["A"], ["B"]],
    )


@pytest.mark.parametrize("how", COMPRESS)
@pytest.mark.parametrize("records", [1, 2, 7, 1_000])
@pytest.mark.parametrize("kind", ["ndjson", "json"])
def test_segments_are_the_same_from_any_border(kind: str, records: int, how: str) -> None:
    rows = [f'{{"a": {n}, "b": "x\\n"}}' if n % 7 else '{"a": "open}' for n in range(1, 60)]
    text = "\n".join(rows) if kind == "ndjson" else "[" + ",\n".join(rows) + "\n]"
    with opened(COMPRESS[how](text.encode()), format=kind) as table:
        whole = cut(table, table.first, 0, records)
        assert sum(len(found) for *_, found, _ in whole) == 59
        for number, start, *_ in whole:
            assert cut(table, start, number, records) == whole[number:]


def test_rejects_load_again() -> None:
    data = b'[\n {\n  "a": 1\n },\n {"a": "two"}\n]'
    with opened(data) as table:
        again = table.head() + b"".join(raw for *_, raw in rows_of(table))
    assert read(again) == read(data) == (["a"], [["1"], ["two"]])


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", "FILE_EMPTY"),
        (b"[1, 2]", "FILE_HEADER_UNREADABLE"),
        (b'[{"a": 1}', "FILE_CUT_SHORT"),
        ('[{"a": 1}]'.encode("utf-16"), "ENCODING_UNKNOWN"),
        (json.dumps({str(n): n for n in range(20_000)}).encode(), "FILE_TOO_MANY_COLUMNS"),
    ],
)
def test_what_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(UnreadableError) as refused:
        read(data)
    assert refused.value.code == code


def stretches(kind: str, stream: Any) -> Iterator[Rows]:
    columns = Columns(["a"])
    if kind == "ndjson":
        return read_lines(stream, columns, Position())
    return as_rows(Elements(stream, Position(), columns, "values"), columns)


@pytest.mark.parametrize("kind", ["ndjson", "json"])
@pytest.mark.parametrize("size", [LARGEST_RECORD - 20, LARGEST_RECORD + 20, WINDOW + 20, 3 * WINDOW])
@pytest.mark.parametrize("filler", [b"x", b"{", b'"', b"\\"])
def test_an_object_that_is_too_long_costs_itself(kind: str, size: int, filler: bytes) -> None:
    stream = Repeated(b'{"a": 1}\n{"a": "', filler, size, b'"}\n{"a": 3}\n')
    found = [
        (cells, stretch.faults.get(row))
        for stretch in stretches(kind, stream)
        for row, cells in enumerate(stretch.rows)
    ]
    good = size < LARGEST_RECORD and filler != b'"'
    assert found[0] == (["1"], None)
    assert found[-1] == (["3"], None)
    assert len(found) == 3 or filler == b'"'
    assert good == (found[1][1] is None)
