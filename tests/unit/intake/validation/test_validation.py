"""Validation: two ways to read a batch that must never disagree, and no input that breaks either."""

import json
import tracemalloc
import unicodedata
import uuid
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.chunks import IdMaker, error_views
from libs.contracts.inventory.normal_form import tidy
from libs.contracts.inventory.records import ENTITIES, Entity, Record
from libs.contracts.refusals import Refusal, problem_document
from libs.intake.chunking import chunk_content
from libs.intake.validation import batch as validation
from libs.intake.validation import bodies, judging, record_check
from libs.intake.validation.batch import each_record, validate
from libs.intake.validation.bodies import JSON, NDJSON, split, without_mark
from libs.intake.validation.columns import in_order
from libs.intake.validation.judging import Batch
from libs.intake.validation.record_check import choices_of, read_record
from libs.jobs.payload import pack_records, pack_rejects, unpack_rejects
from tests.unit.intake.validation.record_strategies import (
    bodies_of,
    clean_bytes,
    entities,
    good_records,
    json_values,
    kinds,
    members_of,
    record_bytes,
    records,
    texts,
)
from tests.writing import packed

busy = settings(deadline=None, max_examples=70)
RECIPIENTS = ENTITIES["recipients"]
IDS = IdMaker(uuid.uuid4(), 1_700_000_000_000)
GOOD = b'{"name_vi":"A","recipient_type":"internal"}'


def verdict(batch: Batch) -> Any:
    """What a batch came to, whichever of its entity's structs the records are of."""
    plain = [(batch.entity.name, members_of(batch.entity, record)) for record in batch.records]
    return batch.total, list(batch.indexes), plain, batch.rejects


def read(way: Any, *arguments: Any) -> Any:
    """What a way of reading a body says: a batch, or the code of the refusal."""
    try:
        return verdict(way(*arguments))
    except Refusal as refusal:
        return refusal.problem.code


def slowly(entity: Entity, kind: str, body: bytes) -> Batch:
    """Validation without the fast path."""
    body = without_mark(body)
    raws = split(entity, kind, body)
    validation._check_count(entity, len(raws))
    batch = each_record(entity, raws)
    validation._check_form(kind, batch)
    return batch


@pytest.mark.parametrize("kind", [JSON, NDJSON])
@pytest.mark.parametrize("entity", ENTITIES.values(), ids=ENTITIES)
@given(data=st.data())
@settings(deadline=None, max_examples=50)
def test_both_ways_agree_on_any_batch(entity: Entity, kind: str, data: st.DataObject) -> None:
    record = data.draw(st.sampled_from([record_bytes(entity), clean_bytes(entity)]))
    body = data.draw(bodies_of(entity, kind, record))

    whole = read(validate, entity, kind, body)
    assert whole == read(slowly, entity, kind, body)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bodies, "PIECE_BYTES", 1)
        patch.setattr(bodies, "PIECE_LINES", 1)
        assert read(validate, entity, kind, body) == whole


@given(
    entities.flatmap(lambda entity: st.tuples(st.just(entity), st.lists(clean_bytes(entity), min_size=1, max_size=5)))
)
@busy
def test_json_and_ndjson_come_to_the_same(case: tuple[Entity, list[bytes]]) -> None:
    entity, spread = case
    raws = [raw.replace(b"\n", b"") for raw in spread]
    whole = b'{"%s": [%s]}' % (entity.member.encode(), b",".join(raws))

    assert read(validate, entity, JSON, whole) == read(validate, entity, NDJSON, b"\n".join(raws))


