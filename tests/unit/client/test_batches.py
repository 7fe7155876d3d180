"""Splitting a push into batches: limits, positions, what is sent for each kind of record, and keys."""

import gzip
import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from libs.client.batches import Batch, compressor, encode_line, idempotency_key, records_a_batch, split
from libs.client.failures import SluiceError

LINES = st.lists(st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")), max_size=60)


def sent(batches: Iterator[Batch]) -> list[tuple[int, bytes]]:
    """Every record that is sent, with the position that is claimed for it."""
    return [
        (batch.position + index, line)
        for batch in batches
        for index, line in enumerate(batch.body.removesuffix(b"\n").split(b"\n"))
    ]


@given(LINES, st.integers(1, 7), st.integers(1, 90))
def test_every_line_is_sent_once_in_order_under_its_position(lines: list[bytes], records: int, size: int) -> None:
    expected = [line.strip(b" \t\r\n") for line in lines if line.strip()]

    assert sent(split(lines, max_records=records, max_bytes=size)) == list(enumerate(expected))


@given(LINES, st.integers(1, 7), st.integers(1, 90))
def test_batches_keep_both_limits(lines: list[bytes], records: int, size: int) -> None:
    batches = list(split(lines, max_records=records, max_bytes=size))

    assert [batch.number for batch in batches] == list(range(len(batches)))
    for batch in batches:
        assert 1 <= batch.count <= records
        assert batch.count == batch.body.count(b"\n")
        assert len(batch.body) <= size or batch.count == 1


def test_a_generator_is_read_no_further_than_the_record_that_opens_the_next_batch() -> None:
    taken = []

    def records() -> Iterator[dict[str, Any]]:
        for number in range(1_000_000):
            taken.append(number)
            yield {"n": number}

    batches = split(records(), max_records=10)
    next(batches)
    next(batches)

    assert len(taken) == 21


def test_no_record_makes_no_batch() -> None:
    assert list(split([], max_records=10)) == []
    assert list(split(["", "  \r\n", b"\t", b"\x0c"], max_records=10)) == []


def test_blank_lines_do_not_shift_positions() -> None:
    assert sent(split(["", "a", " \n", "b", b"\r\n", "c"], max_records=2)) == [(0, b"a"), (1, b"b"), (2, b"c")]


def test_a_text_is_sent_as_it_is_even_if_it_is_not_json() -> None:
    assert encode_line('{"name_vi": broken', 0) == b'{"name_vi": broken'
    assert encode_line(b"\xff\xfe", 0) == b"\xff\xfe"
    assert encode_line('"\ud800"', 0) == b'"\xed\xa0\x80"'


def test_a_text_over_several_lines_becomes_one_record() -> None:
    record = {"name_vi": "Nguyễn", "data_category_ids": ["a", "b"]}

    line = encode_line(json.dumps(record, indent=2, ensure_ascii=False).replace("\n", "\r\n"), 0)

    assert b"\n" not in line
    assert b"\r" not in line
    assert json.loads(line) == record


def test_a_dict_becomes_json() -> None:
    key = uuid.uuid4()

    assert json.loads(encode_line({"id": key, "name_vi": "Việt\nNam"}, 0)) == {"id": str(key), "name_vi": "Việt\nNam"}


def test_a_lone_surrogate_in_a_dict_is_left_for_the_server_to_reject() -> None:
    assert json.loads(encode_line({"name_vi": "\ud800"}, 0)) == {"name_vi": "\ud800"}


@pytest.mark.parametrize("value", [object(), {"\ud800": object()}])
def test_what_json_cannot_hold_is_an_error_that_quotes_nothing(value: object) -> None:
    with pytest.raises(SluiceError, match="Record 7 ") as caught:
        encode_line({"secret": value, "other": "private words"}, 7)

    assert caught.value.code == "RECORD_NOT_JSON"
    assert "private" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_the_entity_limits_a_batch_and_a_wish_may_only_lower_it() -> None:
    assert records_a_batch("processing-activities", None) == 10_000
    assert records_a_batch("recipients", None) == 5_000
    assert records_a_batch("recipients", 7) == 7
    assert records_a_batch("recipients", 7_000) == 5_000


@pytest.mark.parametrize(("entity", "wish"), [("invoices", None), ("recipients", 0), ("recipients", -1)])
def test_an_unknown_entity_and_a_senseless_wish_are_refused(entity: str, wish: int | None) -> None:
    with pytest.raises(ValueError, match=r"entity|batch_records"):
        records_a_batch(entity, wish)


@given(st.text(max_size=400), st.integers(0, 10**9))
def test_an_idempotency_key_is_always_one_that_the_server_takes(key: str, number: int) -> None:
    made = idempotency_key(key, number)

    assert made.isascii()
    assert made.isprintable()
    assert 1 <= len(made) <= 255
    assert made == idempotency_key(key, number)


@given(st.tuples(st.text(), st.integers(0, 10**6)), st.tuples(st.text(), st.integers(0, 10**6)))
def test_two_batches_never_share_an_idempotency_key(one: tuple[str, int], other: tuple[str, int]) -> None:
    assert (idempotency_key(*one) == idempotency_key(*other)) == (one == other)


def test_a_readable_key_stays_readable() -> None:
    assert idempotency_key("scan-2026-11-22", 3) == "scan-2026-11-22/3"


def test_the_same_batch_compresses_to_the_same_bytes() -> None:
    encoding, compress = compressor()
    body = b'{"name_vi": "x"}\n' * 1_000

    assert encoding == "zstd"
    assert compress(body) == compress(body)
    assert zstandard.decompress(compress(body)) == body


def test_gzip_stands_in_where_zstandard_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "zstandard", None)
    encoding, compress = compressor()

    assert encoding == "gzip"
    assert gzip.decompress(compress(b"abc")) == b"abc"
    assert compress(b"abc")[4:8] == b"\0\0\0\0"
