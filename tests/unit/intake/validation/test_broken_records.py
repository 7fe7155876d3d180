"""Records that no parser takes, or that are larger than any good one: each costs itself alone, and little of that."""

import json
import tracemalloc
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from libs.contracts.chunks import MOST_FAULTS, Fault, kept_faults
from libs.contracts.inventory.members import MAX_LIST
from libs.contracts.inventory.records import ENTITIES, Entity
from libs.contracts.refusals import Refusal
from libs.intake.validation import list_items as taking_apart
from libs.intake.validation import record_check
from libs.intake.validation.batch import validate
from libs.intake.validation.bodies import JSON, NDJSON
from libs.intake.validation.judging import Batch
from libs.intake.validation.large_records import LARGE_RECORD
from libs.intake.validation.list_items import list_items
from libs.intake.validation.record_check import read_record
from tests.unit.intake.validation.record_strategies import entities, json_values, record_bytes

busy = settings(deadline=None, max_examples=50)
ACTIVITIES, RECIPIENTS = ENTITIES["processing-activities"], ENTITIES["recipients"]
GOOD = b'{"name_vi":"A","recipient_type":"internal"}'
DEEP = 2_000
UUID_TEXT = b'"0190c8de-0000-7000-8000-000000000000"'

BROKEN: dict[str, bytes] = {
    "half a surrogate": b'{"name_vi":"\\ud800","recipient_type":"internal"}',
    "the other half": b'{"name_vi":"\\udc00 and more","recipient_type":"internal"}',
    "half a surrogate in UTF-8": b'{"name_vi":"\xed\xa0\x80","recipient_type":"internal"}',
    "half a surrogate in a name": b'{"\\ud800":1}',
    "deep list": b'{"name_vi":%s}' % (b"[" * DEEP + b"]" * DEEP),
    "deep object": b'{"name_vi":%s}' % (b'{"a":' * DEEP + b"1" + b"}" * DEEP),
    "deep in an unknown member": b'{"x":%s}' % (b"[0," * DEEP + b"0" + b"]" * DEEP),
    "not a number": b'{"x":NaN}',
    "brackets in a text": b'{"name_vi":"]}\\"[{,\\\\","x":"\\ud800"}',
}


def both(raws: list[bytes]) -> list[Batch]:
    """The records as a batch of JSON and as one of NDJSON."""
    return [
        validate(RECIPIENTS, JSON, b' {"recipients" : [%s] }\n' % b" , ".join(raws)),
        validate(RECIPIENTS, NDJSON, b"\n".join(raws)),
    ]


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_record_costs_itself_alone_in_both_forms(name: str) -> None:
    for batch in both([GOOD, BROKEN[name], GOOD]):
        assert list(batch.indexes) == [0, 2]
        (reject,) = batch.rejects
        assert (reject.index, reject.raw) == (1, BROKEN[name])
        assert [fault.code for fault in reject.faults] == ["RECORD_MALFORMED"]


@given(st.lists(st.sampled_from(["good", *BROKEN]), min_size=1, max_size=8).filter(lambda names: "good" in names))
@busy
def test_both_forms_say_the_same_of_broken_records(names: list[str]) -> None:
    as_list, as_lines = both([{"good": GOOD, **BROKEN}[name] for name in names])
    assert replace(as_list, size=0) == replace(as_lines, size=0)
    assert list(as_list.indexes) == [place for place, name in enumerate(names) if name == "good"]


@given(st.lists(json_values, min_size=1, max_size=5), st.sampled_from([None, 1]), st.booleans())
@busy
def test_the_items_of_a_list_are_told_apart(values: list[Any], indent: int | None, escaped: bool) -> None:
    data = json.dumps(values, indent=indent, ensure_ascii=escaped).encode(errors="surrogatepass")
    items = list_items(data, 100)
    assert items is not None
    assert [json.loads(item.decode(errors="surrogatepass")) for item in items] == values


@pytest.mark.parametrize(
    "data", [b"", b"1", b"{}", b"[", b"[1", b"[1,", b"[1,]", b"[,]", b"[1]]", b"[1] 2", b'["', b'["\\', b"[[1]", b"[]"]
)
def test_a_list_that_is_broken_itself_has_no_items(data: bytes) -> None:
    assert list_items(data, 10) is None


def test_no_more_items_are_taken_than_are_wanted_and_no_endless_list_is_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert list_items(b"[1,2,3,4", 2) == [b"1", b"2"]
    monkeypatch.setattr(taking_apart, "MOST_BRACKETS", 10)
    assert list_items(b"[%s]" % b",".join([b"[]"] * 3), 100) is not None
    assert list_items(b"[%s]" % b",".join([b"[]"] * 4), 100) is None


