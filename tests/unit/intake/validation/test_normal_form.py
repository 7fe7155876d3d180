"""Texts are normalised at a cost that is linear in them: what could cost more is never given to the normaliser."""

import json
import sys
import unicodedata
from itertools import groupby
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.contracts.inventory import normal_form
from libs.contracts.inventory.members import MAX_TEXT
from libs.contracts.inventory.normal_form import LONGEST_RUN, MARKS, MOST_COMPOSED, has_long_run, is_tidy, tidy
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.intake.validation.batch import validate
from libs.intake.validation.bodies import JSON, NDJSON
from tests.root import ROOT
from tests.unit.intake.validation.record_strategies import fields_of, texts

relaxed = settings(deadline=None, max_examples=100)
MARKED = "a\u0300\u0315\u0323\u0f73\u0345\U0001e94a \n\u00e9\U0001f600"
stretches = st.tuples(st.sampled_from(MARKED), st.integers(1, 70)).map(lambda pair: pair[0] * pair[1])
marked_texts = st.lists(stretches, max_size=6).map("".join)


def longest_run(text: str) -> int:
    return max((len(list(run)) for is_mark, run in groupby(text, MARKS.__contains__) if is_mark), default=0)


@given(marked_texts)
@example("\u0300" * LONGEST_RUN)
@example("\u0300" * (LONGEST_RUN + 1))
@example("a" + "\u0315\u0300" * 50_000)
@relaxed
def test_a_long_run_is_found_wherever_it_stands(text: str) -> None:
    assert has_long_run(text) == (longest_run(text) > LONGEST_RUN)


def test_every_character_that_sorting_moves_is_a_mark() -> None:
    """Also those that come with a later Unicode: this looks at all of them."""
    surrogates = range(0xD800, 0xE000)
    every = (chr(code) for code in range(sys.maxunicode + 1) if code not in surrogates)
    assert {each for each in every if unicodedata.combining(unicodedata.normalize("NFD", each)[0])} == MARKS


@given(texts | marked_texts, st.integers(1, 80))
@relaxed
def test_a_text_is_composed_and_trimmed_or_could_not_be_stored_anyway(text: str, longest: int) -> None:
    tidied, composed = tidy(text, longest), unicodedata.normalize("NFC", text).strip()
    if tidied is None:
        assert has_long_run(text) or has_long_run(composed) or len(composed) > longest
    else:
        assert tidied == composed
        assert is_tidy(tidied)


def test_a_character_of_nfc_stands_for_four_at_most() -> None:
    lengths = {len(unicodedata.normalize("NFD", chr(code))) for code in range(sys.maxunicode + 1)}
    assert max(lengths) == MOST_COMPOSED


class Normaliser:
    """Python's own, which looks at what it is given."""

    combining = staticmethod(unicodedata.combining)

    def __init__(self) -> None:
        self.calls = 0

    def normalize(self, form: Any, text: str) -> str:
        self.calls += 1
        assert longest_run(text) <= LONGEST_RUN
        assert len(text) <= MOST_COMPOSED * MAX_TEXT
        return unicodedata.normalize(form, text)

    def is_normalized(self, form: Any, text: str) -> bool:
        return unicodedata.is_normalized(form, text)


HEAVY = ["a" + "\u0315\u0300" * 20_000, "a" + "\u0315\u0300" * 16, "\u0f73" * 400, "e\u0302" * 20_000, "e\u0302" * 9]


@pytest.mark.parametrize("kind", [JSON, NDJSON])
@pytest.mark.parametrize("text", HEAVY, ids=len)
def test_no_member_brings_a_long_run_to_the_normaliser(kind: str, text: str) -> None:
    """Values of every field, items of lists, names of members, and names of records that are refused."""
    with pytest.MonkeyPatch.context() as patch:
        normaliser = Normaliser()
        patch.setattr(normal_form, "unicodedata", normaliser)
        for entity in ENTITIES.values():
            names = [field.name for field in fields_of(entity)]
            records = [{name: text, "external_id": text, text[:50_000]: text} for name in names]
            records += [{name: [text]} for name in names]
            raws = [json.dumps(record, ensure_ascii=False).encode() for record in records]
            body = b"\n".join(raws) if kind == NDJSON else b'{"%s":[%s]}' % (entity.member.encode(), b",".join(raws))
            assert len(validate(entity, kind, body).rejects) == len(records)
        assert bool(normaliser.calls) == (tidy(text, MAX_TEXT) is not None)


@pytest.mark.parametrize("kind", [JSON, NDJSON])
def test_a_text_with_a_long_run_is_a_fault_of_its_field_in_whatever_form(kind: str) -> None:
    """In a text that is in NFC already too: what decodes at once must not pass."""
    recipients = ENTITIES["recipients"]
    for name in ("b" + "\u0300" * (LONGEST_RUN + 1), "b" + "\u0315\u0300" * LONGEST_RUN):
        raw = json.dumps({"name_vi": "A", "name_en": name, "recipient_type": "internal"}).encode()
        body = raw + b"\n" + raw if kind == NDJSON else b'{"recipients":[%s,%s]}' % (raw, raw)
        found = validate(recipients, kind, body).rejects
        assert [[(f.code, f.pointer) for f in each.faults] for each in found] == [[("TOO_MANY_MARKS", "/name_en")]] * 2


def test_as_many_marks_as_a_language_needs_pass() -> None:
    name = ("b" + "\u0300" * LONGEST_RUN) * 10
    raw = json.dumps({"name_vi": name, "recipient_type": "internal"}).encode()
    assert validate(ENTITIES["recipients"], NDJSON, raw).records[0].name_vi == name


def test_nothing_else_normalises() -> None:
    found = {
        str(path.relative_to(ROOT))
        for folder in ("libs", "services", "deploy")
        for path in (ROOT / folder).rglob("*.py")
        if "import unicodedata" in (text := path.read_text()) or "from unicodedata" in text
    }
    # The terminal takes the marks from one letter at a time, and names of files are asked what each letter is.
    assert found == {
        "libs/contracts/inventory/normal_form.py",
        "libs/client/commands/screen/terminal.py",
        "libs/uploads/names.py",
    }


def test_a_body_that_is_all_marks_is_refused() -> None:
    with pytest.raises(Refusal):
        validate(ENTITIES["recipients"], JSON, ("a" + "\u0315\u0300" * 50_000).encode())
