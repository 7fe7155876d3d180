"""HEAD, OPTIONS and Connection: what an answer says of itself is so."""

import contextlib
import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.system.api import Stack, Tenant
from tests.system.samples import RECIPIENT

pytestmark = pytest.mark.usefixtures("still_serving")

GOOD = json.dumps({"recipients": [RECIPIENT.sample()]}).encode()
VARYING = {"date", "x-request-id", "connection", "transfer-encoding"}
"""A HEAD need not know how its GET would be framed (RFC 9110, 9.3.2)."""


def readable(tenant: Tenant) -> list[str]:
    """One of each address that answers GET."""
    faulty = {**RECIPIENT.sample(), "recipient_type": "nonsense"}
    job = tenant.post(RECIPIENT, [RECIPIENT.sample(), faulty]).json()["job_id"]
    jobs = [f"/api/v1/jobs/{job}{tail}" for tail in ("", "/progress", "/errors", "/rejects")]
    return ["/livez", "/readyz", "/openapi.json", "/api/v1/limits", "/api/v1/jobs", *jobs]


def test_head_is_get_without_its_body(tenant: Tenant) -> None:
    for path in readable(tenant):
        for headers in ({}, {"Accept": "text/csv"} if path.endswith("errors") else {}):
            get, head = (
                tenant.stack.http.request(method, path, headers={**tenant.bearer, **headers})
                for method in ("GET", "HEAD")
            )
            assert (get.status_code, head.status_code, head.content) == (200, 200, b""), path
            assert dict(head.headers).keys() - VARYING == dict(get.headers).keys() - VARYING, path
            assert head.headers.get("content-length") == get.headers.get("content-length")
            assert head.headers.get("etag") == get.headers.get("etag")


def test_head_is_refused_where_get_is(tenant: Tenant) -> None:
    for path, status in (("/api/v1/jobs/none", 404), ("/nowhere", 404), (tenant.path(RECIPIENT), 405)):
        answer = tenant.stack.http.head(path, headers=tenant.bearer)
        assert (answer.status_code, answer.content) == (status, b"")
    assert tenant.stack.http.head("/api/v1/jobs").status_code == 401


def test_a_head_is_followed_by_the_next_answer_on_its_connection(stack: Stack) -> None:
    ask = b"%s /openapi.json HTTP/1.1\r\nHost: test\r\n\r\n"
    last = b"GET /livez HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
    with connected(stack) as connection:
        connection.sendall(ask % b"HEAD" + ask % b"HEAD" + last)
        stream = received(connection)
    assert [part.partition(b" ")[0] for part in stream.split(b"HTTP/1.1 ")[1:]] == [b"200"] * 3
    assert stream.endswith(b"\r\n\r\nok\n")


@pytest.mark.parametrize("get", [True, False], ids=["read", "posted"])
def test_options_says_what_is_allowed(tenant: Tenant, get: bool) -> None:
    paths = readable(tenant) if get else [tenant.path(RECIPIENT), tenant.path(RECIPIENT, background=True)]
    for path in paths:
        answer = tenant.stack.http.options(path)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "content-length" not in answer.headers
        assert answer.headers["allow"] == ("GET, HEAD, OPTIONS" if get else "OPTIONS, POST")
        refused = tenant.stack.http.patch(path, headers=tenant.bearer)
        assert (refused.status_code, refused.headers["allow"]) == (405, answer.headers["allow"])


def test_options_of_the_whole_server_and_of_nothing(stack: Stack) -> None:
    with connected(stack) as connection:
        connection.sendall(b"OPTIONS * HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n")
        assert received(connection).startswith(b"HTTP/1.1 204")
    assert stack.http.options("/nowhere").status_code == 404


def connected(stack: Stack) -> socket.socket:
    address = urlsplit(stack.url)
    return socket.create_connection((address.hostname or "", address.port or 80), timeout=20)


def received(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            parts.append(part)
    return b"".join(parts)


def one_answer(connection: socket.socket) -> bytes:
    """The next answer, which has a Content-Length or no body; b"" where the server has closed."""
    stream = b""
    while b"\r\n\r\n" not in stream:
        if not (part := connection.recv(1)):
            return b""
        stream += part
    head = stream.lower().partition(b"\r\n\r\n")[0]
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.startswith(b"content-length:")]
    for _ in range(sum(lengths)):
        stream += connection.recv(1)
    return stream


def posting(tenant: Tenant, *fields: str, body: bytes = GOOD, token: str | None = None) -> bytes:
    lines = (
        f"POST {tenant.path(RECIPIENT)} HTTP/1.1", "Host: test",
        f"Authorization: {token or tenant.bearer['Authorization']}", f"Content-Length: {len(body)}", *fields,
    )  # fmt: skip
    return "\r\n".join((*lines, "", "")).encode() + body


def test_what_is_kept_alive_says_so_and_goes_on(tenant: Tenant) -> None:
    json_type = "Content-Type: application/json"
    with connected(tenant.stack) as connection:
        for request, status in (
            (b"GET /livez HTTP/1.1\r\nHost: test\r\n\r\n", b"200"),
            (posting(tenant, json_type), b"201"),
            (posting(tenant, json_type, body=b"[]"), b"400"),  # read, then refused
            (posting(tenant, json_type, body=b""), b"400"),
            (b"GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n", b"404"),
        ):
            connection.sendall(request)
            answer = one_answer(connection)
            assert answer.split(b" ")[1] == status
            assert b"\r\nconnection: keep-alive\r\n" in answer.lower()


UNREAD = {
    "anonymous": (401, "Content-Type: application/json", "Bearer x"),
    "not JSON": (415, "Content-Type: text/plain", None),
}


@pytest.mark.parametrize("name", UNREAD)
@pytest.mark.parametrize("size", [100, 500_000])
def test_a_refusal_that_leaves_the_body_unread_ends_the_connection(tenant: Tenant, name: str, size: int) -> None:
    status, field, token = UNREAD[name]
    with connected(tenant.stack) as connection:
        connection.sendall(posting(tenant, field, body=b"x" * size, token=token))
        answer = received(connection)
    assert int(answer.split(b" ")[1]) == status
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("said", ["close", "Close", "close, TE", "TE , close", "foo,,close"])
def test_a_client_that_wants_to_end_is_told_so(stack: Stack, said: str) -> None:
    with connected(stack) as connection:
        ask = f"GET /livez HTTP/1.1\r\nHost: test\r\nConnection: {said}\r\n\r\n".encode()
        connection.sendall(ask + ask)
        answer = received(connection)
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.count(b"HTTP/1.1 ") == 1