def code_of(body: bytes) -> str:
    """What a body is refused for."""
    with pytest.raises(Refusal) as refused:
        validate(RECIPIENTS, JSON, body)
    return refused.value.problem.code


def test_a_member_that_comes_twice_is_refused_and_not_halved() -> None:
    for name in (b"recipients", b"recipi\\u0065nts"):
        assert code_of(b'{"recipients":[%s],"%s":[%s]}' % (GOOD, name, GOOD)) == "MEMBER_REPEATED"
        assert code_of(b'{"%s":[],"recipients":[{}]}' % name) == "MEMBER_REPEATED"
    assert code_of(b'{"recipients":[%s],"other":[]}' % GOOD) == "BODY_SHAPE"
    assert code_of(b'{"other":1,"recipients":[%s]}' % GOOD) == "BODY_SHAPE"
    assert code_of(b'{"recipients":[%s]}{"recipients":[]}' % GOOD) == "MALFORMED_BODY"
    assert validate(RECIPIENTS, JSON, b'{"recipi\\u0065nts":[%s]}' % GOOD).total == 1


def test_a_byte_order_mark_says_nothing() -> None:
    for kind, body in ((JSON, b'{"recipients":[%s,{}]}' % GOOD), (NDJSON, GOOD + b"\n{}")):
        assert validate(RECIPIENTS, kind, b"\xef\xbb\xbf" + body) == validate(RECIPIENTS, kind, body)
        with pytest.raises(Refusal):
            validate(RECIPIENTS, kind, b"\xef\xbb\xbf" * 2 + b"1")


@pytest.mark.parametrize(
    ("number", "months"),
    [("60.0", 60), ("6e1", 60), ("-0.0", 0), ("1200.0", 1200), ("60.5", None), ("1201.0", None), ("1e300", None)],
)
def test_a_whole_number_may_be_written_with_a_fraction_of_nothing(number: str, months: int | None) -> None:
    """As JSON Schema's `integer` means it."""
    raw = f'{{"activity_name_vi":"A","legal_basis":"consent","retention_period_months":{number}}}'.encode()
    batch = validate(ACTIVITIES, NDJSON, raw)
    assert [record.retention_period_months for record in batch.records] == ([] if months is None else [months])


def test_a_number_that_may_have_been_another_is_no_whole_number() -> None:
    for number, passes in (("9007199254740992.0", True), ("9007199254740994.0", False)):
        raw = f'{{"name_vi":"A","destination_country":"VN","data_subject_count":{number}}}'.encode()
        assert bool(validate(ENTITIES["data-transfers"], NDJSON, raw).records) == passes


# How large a record, and how many its faults.


@given(entities.flatmap(lambda entity: st.tuples(st.just(entity), record_bytes(entity))))
@busy
def test_a_large_record_is_read_as_a_small_one(case: tuple[Entity, bytes]) -> None:
    """Apart from the names of members that there are not."""
    entity, raw = case
    small = read_record(entity.record, raw)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record_check, "LARGE_RECORD", -1)
        large = read_record(entity.record, raw)
    if [fault.code for fault in small.faults] == ["RECORD_MALFORMED"] != [fault.code for fault in large.faults]:
        # What is not looked into may be anything.
        assert {fault.code for fault in large.faults} & {"UNKNOWN_MEMBER", "RECORD_NOT_OBJECT"}
        return
    assert (large.record, large.id, large.external_id) == (small.record, small.id, small.external_id)
    known = [[fault for fault in each.faults if fault.code != "UNKNOWN_MEMBER"] for each in (small, large)]
    assert known[0] == known[1]
    assert (len(small.faults) > len(known[0])) == (Fault("UNKNOWN_MEMBER") in large.faults)


def peak_of(entity: Entity, kind: str, body: bytes) -> tuple[Batch, int]:
    """The batch, and the most memory that reading it took, once what is made for its entity is there.

    The least of three: other threads of the process may take some at the same time.
    """
    with suppress(Refusal):
        validate(entity, kind, b'{"%s":[{},1' % entity.member.encode())
    return min((_peak_of(entity, kind, body) for _ in range(3)), key=lambda found: found[1])


def _peak_of(entity: Entity, kind: str, body: bytes) -> tuple[Batch, int]:
    tracemalloc.start()
    try:
        batch = validate(entity, kind, body)
        return batch, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


