"""What a request says outside its body: parameters, headers, media types."""

import re
from typing import Any

import falcon
import pytest
from falcon import testing
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.intake.options import BatchOptions
from libs.intake.validation.bodies import JSON, NDJSON
from services.ingest.batches.options import batch_options
from services.ingest.http.headers import idempotency_key, wait_seconds
from services.ingest.http.parameters import job_id, number, preferred

relaxed = settings(deadline=None, max_examples=60)


def request(query: str = "", **headers: str) -> falcon.Request:
    """A request as the application's settings have Falcon read it."""
    given = {"Content-Type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    how = falcon.RequestOptions()
    how.auto_parse_qs_csv = False
    how.keep_blank_qs_values = True
    return testing.create_req(query_string=query, headers=given, options=how)


def read(query: str = "", **headers: str) -> BatchOptions:
    return batch_options(request(query, **headers), "recipients")


def refusal(query: str = "", **headers: str) -> str:
    with pytest.raises(Refusal) as raised:
        read(query, **headers)
    return raised.value.problem.code


def test_without_a_word_the_defaults_hold() -> None:
    assert read() == BatchOptions(
        entity=ENTITIES["recipients"], kind=JSON, mode="insert", on_error="continue", lane="normal", dry_run=False,
        key=None,
    )  # fmt: skip


@pytest.mark.parametrize("name", ENTITIES)
def test_an_entity_is_found_by_its_name(name: str) -> None:
    assert batch_options(request(), name).entity is ENTITIES[name]


@pytest.mark.parametrize("name", ["", "Recipients", "recipient", "recipients/", "__class__"])
def test_another_name_is_no_entity(name: str) -> None:
    with pytest.raises(Refusal, match="NOT_FOUND"):
        batch_options(request(), name)


@pytest.mark.parametrize("query", [
    "mode=", "mode=INSERT", "mode=insert&mode=upsert", "mode=insert,upsert", "dry_run", "dry_run=1", "dry_run=True",
    "lane=urgent", "on_error=stop", "dryrun=true", "mode%00=insert", "page_token=x", "=x",
])  # fmt: skip
def test_what_is_not_as_documented_is_refused(query: str) -> None:
    assert refusal(query) == "BAD_PARAMETER"


def test_a_strange_parameter_name_is_not_echoed() -> None:
    with pytest.raises(Refusal) as raised:
        read("<script>=1")
    assert raised.value.params["name"] == "?"


@pytest.mark.parametrize(("prefer", "seconds"), [
    (None, 30), ("", 30), ("wait=0", 0), ("wait=5", 5), ("wait=60", 60), ("wait=61", 60), ("wait=999999", 60),
    ('wait="7"', 7), ("wait = 7", 7), ("return=minimal, wait=7", 7), ("wait=7; foo", 7), ("respond-async", 0),
    ("respond-async, wait=10", 10), ("respond-asynchronous", 30), ("await=7", 30), ("wait=-1", 30), ("wait=1.5", 30),
    ("wait=", 30), ("wait=năm", 30), ("wait=9999999", 30), ("wait=7x", 30),
    ("Respond-Async", 0), ("RESPOND-ASYNC, WAIT=10", 10), ("wait=10, respond-async", 10), ("respond-async, wait=0", 0),
    ("respond-async; wait=10", 0), ("Wait=7", 7), ("wait=5, wait=9", 5), ("wait=x, wait=9", 30), (",, wait=7 ,", 7),
    ('x="wait=7"', 30), ('x="respond-async"', 30), ('x="a, wait=7"', 30), ('x="a, respond-async", wait=7', 7),
    ('x="\\", wait=7', 30), ('"respond-async"', 30), ('x="wait=7', 30), ('wait="7"; y="a;b,c"', 7), ("=, wait=7", 7),
    ("wait 9, wait=7", 7), ("respond-async wait=7", 30), ("respond-async=yes", 0), ("wait=\u0667", 30),
])  # fmt: skip
def test_prefer_says_how_long_to_wait(prefer: str | None, seconds: float) -> None:
    """RFC 7240; what cannot be read is ignored."""
    assert wait_seconds(prefer) == seconds


@given(st.text())
@relaxed
def test_any_preference_gives_a_wait_within_the_limits(prefer: str) -> None:
    assert 0 <= wait_seconds(prefer) <= 60


@given(
    st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=255).filter(
        lambda key: key.strip() == key and not key.startswith('"')
    )
)
@example("a b")
@example("~" * 255)
@relaxed
def test_a_key_of_printable_ascii_is_taken_as_it_is(key: str) -> None:
    assert idempotency_key(request(Idempotency_Key=key)) == key


@pytest.mark.parametrize(("sent", "key"), [
    ('"abc"', "abc"), ('"a b"', "a b"), ('"a\\"b"', 'a"b'), ('"a\\\\b"', "a\\b"), ('"a,b"', "a,b"), ('a"b', 'a"b'),
    (f'"{"~" * 255}"', "~" * 255),
])  # fmt: skip
def test_a_key_is_a_string_of_rfc_8941(sent: str, key: str) -> None:
    assert idempotency_key(request(Idempotency_Key=sent)) == key


