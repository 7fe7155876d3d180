"""Page tokens: what was handed out is read back; anything else is refused in order."""

import base64
import datetime
import uuid
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.chunks import IdMaker
from libs.contracts.jobs import Before
from libs.contracts.refusals import Refusal
from libs.lookup import page_tokens

OF = uuid.UUID("11111111-1111-4111-8111-111111111111")
"""Whose list it is."""
relaxed = settings(deadline=None, max_examples=80)
MILLISECONDS = st.integers(946_684_800_000, 4_102_444_800_000)
"""From 2000 to 2100: the moments at which jobs are created, in whole milliseconds."""
READERS: tuple[Callable[[uuid.UUID, object], object], ...] = (
    page_tokens.read_job_token, page_tokens.read_index_token, page_tokens.read_id_token,
    lambda of, token: page_tokens.read_text_token(of, token, datetime.date.fromisoformat),
)  # fmt: skip
CHOSEN = st.sampled_from(["|", "||", "1|", "|x", "-1", "9" * 30, "9" * 30 + "|" + "0" * 32, "1|urn:uuid:", "\xff", "é"])


@given(st.uuids(), MILLISECONDS)
@relaxed
def test_a_page_starts_below_the_job_that_ended_the_one_before(job_id: uuid.UUID, epoch_ms: int) -> None:
    moment = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC) + datetime.timedelta(milliseconds=epoch_ms)
    last = Before(moment, job_id)
    assert page_tokens.read_job_token(OF, page_tokens.after_job(OF, last)) == last


@given(st.integers(0, IdMaker.MAX_INDEX))
@relaxed
def test_a_page_of_errors_starts_after_the_index_that_ended_the_one_before(index: int) -> None:
    assert page_tokens.read_index_token(OF, page_tokens.after_index(OF, index)) == index


def test_without_a_token_the_first_page_is_meant() -> None:
    assert page_tokens.read_job_token(OF, None) is None
    assert page_tokens.read_index_token(OF, None) == -1


def encoded(text: str) -> str:
    """Any text as a token that bears the right mark."""
    return page_tokens._encode(OF, text)


@given(st.uuids(), st.integers(0, IdMaker.MAX_INDEX), st.integers(0, 200))
@relaxed
def test_a_token_of_another_list_or_one_that_was_changed_is_refused(of: uuid.UUID, index: int, place: int) -> None:
    token = page_tokens.after_index(OF, index)
    with pytest.raises(Refusal, match="BAD_PARAMETER"):
        page_tokens.read_index_token(of, token)
    place %= len(token)
    with pytest.raises(Refusal, match="BAD_PARAMETER"):
        page_tokens.read_index_token(OF, token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :])


@given(st.text() | st.binary().map(lambda raw: base64.urlsafe_b64encode(raw).decode()) | CHOSEN | CHOSEN.map(encoded))
@relaxed
def test_any_other_token_is_a_position_or_refused(token: str) -> None:
    for read in READERS:
        try:
            read(OF, token)
        except Refusal as refusal:
            assert refusal.problem.code == "BAD_PARAMETER"
            assert token not in refusal.params.values() or not token


@pytest.mark.parametrize("token", ["", "x" * 10_000, ["a", "b"], 7])
def test_a_token_of_another_form_is_refused(token: object) -> None:
    for read in READERS:
        with pytest.raises(Refusal, match="BAD_PARAMETER"):
            read(OF, token)


@pytest.mark.parametrize("text", ["-1", str(IdMaker.MAX_INDEX + 1), "1.5", "1e3", "nan"])
def test_an_index_that_no_record_has_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="BAD_PARAMETER"):
        page_tokens.read_index_token(OF, encoded(text))


@pytest.mark.parametrize("moment", ["-999999999999999", "999999999999999999999", "-62135596800001", "253402300800000"])
def test_a_moment_that_no_calendar_has_is_refused(moment: str) -> None:
    with pytest.raises(Refusal, match="BAD_PARAMETER"):
        page_tokens.read_job_token(OF, encoded(f"{moment}|{uuid.uuid4()}"))


def test_a_place_is_what_its_list_reads_out_of_the_text() -> None:
    token = page_tokens.after_text(OF, "2026-11-27")
    assert page_tokens.read_text_token(OF, token, datetime.date.fromisoformat) == datetime.date(2026, 11, 27)
    assert page_tokens.read_text_token(OF, None, datetime.date.fromisoformat) is None


@pytest.mark.parametrize("text", ["x", "", "2026-13-27", "2026-11-27|a"])
def test_a_text_that_its_list_cannot_read_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="BAD_PARAMETER"):
        page_tokens.read_text_token(OF, encoded(text), datetime.date.fromisoformat)


def test_a_text_that_postgresql_does_not_take_is_refused() -> None:
    with pytest.raises(Refusal, match="BAD_PARAMETER"):
        page_tokens.read_text_token(OF, encoded("a\0"), str)