@given(
    entities.flatmap(lambda entity: st.tuples(st.just(entity), st.lists(record_bytes(entity), min_size=2, max_size=4)))
)
@busy
def test_a_record_is_judged_alone(case: tuple[Entity, list[bytes]]) -> None:
    """Whatever its neighbours are, apart from repeats of their names."""
    entity, raws = case
    lines = [line for raw in raws for line in raw.split(b"\n") if line.strip()]
    try:
        batch = validate(entity, NDJSON, b"\n".join(lines))
    except Refusal:
        return
    said = {
        reject.index: (reject.faults, reject.id, reject.external_id)
        for reject in batch.rejects
        if not reject.faults[0].code.startswith("DUPLICATE")
    }
    readings = enumerate(read_record(entity.record, line) for line in lines)
    assert said == {at: (each.faults, each.id, each.external_id) for at, each in readings if each.record is None}


CHOICES = [(entity, name) for entity in ENTITIES.values() for name in choices_of(entity.record)]
SPELLINGS = [None, "0190c8de-0000-7000-8000-00000000000A", "0190C8DE00007000800000000000000B", "0190c8de"]


@given(
    st.sampled_from(CHOICES),
    st.data(),
    st.lists(st.sampled_from(["", "x", " consent", "consent", "\0", "e\u0301", None, 1]), min_size=1, max_size=3),
    st.sampled_from(SPELLINGS),
)
@busy
def test_a_wrong_choice_among_good_records_is_told_as_alone(
    field: tuple[Entity, str], data: st.DataObject, choices: list[Any], own: str | None
) -> None:
    entity, name = field
    good = [data.draw(good_records(entity, tidy=True)) for _ in choices]
    raws = [
        json.dumps({**record, entity.id_field: own, "external_id": f"x{at}", name: choice}).encode()
        for at, (record, choice) in enumerate(zip(good, choices, strict=True))
    ]
    batch = validate(entity, JSON, b'{"%s":[%s]}' % (entity.member.encode(), b",".join(raws)))
    alone = [read_record(entity.record, raw) for raw in raws]
    assert [
        (reject.index, reject.faults, reject.id, reject.external_id, reject.raw)
        for reject in batch.rejects
        if reject.faults[0].code != "DUPLICATE_ID"
    ] == [(at, each.faults, each.id, each.external_id, raws[at]) for at, each in enumerate(alone) if each.faults]


@given(st.lists(texts, min_size=1, max_size=4))
@busy
def test_texts_are_in_order_when_tidying_changes_nothing(words: list[str]) -> None:
    named = [RECIPIENTS.record(name_vi=word, recipient_type="internal") for word in words]

    assert in_order(RECIPIENTS, named) == all(
        word and tidy(word, len(word)) == word and "\0" not in word for word in words
    )


@given(entities.flatmap(lambda entity: st.tuples(st.just(entity), records(entity).map(json.dumps) | st.text())))
@busy
def test_any_json_value_is_read_without_an_error(case: tuple[Entity, str]) -> None:
    entity, text = case
    check_reading(entity, text.encode(errors="surrogatepass"))


@given(entities, record_bytes(RECIPIENTS) | st.binary(max_size=60))
@busy
def test_any_bytes_are_read_without_an_error(entity: Entity, raw: bytes) -> None:
    check_reading(entity, raw)


def check_reading(entity: Entity, raw: bytes) -> None:
    """A record or faults, never both or neither; and either can be stored and told."""
    reading = read_record(entity.record, raw)
    record = reading.record
    assert (record is None) == bool(reading.faults)
    if record is not None:
        assert isinstance(record, Record)
        assert msgspec.convert(msgspec.to_builtins(record), entity.record) == record
        pack_records(chunk_content(entity, IDS, [0], [packed(entity, record)]))
    reject = judging._reject(0, raw, reading)
    assert unpack_rejects(pack_rejects([reject])) == [reject]
    msgspec.json.encode(error_views(reject))


@given(entities.flatmap(lambda entity: st.tuples(st.just(entity), record_bytes(entity))))
@busy
def test_the_short_way_to_a_records_faults_finds_what_the_long_way_finds(case: tuple[Entity, bytes]) -> None:
    entity, raw = case
    with pytest.MonkeyPatch.context() as patch:
        shortly = read_record(entity.record, raw)
        patch.setattr(record_check, "NUL_ESCAPE", b"")  # which is in every record
        assert read_record(entity.record, raw) == shortly