@pytest.mark.parametrize("key", [
    "", "~" * 256, "é", "\x7f", "a\tb", "a\nb", "a\0", '""', '"', '"abc', '"a"b"', '"a\\b"', '"a\\"', '"é"', '"abc";x',
    '"abc" "d"', f'"{"~" * 256}"',
])  # fmt: skip
def test_other_keys_are_refused(key: str) -> None:
    assert refusal(Idempotency_Key=key) == "BAD_IDEMPOTENCY_KEY"


@pytest.mark.parametrize(("media", "kind"), [
    ("application/json", JSON), ("Application/JSON; charset=UTF-8", JSON), ('application/json;charset="utf8"', JSON),
    ("application/x-ndjson", NDJSON), ("application/ndjson ; x=y", NDJSON), ("application/json;", JSON),
    ("", None), ("text/plain", None), ("application/json; charset=latin-1", None), ("application/jsonp", None),
    ("application/json, text/plain", None), ("application/problem+json", None),
    ('application/json; x="; charset=latin-1"', JSON), ("application/json; CHARSET=utf-8", JSON),
    ('application/json; charset="latin-1"', None), ("application/json; xcharset=latin-1", JSON),
])  # fmt: skip
def test_the_media_type_says_the_kind_of_body(media: str, kind: str | None) -> None:
    if kind is None:
        assert refusal(Content_Type=media) == "UNSUPPORTED_MEDIA_TYPE"
    else:
        assert read(Content_Type=media).kind == kind


@pytest.mark.parametrize(("accept", "chosen"), [
    (None, "application/json"), ("*/*", "application/json"), ("text/csv", "text/csv"), ("TEXT/CSV", "text/csv"),
    ("text/*", "text/csv"), ("application/json;q=0.1, text/csv", "text/csv"), ("text/csv;q=0", None),
    ("image/png", None), ("text/html, */*;q=0.1", "application/json"), ("nonsense", None), ("", "application/json"),
    (";;;", None), ("text/csv;q=many", None), ("/", None), (",", "application/json"), (", text/csv,,", "text/csv"),
    ('text/html;x="a,b", text/csv', "text/csv"), ("text/html" + ", a/b" * 4_000, None),
])  # fmt: skip
def test_accept_chooses(accept: str | None, chosen: str | None) -> None:
    headers = {} if accept is None else {"Accept": accept}
    assert preferred(request(**headers), "application/json", "text/csv") == chosen


@given(st.text(st.characters(max_codepoint=255, exclude_characters="\r\n\0"), max_size=40))
@relaxed
def test_any_accept_is_survived(accept: str) -> None:
    assert preferred(request(Accept=accept), "application/json") in (None, "application/json")


@pytest.mark.parametrize("text", ["", "0", "201", "-1", "+1", " 1", "1.0", "1e1", "٣", "0x1", "9" * 30, "1&limit=2"])
def test_a_number_out_of_its_range_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="BAD_PARAMETER"):
        number(request(f"limit={text}"), "limit", 50, 1, 200)


def test_a_number_within_its_range_is_read() -> None:
    assert [number(request(query), "limit", 50, 1, 200) for query in ("", "limit=1", "limit=200")] == [50, 1, 200]


@given(st.text())
@relaxed
def test_what_is_no_uuid_names_no_job(text: str) -> None:
    try:
        assert re.sub(r"[^0-9a-f]", "", text.lower().replace("urn:uuid:", "")) == job_id(text).hex
    except Refusal as refused:
        assert refused.problem.code == "JOB_NOT_FOUND"


def test_the_fingerprint_differs_by_all_that_changes_what_is_written() -> None:
    base: dict[str, Any] = {"query": "", "body": b"{}", "Content_Type": "application/json"}
    variants: list[dict[str, Any]] = [
        {}, {"query": "mode=upsert"}, {"query": "on_error=abort"}, {"body": b"{} "}, {"body": b""},
        {"Content_Type": "application/x-ndjson"},
    ]  # fmt: skip
    prints = set()
    for variant in variants:
        parts = {**base, **variant}
        body = parts.pop("body")
        prints.add(read(**parts).fingerprint(body))
    others = batch_options(request(), "data-categories").fingerprint(b"{}")
    assert len(prints | {others}) == len(variants) + 1


def test_the_fingerprint_does_not_differ_by_how_a_request_is_sent() -> None:
    """The same content compressed, in another lane or with another patience is the same request."""
    same = {
        read(**parts).fingerprint(b"{}")
        for parts in ({}, {"query": "lane=high"}, {"Prefer": "wait=1"}, {"Content_Encoding": "gzip"})
    }
    assert len(same) == 1