HUGE: dict[str, tuple[bytes, str]] = {
    "zeros": (b'"data_category_ids":[%s]' % b",".join([b"0"] * 1_000_000), "TOO_MANY_ITEMS"),
    "lists": (b'"data_category_ids":[%s]' % b",".join([b"[]"] * 700_000), "TOO_MANY_ITEMS"),
    "a list of lists": (b'"data_category_ids":[[%s]]' % b",".join([b"[]"] * 700_000), "EXPECTED_UUID"),
    "ids": (b'"data_category_ids":[%s]' % b",".join([UUID_TEXT] * (MAX_LIST + 1)), "TOO_MANY_ITEMS"),
    "objects for a text": (b'"data_category_ids":{%s}' % b",".join([b'"a":{}'] * 700_000), "EXPECTED_LIST"),
    "a text": (b'"data_category_ids":"%s"' % (b"x" * 4_000_000), "EXPECTED_LIST"),
    "digits": (b'"data_category_ids":%s' % (b"1" * 4_000_000), "EXPECTED_LIST"),
}


@pytest.mark.parametrize("kind", [JSON, NDJSON])
@pytest.mark.parametrize("name", HUGE)
def test_a_huge_member_is_one_fault_at_its_place_and_is_not_held(kind: str, name: str) -> None:
    member, code = HUGE[name]
    raw = b'{"activity_name_vi":"A","legal_basis":"consent","external_id":"scan-1",%s}' % member
    good = b'{"activity_name_vi":"A","legal_basis":"consent"}'
    raws = [good, raw, good]
    body = b"\n".join(raws) if kind == NDJSON else b'{"activities":[%s]}' % b",".join(raws)
    batch, peak = peak_of(ACTIVITIES, kind, body)
    assert list(batch.indexes) == [0, 2]
    (reject,) = batch.rejects
    assert [(f.code, f.pointer.startswith("/data_category_ids")) for f in reject.faults] == [(code, True)]
    assert reject.external_id == "scan-1"
    assert peak < 3 * len(body) + 1_000_000


def test_a_record_of_a_million_unknown_members_is_a_fault_of_few_words() -> None:
    raw = b"{%s}" % b",".join(b'"m%d":0' % n for n in range(400_000))
    batch, peak = peak_of(RECIPIENTS, NDJSON, GOOD + b"\n" + raw)
    assert batch.rejects[0].faults[0] == Fault("UNKNOWN_MEMBER")
    assert peak < 4 * len(raw)


def test_a_rejected_record_larger_than_any_good_one_is_not_kept() -> None:
    padding = b" " * LARGE_RECORD
    small, large = validate(RECIPIENTS, NDJSON, b'{"x":1}\n{"x":1%s}\n%s' % (padding, GOOD)).rejects
    assert (small.raw, large.raw) == (b'{"x":1}', b"")


def test_a_record_has_twenty_faults_at_most_and_the_last_one_counts_the_others() -> None:
    for count in (MOST_FAULTS, MOST_FAULTS + 1, 10_000):
        raw = json.dumps({f"m{n}": n for n in range(count - 2)}).encode()
        (reject,) = validate(RECIPIENTS, NDJSON, raw + b"\n" + GOOD).rejects
        assert len(reject.faults) == MOST_FAULTS
        told = [fault.params.get("count") for fault in reject.faults if fault.code == "MORE_ERRORS"]
        assert told == ([] if count == MOST_FAULTS else [count - MOST_FAULTS + 1])


@given(st.integers(0, 60), st.integers(0, 5))
@busy
def test_no_fault_is_lost_in_the_count(made: int, uncounted: int) -> None:
    kept = kept_faults((Fault("REQUIRED", f"/{n}") for n in range(made)), uncounted if made > MOST_FAULTS else 0)
    more = sum(fault.params["count"] for fault in kept if fault.code == "MORE_ERRORS")
    named = sum(fault.code != "MORE_ERRORS" for fault in kept)
    assert named + more == made + (uncounted if made > MOST_FAULTS else 0)
    assert len(kept) <= MOST_FAULTS


def test_names_of_a_record_with_many_faults_are_told_only_if_they_are_right() -> None:
    unknown = {f"m{n}": n for n in range(30)}
    for external, told in ((7, None), ("scan-1 ", "scan-1"), ("x" * 256, None)):
        raw = json.dumps({**unknown, "external_id": external}).encode()
        (reject,) = validate(RECIPIENTS, NDJSON, raw + b"\n" + GOOD).rejects
        assert reject.external_id == told
