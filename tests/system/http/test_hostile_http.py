"""Requests that no HTTP library sends: refused or hung up on, with nothing written."""

import json

import pytest

from tests.system.api import Stack, Tenant
from tests.system.raw import RawAnswer, chunked, exchange
from tests.system.samples import RECIPIENT, Json

pytestmark = pytest.mark.usefixtures("still_serving")

RECORD = json.dumps(RECIPIENT.sample()).encode()
GOOD = b'{"recipients": [%s]}' % RECORD
LENGTH = b"Content-Length: %d\r\n" % len(GOOD)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def test_the_usual_request_over_a_plain_socket_is_written(tenant: Tenant) -> None:
    assert tenant.raw(RECIPIENT, LENGTH, GOOD).status == 201


def test_a_client_that_closes_its_half_after_a_whole_body_is_answered(tenant: Tenant) -> None:
    assert tenant.raw(RECIPIENT, LENGTH, GOOD, half_close=True).status == 201


SHORT: dict[str, tuple[bytes, bytes]] = {
    "whole JSON, longer announced": (b"Content-Length: %d\r\n" % (len(GOOD) + 10), GOOD),
    "half a body": (LENGTH, GOOD[: len(GOOD) // 2]),
    "no body": (LENGTH, b""),
    "whole line, longer announced": (
        b"Content-Type: application/x-ndjson\r\nContent-Length: %d\r\n" % (2 * len(RECORD)),
        RECORD + b"\n",
    ),
    "chunks without the last": (CHUNKED, chunked(GOOD, 50).removesuffix(b"0\r\n\r\n")),
    "half a chunk": (CHUNKED, b"ffff\r\n" + GOOD),
    "no chunk": (CHUNKED, b""),
    "no end after the last chunk's size": (CHUNKED, chunked(GOOD, 50).removesuffix(b"\r\n\r\n")),
}


@pytest.mark.parametrize("name", SHORT)
def test_a_body_that_ends_too_early_is_never_written(tenant: Tenant, name: str) -> None:
    fields, body = SHORT[name]
    answer = tenant.raw(RECIPIENT, fields, body, half_close=True)
    whole = name == "no end after the last chunk's size" and answer.status == 201
    assert answer.refused or whole
    assert tenant.count(RECIPIENT) == (1 if whole else 0)


REFUSED: dict[str, tuple[bytes, bytes]] = {
    "transfer gzip, chunked": (b"Transfer-Encoding: gzip, chunked\r\n", chunked(GOOD, 50)),
    "transfer gzip and chunked": (b"Transfer-Encoding: gzip\r\n" + CHUNKED, chunked(GOOD, 50)),
    "transfer gzip": (b"Transfer-Encoding: gzip\r\n", chunked(GOOD, 50)),
    "transfer unknown": (b"Transfer-Encoding: xchunked\r\n", chunked(GOOD, 50)),
    "length a word": (b"Content-Length: many\r\n", GOOD),
    "length negative": (b"Content-Length: -1\r\n", GOOD),
    "length with a sign": (b"Content-Length: +%d\r\n" % len(GOOD), GOOD),
    "length hexadecimal": (b"Content-Length: 0x40\r\n", GOOD),
    "length huge": (b"Content-Length: 1" + b"0" * 30 + b"\r\n", GOOD),
    "length of 5,000 digits": (b"Content-Length: " + b"9" * 5_000 + b"\r\n", GOOD),
    "two lengths": (LENGTH + b"Content-Length: 5\r\n", GOOD),
    "chunk size a word": (CHUNKED, b"zz\r\n" + GOOD + b"\r\n0\r\n\r\n"),
    "chunk size negative": (CHUNKED, b"-5\r\n" + GOOD + b"\r\n0\r\n\r\n"),
    "chunk size huge": (CHUNKED, b"f" * 40 + b"\r\n" + GOOD + b"\r\n0\r\n\r\n"),
    "chunk longer than announced": (CHUNKED, b"5\r\n" + GOOD + b"\r\n0\r\n\r\n"),
    "field without a colon": (LENGTH + b"Nonsense\r\n", GOOD),
    "field with a space in its name": (LENGTH + b"X Y: 1\r\n", GOOD),
    "field with NUL": (LENGTH + b"X-Y: a\x00b\r\n", GOOD),
    "a field of 100,000 bytes": (LENGTH + b"X-Y: " + b"a" * 100_000 + b"\r\n", GOOD),
    "5,000 fields": (LENGTH + b"X-Y: 1\r\n" * 5_000, GOOD),
    "key with a bare carriage return": (LENGTH + b"Idempotency-Key: a\rX-Evil: 1\r\n", GOOD),
    "key with a bare line feed": (LENGTH + b"Idempotency-Key: a\nX-Evil: 1\r\n", GOOD),
    "key with NUL": (LENGTH + b"Idempotency-Key: a\x00b\r\n", GOOD),
    "key with a control character": (LENGTH + b"Idempotency-Key: a\x01b\r\n", GOOD),
    "key with DEL": (LENGTH + b"Idempotency-Key: a\x7fb\r\n", GOOD),
    "key with UTF-8": (LENGTH + "Idempotency-Key: khóa\r\n".encode(), GOOD),
    "key with Latin-1": (LENGTH + b"Idempotency-Key: a\xe9\r\n", GOOD),
}
OPEN = {"key with a bare line feed"}
"""A server may take a bare line feed for the end of a field (RFC 9112, 2.2); then the key is `a`."""


@pytest.mark.parametrize("name", REFUSED)
def test_a_request_out_of_order_is_refused(tenant: Tenant, name: str) -> None:
    fields, body = REFUSED[name]
    answer = tenant.raw(RECIPIENT, fields, body, half_close=True)
    assert answer.refused or (name in OPEN and answer.status == 201)
    assert b"x-evil" not in answer.head
    if answer.refused:
        assert tenant.count(RECIPIENT) == 0


SURVIVED: dict[str, tuple[bytes, bytes]] = {
    "length and chunks": (LENGTH + CHUNKED, chunked(GOOD, 50)),
    "chunked twice": (CHUNKED + CHUNKED, chunked(GOOD, 50)),
    "chunk extension": (CHUNKED, b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(GOOD), GOOD)),
    "trailer": (CHUNKED, b"%x\r\n%s\r\n0\r\nX-Trailer: 1\r\n\r\n" % (len(GOOD), GOOD)),
    "key with a tab": (LENGTH + b"Idempotency-Key: a\tb\r\n", GOOD),
    "empty key": (LENGTH + b"Idempotency-Key:\r\n", GOOD),
    "two traces": (LENGTH + b"traceparent: a\r\ntraceparent: b\r\n", GOOD),
    "two preferences": (LENGTH + b"Prefer: foo\r\nPrefer: wait=20\r\n", GOOD),
    "request id in UTF-8": (LENGTH + "X-Request-ID: mã\r\n".encode(), GOOD),
    "prefer in UTF-8": (LENGTH + "Prefer: wait=năm\r\n".encode(), GOOD),
    "method override": (LENGTH + b"X-HTTP-Method-Override: DELETE\r\n", GOOD),
    "forwarded prefix": (LENGTH + b"X-Forwarded-Prefix: /x\r\nX-Forwarded-Proto: x\r\nForwarded: x\r\n", GOOD),
    "script name": (LENGTH + b"Script-Name: /x\r\nScript_Name: /x\r\n", GOOD),
    "expects 100": (LENGTH + b"Expect: 100-continue\r\n", GOOD),
    "upgrade": (LENGTH + b"Upgrade: websocket\r\n", GOOD),
    "more than announced": (LENGTH, GOOD + b" more"),
}


@pytest.mark.parametrize("name", SURVIVED)
def test_an_odd_request_is_written_whole_or_refused(tenant: Tenant, name: str) -> None:
    fields, body = SURVIVED[name]
    answer = tenant.raw(RECIPIENT, fields, body, half_close=True)
    written = answer.status in (100, 201)
    assert answer.refused or written
    if answer.status is not None:
        assert tenant.count(RECIPIENT) == (1 if written else 0)


LINES: dict[str, bytes] = {
    "no target": b"GET",
    "no version": b"GET /livez",
    "version 9.9": b"GET /livez HTTP/9.9",
    "four words": b"GET /livez HTTP/1.1 x",
    "small letters": b"get /livez HTTP/1.1",
    "TLS": b"\x16\x03\x01\x02",
    "no slash": b"GET livez HTTP/1.1",
    "half an address": b"GET http://[::1 HTTP/1.1",
    "100,000 bytes": b"GET /" + b"a" * 100_000 + b" HTTP/1.1",
    "no UTF-8": b"GET /\xff\xfe HTTP/1.1",
    "NUL": b"GET /livez?\x00 HTTP/1.1",
    "CONNECT": b"CONNECT a:1 HTTP/1.1",
    "asterisk": b"GET * HTTP/1.1",
    "HTTP/2": b"PRI * HTTP/2.0",
}


@pytest.mark.parametrize("name", LINES)
def test_any_request_line_is_answered_or_refused(stack: Stack, name: str) -> None:
    answer = exchange(stack.url, LINES[name] + b"\r\nHost: test\r\nConnection: close\r\n\r\n", half_close=True)
    assert answer.refused or answer.status == 200


def is_problem(answer: RawAnswer, status: int, code: str) -> Json:
    """The whole answer is this problem, in both languages, and says that the connection ends; its document."""
    assert answer.status == status
    assert b"content-type: application/problem+json" in answer.head
    assert b"\r\nconnection: close" in answer.head
    problem: Json = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert problem["title"] != problem["title_vi"]
    assert problem["detail"] != problem["detail_vi"]
    assert b"x-request-id: %s\r\n" % problem["request_id"].encode() in answer.head + b"\r\n"
    return problem


def asking(line: str = "GET /livez HTTP/1.1", *fields: str) -> bytes:
    return "\r\n".join((line, *fields, "", "")).encode("latin-1")


REFUSED_EARLY: dict[str, tuple[int, str, bytes]] = {
    "no host": (400, "HOST_REQUIRED", asking()),
    "no host, HEAD": (400, "", asking("HEAD /livez HTTP/1.1")),
    "no name of a host": (400, "HOST_REQUIRED", asking("GET /livez HTTP/1.1", "Host: a b")),
    "a name of the framework's": (400, "BAD_REQUEST", asking("WEBSOCKET /livez HTTP/1.1", "Host: x")),
    "small letters": (400, "BAD_REQUEST", asking("get /livez HTTP/1.1", "Host: x")),
    "no version": (400, "BAD_REQUEST", asking("GET /livez", "Host: x")),
    "bare line feeds": (400, "BAD_REQUEST", b"GET /livez HTTP/1.1\nHost: x\n\n"),
    "a folded field": (400, "BAD_REQUEST", asking("GET /livez HTTP/1.1", "Host: x", "X-Y: 1", " 2")),
    "length a word": (400, "BAD_REQUEST", asking("GET /livez HTTP/1.1", "Host: x", "Content-Length: a")),
    "length and chunks": (
        400, "BAD_REQUEST",
        asking("POST /x HTTP/1.1", "Host: x", "Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    ),
    "a long target": (414, "URI_TOO_LONG", asking(f"GET /{'a' * 5_000} HTTP/1.1", "Host: x")),
    "a target without an end": (414, "URI_TOO_LONG", b"GET /" + b"a" * 5_000),
    "expects a miracle": (417, "EXPECTATION_FAILED", asking("GET /livez HTTP/1.1", "Host: x", "Expect: a miracle")),
    "a long field": (431, "HEAD_TOO_LARGE", asking("GET /livez HTTP/1.1", "Host: x", f"X-Y: {'a' * 20_000}")),
    "many fields": (431, "HEAD_TOO_LARGE", asking("GET /livez HTTP/1.1", "Host: x", *["X-Y: 1"] * 70)),
    "a head without an end": (431, "HEAD_TOO_LARGE", asking("GET /livez HTTP/1.1", "X-Y: 1\r\n" * 6_000)[:-4]),
    "an unknown coding": (
        501, "TRANSFER_CODING_UNKNOWN", asking("POST /x HTTP/1.1", "Host: x", "Transfer-Encoding: x"),
    ),
    "HTTP/2.0": (505, "VERSION_NOT_SUPPORTED", asking("GET /livez HTTP/2.0", "Host: x")),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED_EARLY)
def test_what_the_server_refuses_itself_is_a_problem_too(stack: Stack, name: str) -> None:
    status, code, request = REFUSED_EARLY[name]
    answer = exchange(stack.url, request)
    if code:
        is_problem(answer, status, code)
    else:
        assert (answer.status, answer.stream.partition(b"\r\n\r\n")[2]) == (status, b"")


def test_a_request_id_is_echoed_where_it_could_be_read(stack: Stack) -> None:
    answer = exchange(stack.url, asking("GET /livez HTTP/1.1", "X-Request-ID: early-1"))
    assert is_problem(answer, 400, "HOST_REQUIRED")["request_id"] == "early-1"


def test_http_1_0_needs_no_host(stack: Stack) -> None:
    answer = exchange(stack.url, asking("GET /livez HTTP/1.0"))
    assert (answer.status, answer.stream[-3:]) == (200, b"ok\n")
    assert b"\r\nconnection: close" in answer.head


SENT_ONCE = [
    "Content-Type: application/json", "Content-Encoding: identity", "Idempotency-Key: a", "X-Request-ID: a",
    "Host: test", "Authorization: Bearer x", f"Content-Length: {len(GOOD)}",
]  # fmt: skip


@pytest.mark.parametrize("field", SENT_ONCE)
def test_a_header_of_one_value_that_comes_twice_is_refused_by_name(tenant: Tenant, field: str) -> None:
    """Though both may say the same."""
    name = field.partition(":")[0]
    twice = b"" if name in ("Content-Type", "Host", "Authorization") else f"{field}\r\n".encode()
    length = b"" if name == "Content-Length" else LENGTH
    problem = is_problem(tenant.raw(RECIPIENT, length + twice + f"{field}\r\n".encode(), GOOD), 400, "REPEATED_HEADER")
    assert name.lower() in problem["detail"].lower()
    assert name.lower() in problem["detail_vi"].lower()
    assert tenant.count(RECIPIENT) == 0


def test_the_rest_of_a_refused_body_is_not_taken_for_a_request(tenant: Tenant) -> None:
    hidden = b"GET /livez HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
    head = f"POST {tenant.path(RECIPIENT)} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n"
    for fields in ("", f"Authorization: {tenant.bearer['Authorization']}\r\n"):
        request = f"{head}{fields}Content-Length: {len(hidden)}\r\n\r\n".encode() + hidden
        answer = exchange(tenant.stack.url, request, half_close=True)
        assert answer.refused
        assert answer.stream.count(b"HTTP/1.1 ") <= 1


def test_a_client_that_hangs_up_at_once_harms_nobody(stack: Stack, tenant: Tenant) -> None:
    for request in (b"", b"P", b"POST / HTTP/1.1\r\n", b"\r\n\r\n\r\n"):
        assert exchange(stack.url, request, half_close=True).refused
    assert tenant.raw(RECIPIENT, LENGTH, GOOD).status == 201