def check_body(entity: Entity, kind: str, body: bytes) -> None:
    """Accepted, rejected and refused bodies alike can be stored and told; nothing but Refusal is raised."""
    try:
        batch = validate(entity, kind, body)
    except Refusal as refusal:
        problem_document(refusal, "id")
        return
    assert sorted([*batch.indexes, *(reject.index for reject in batch.rejects)]) == list(range(batch.total))
    assert len(batch.indexes) == len(batch.records)
    pack_records(chunk_content(entity, IDS, batch.indexes, batch.records))
    pack_rejects(batch.rejects)
    msgspec.json.encode([view for reject in batch.rejects for view in error_views(reject)])


@given(entities, kinds, st.binary(max_size=200))
@busy
def test_any_bytes_are_a_batch_or_refused(entity: Entity, kind: str, body: bytes) -> None:
    check_body(entity, kind, body)


@given(entities, json_values)
@busy
def test_any_json_body_is_a_batch_or_refused(entity: Entity, value: Any) -> None:
    check_body(entity, JSON, json.dumps(value).encode())
    check_body(entity, JSON, json.dumps({entity.member: value}).encode())
    check_body(entity, NDJSON, json.dumps(value).encode())


HOSTILE: dict[str, bytes] = {
    "deep list": b"[" * 200_000,
    "deep object": b'{"a":' * 200_000,
    "number beyond a float": b'{"x":1e400,"name_vi":"A","recipient_type":"internal"}',
    "number of 5,000 digits": b'{"x":%s}' % (b"9" * 5_000),
    "half a surrogate": b'{"name_vi":"\\ud800","recipient_type":"internal"}',
    "half a surrogate after a number beyond a float": b'{"x":1e400,"external_id":"\\ud800"}',
    "the same in a name": b'{"x":1e400,"\\ud800":1}',
    "the same in a record without other faults": (
        b'{"contact":1e400,"contact":null,"name_vi":"\\udc80","recipient_type":"internal"}'
    ),
    "not a number": b'{"x":1e400,"y":NaN}',
    "UTF-16": '{"name_vi":"A"}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + GOOD,
    "name of 100,000 characters": b'{"%s":1}' % (b"a" * 100_000),
    "overlong": b'{"name_vi":"\xc0\x80"}',
    "nothing": b"",
    "NUL": b"\0",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_record_costs_its_neighbours_nothing(name: str) -> None:
    raw = HOSTILE[name]
    check_reading(RECIPIENTS, raw)
    check_body(RECIPIENTS, JSON, b'{"recipients":[%s]}' % raw)
    check_body(RECIPIENTS, JSON, raw)
    check_body(RECIPIENTS, NDJSON, raw)
    batch = validate(RECIPIENTS, NDJSON, b"\n".join([GOOD, raw or b"{}", GOOD]))
    assert list(batch.indexes) == [0, 2]


def test_a_record_stands_on_one_line() -> None:
    spread = GOOD.replace(b",", b",\n")
    assert read(validate, RECIPIENTS, NDJSON, spread) == "MALFORMED_BODY"
    batch = validate(RECIPIENTS, NDJSON, GOOD + b" " + GOOD + b"\n" + GOOD)
    assert list(batch.indexes) == [1]
    assert [fault.code for fault in batch.rejects[0].faults] == ["RECORD_MALFORMED"]


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\n\n\n", b" \n \t\n"])
def test_blank_lines_and_both_line_ends_do_not_count(end: bytes) -> None:
    batch = validate(RECIPIENTS, NDJSON, end + end.join([GOOD, b"{}", GOOD]) + end)
    assert (batch.total, list(batch.indexes), [reject.index for reject in batch.rejects]) == (3, [0, 2], [1])
    assert batch.rejects[0].raw == b"{}"


@pytest.mark.parametrize("kind", [JSON, NDJSON])
@pytest.mark.parametrize("record", [GOOD, b"{}"], ids=["good", "bad"])
def test_the_limit_is_exact_on_both_ways(kind: str, record: bytes) -> None:
    def body(count: int) -> bytes:
        return b'{"recipients":[%s]}' % b",".join([record] * count) if kind == JSON else b"\n".join([record] * count)

    limit = RECIPIENTS.max_records
    assert validate(RECIPIENTS, kind, body(limit)).total == limit
    assert read(validate, RECIPIENTS, kind, body(limit + 1)) == "TOO_MANY_RECORDS"
    assert read(validate, RECIPIENTS, kind, body(0)) == "EMPTY_BATCH"


def test_a_text_is_stored_as_it_is_read() -> None:
    raw = json.dumps({"name_vi": " Te\u0302n \u00a0", "recipient_type": "internal", "name_en": " "}).encode()
    (record,) = validate(RECIPIENTS, NDJSON, raw).records
    assert (record.name_vi, record.name_en) == ("Tên", None)
    assert unicodedata.is_normalized("NFC", record.name_vi)


def test_the_first_of_two_records_with_one_name_is_kept() -> None:
    twice = [b'{"name_vi":"A","recipient_type":"internal","external_id":"a "}'] * 2
    batch = validate(RECIPIENTS, NDJSON, b"\n".join([*twice, b'{"external_id":"a"}']))
    codes = {reject.index: {fault.code for fault in reject.faults} for reject in batch.rejects}
    assert codes == {1: {"DUPLICATE_EXTERNAL_ID"}, 2: {"REQUIRED"}}
    assert {reject.external_id for reject in batch.rejects} == {"a"}


def test_the_collector_is_off_while_a_batch_is_decoded_and_on_afterwards() -> None:
    import gc

    with validation.decoding_slot():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(Refusal), validation.decoding_slot():
        raise Refusal("NOT_FOUND")
    assert gc.isenabled()


@pytest.mark.parametrize("item", [b"1", b"{}", b"[]", GOOD])
def test_what_is_beyond_the_limit_is_counted_and_not_held(item: bytes) -> None:
    body = b'{"recipients":[' + b",".join([item] * (4_000_000 // len(item))) + b"]}"
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as refused:
            validate(RECIPIENTS, JSON, body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.problem.code == "TOO_MANY_RECORDS"
    assert peak < 3 * len(body)


def test_external_ids_beyond_the_limit_are_counted_and_not_held() -> None:
    """The shortest take twenty times their bytes as objects."""
    names = b"[" + b",".join([b'"%d"' % (number % 1_000) for number in range(1_000)]) + b"]"
    record = b'{"activity_name_vi":"A","legal_basis":"consent","recipient_external_ids":%s}' % names
    body = b'{"activities":[' + b",".join([record] * 3_000) + b"]}"
    tracemalloc.start()
    try:
        with pytest.raises(Refusal) as refused:
            validate(ENTITIES["processing-activities"], JSON, body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert refused.value.problem.code == "TOO_MANY_NAMES"
    assert peak < 8 * len(body)


@pytest.mark.parametrize("other", [GOOD, b"{"], ids=["all decode", "one does not"])
@pytest.mark.parametrize(("limit", "refused"), [(3_000, True), (30_000, False)])
def test_too_many_external_ids_are_too_many_however_they_are_read(
    monkeypatch: pytest.MonkeyPatch, other: bytes, limit: int, *, refused: bool
) -> None:
    monkeypatch.setattr(validation, "MOST_NAMES", 500)
    monkeypatch.setattr(validation, "LARGE_BODY", limit)
    names = b",".join([b'"a%d"' % number for number in range(100)])
    record = b'{"activity_name_vi":"A","legal_basis":"consent","recipient_external_ids":[%s]}' % names
    found = read(validate, ENTITIES["processing-activities"], NDJSON, b"\n".join([record] * 10 + [other]))
    assert (found == "TOO_MANY_NAMES") == refused
