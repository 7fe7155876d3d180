"""Public keys behind a URL: a real server on loopback that answers well, badly or not at all."""

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import struct
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from deploy.local.data_dir.ports import free_port
from deploy.local.servers.valkey import ValkeyServer
from libs.contracts.refusals import Refusal
from libs.identity import issuer
from libs.identity.fetching import fetch
from libs.identity.public_keys import LARGEST_SET
from libs.identity.settings import TokenSettings
from libs.identity.tokens import TokenVerifier
from tests.integration.service_process import is_problem, nothing_here, running_ingest
from tests.signing import ALGORITHMS, SECRET, bearer, claims, jwks, public_jwk, public_pem, signed
from tests.waiting import wait_until

TENANT = uuid.uuid4()
Answer = tuple[int, bytes]


class KeyServer(ThreadingHTTPServer):
    """Serves one answer, which a test may change; counts how often it was asked."""

    answer: Answer = (200, b"{}")
    announced: int | None = None
    """The Content-Length, where it is not that of the answer."""
    asked = 0

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.hangs = threading.Event()
        self.hangs.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/jwks.json"


class Handler(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.asked += 1
        self.server.hangs.wait(20)
        status, body = self.server.answer
        self.send_response(status)
        self.send_header("Content-Length", str(self.server.announced or len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def keys() -> Iterator[KeyServer]:
    with KeyServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.hangs.set()
        server.shutdown()
        thread.join()


def of(*algorithms: str) -> Answer:
    return 200, jwks(*(public_jwk(name, f"key-{name}") for name in algorithms)).encode()


def verifier(url: str) -> TokenVerifier:
    return TokenVerifier(TokenSettings(jwks_url=url))


def refuses(verify: TokenVerifier, authorization: str, code: str = "UNAUTHENTICATED") -> None:
    with pytest.raises(Refusal, match=code):
        verify.verify(authorization)


def cannot_tell(verify: TokenVerifier, authorization: str) -> None:
    refuses(verify, authorization, "KEYS_UNAVAILABLE")


def takes(verify: TokenVerifier, authorization: str) -> bool:
    try:
        return verify.verify(authorization).tenant_id == TENANT
    except Refusal:
        return False


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_each_kind_of_key_is_taken(keys: KeyServer, algorithm: str) -> None:
    keys.answer = of(*ALGORITHMS)
    verify = verifier(keys.url)
    assert verify.verify(signed(algorithm, TENANT, f"key-{algorithm}")).tenant_id == TENANT
    others = [other for other in ALGORITHMS if other != algorithm]
    for wrong in (signed(algorithm, TENANT), *(signed(algorithm, TENANT, f"key-{other}") for other in others)):
        refuses(verify, wrong)


def test_keys_are_kept_and_an_unknown_id_does_not_ask_every_time(keys: KeyServer) -> None:
    keys.answer = of("ES256")
    verify = verifier(keys.url)
    for _ in range(20):
        verify.verify(signed("ES256", TENANT, "key-ES256"))
        refuses(verify, signed("ES256", TENANT, "unknown"))
    assert keys.asked <= 2


def test_nothing_is_asked_for_a_token_that_no_key_could_have_signed(keys: KeyServer) -> None:
    keys.answer = of("RS256")
    verify = verifier(keys.url)
    for token in ("Bearer x", "Bearer a.b.c", signed("ES256", TENANT)):
        refuses(verify, token)
    assert keys.asked <= 1, "the one that any verifier begins with"


def test_a_public_key_is_no_secret(keys: KeyServer) -> None:
    keys.answer = of("RS256")
    verify = verifier(keys.url)
    for header in ({"alg": "HS256", "kid": "key-RS256"}, {"alg": "RS256", "kid": "key-RS256"}):
        head, body = (base64.urlsafe_b64encode(json.dumps(x).encode()).rstrip(b"=") for x in (header, claims(TENANT)))
        mac = hmac.digest(public_pem("RS256"), head + b"." + body, hashlib.sha256)
        refuses(verify, f"Bearer {(head + b'.' + body).decode()}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


def test_until_keys_were_had_once_nothing_can_be_told(keys: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer, "CALM_AFTER_FAILURE_S", 0.1)
    keys.answer = (503, b"")
    verify = verifier(keys.url)
    token = signed("EdDSA", TENANT, "key-EdDSA")
    cannot_tell(verify, token)
    keys.answer = of("EdDSA")
    wait_until(lambda: takes(verify, token), 5, "the server that came later is found")
    refuses(verify, signed("EdDSA", TENANT, "unknown"))


def test_keys_that_are_known_outlive_their_server(keys: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer, "FRESH_S", 0.05)
    keys.answer = of("ES256")
    verify = verifier(keys.url)
    token = signed("ES256", TENANT, "key-ES256")
    verify.verify(token)
    for keys.answer in ((500, b""), (200, b""), (200, jwks(public_jwk("ES256", "key-ES256", use="enc")).encode())):
        asked = keys.asked
        wait_until(lambda asked=asked: keys.asked >= asked + 2, 5, "it was asked again")  # type: ignore[misc]
        assert verify.verify(token).tenant_id == TENANT
        refuses(verify, signed("ES256", TENANT, "unknown"))


def test_a_key_that_is_withdrawn_does_not_live_on(keys: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nobody asks in between."""
    monkeypatch.setattr(issuer, "FRESH_S", 0.05)
    keys.answer = of("ES256", "EdDSA")
    verify = verifier(keys.url)
    verify.verify(signed("ES256", TENANT, "key-ES256"))
    keys.answer, asked = of("EdDSA"), keys.asked
    wait_until(lambda: keys.asked >= asked + 2, 5, "it was asked again")
    refuses(verify, signed("ES256", TENANT, "key-ES256"))


def test_a_new_key_is_found_once_the_calm_is_over(keys: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer, "CALM_S", 0.2)
    keys.answer = of("ES256")
    verify = verifier(keys.url)
    verify.verify(signed("ES256", TENANT, "key-ES256"))
    keys.answer = of("ES256", "RS256")
    wait_until(lambda: takes(verify, signed("RS256", TENANT, "key-RS256")), 5, "the new key is found")


def test_unsigned_tokens_behind_a_server_that_hangs_delay_nobody(
    keys: KeyServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, seconds in (("CALM_S", 0), ("FETCH_S", 30), ("WAIT_S", 30)):
        monkeypatch.setattr(issuer, name, seconds)
    keys.answer = of("ES256")
    verify = verifier(keys.url)
    good = signed("ES256", TENANT, "key-ES256")
    verify.verify(good)
    keys.hangs.clear()
    asked = keys.asked
    with ThreadPoolExecutor(24) as threads:
        unknown = [threads.submit(takes, verify, signed("RS256", TENANT, f"unknown-{n}")) for n in range(24)]
        wait_until(lambda: keys.asked > asked, 5, "the server is asked for the unknown keys")
        started = time.monotonic()
        assert all(verify.verify(good).tenant_id == TENANT for _ in range(20))
        assert time.monotonic() - started < 1
        done = [each for each in unknown if each.done()]
        wait_until(lambda: sum(each.done() for each in unknown) >= 24 - issuer.MOST_WAITING, 5, "few of them wait")
        keys.hangs.set()
        assert not any(each.result() for each in [*done, *unknown])
    assert keys.asked == asked + 1


def test_a_wait_for_keys_has_an_end(keys: KeyServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuer, "WAIT_S", 0.1)
    keys.hangs.clear()
    cannot_tell(verifier(keys.url), signed("ES256", TENANT, "key-ES256"))
    keys.hangs.set()


ANSWERS: dict[str, Answer] = {
    "not found": (404, b""),
    "error": (500, b"oops"),
    "redirect": (302, b""),
    "nothing": (200, b""),
    "no JSON": (200, b"<html>"),
    "no UTF-8": (200, b"\xff\xfe\xfa"),
    "a list": (200, b"[]"),
    "a number": (200, b"7"),
    "no keys": (200, b"{}"),
    "an empty list": (200, b'{"keys": []}'),
    "keys no list": (200, b'{"keys": 7}'),
    "of no key": (200, b'{"keys": [{}, {"kty": 7}]}'),
    "deep": (200, b"[" * 100_000),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_answer_is_a_refusal_and_no_failure(keys: KeyServer, name: str) -> None:
    keys.answer = ANSWERS[name]
    cannot_tell(verifier(keys.url), signed("RS256", TENANT, "key-RS256"))


USES: dict[str, dict[str, Any]] = {
    "use enc": {"use": "enc"},
    "use a list": {"use": ["sig"]},
    "use in capitals": {"use": "SIG"},
    "key_ops without verify": {"key_ops": ["sign", "encrypt"]},
    "key_ops empty": {"key_ops": []},
    "key_ops a text": {"key_ops": "verify"},
    "both, one of them no": {"use": "sig", "key_ops": ["deriveKey"]},
    "another alg of its kind": {"alg": "RS512"},
    "a signature with padding": {"alg": "PS256"},
    "an alg of encryption": {"alg": "RSA-OAEP"},
    "alg a list": {"alg": ["RS256"]},
    "a private key": {"d": "AQAB"},
}


@pytest.mark.parametrize("name", USES)
def test_a_key_that_is_for_something_else_never_verifies(keys: KeyServer, name: str) -> None:
    keys.answer = (200, jwks(public_jwk("RS256", "key-RS256", **USES[name])).encode())
    refuses(verifier(keys.url), signed("RS256", TENANT, "key-RS256"))


@pytest.mark.parametrize("key", [
    {"kty": "XYZ"}, {"kty": "RSA", "n": "AQAB"}, {"kty": "oct", "k": "AAAA"}, {**public_jwk("RS256", "k"), "kid": 7},
    {**public_jwk("ES256", "k"), "crv": "P-384"}, {**public_jwk("ES256", "k"), "crv": ["P-256"]},
])  # fmt: skip
def test_a_key_that_cannot_be_used_is_no_key(keys: KeyServer, key: dict[str, Any]) -> None:
    keys.answer = (200, jwks({"kid": "key-RS256", **key}, 7, None).encode())  # type: ignore[arg-type]
    refuses(verifier(keys.url), signed("RS256", TENANT, "key-RS256"))


@pytest.mark.parametrize("members", [
    {}, {"use": "sig"}, {"key_ops": ["verify"]}, {"key_ops": ["sign", "verify"], "use": "sig", "alg": "RS256"},
])  # fmt: skip
def test_a_key_that_is_for_signatures_verifies(keys: KeyServer, members: dict[str, Any]) -> None:
    keys.answer = (200, jwks(public_jwk("RS256", "key-RS256", **members)).encode())
    assert verifier(keys.url).verify(signed("RS256", TENANT, "key-RS256")).tenant_id == TENANT


def test_an_answer_without_an_end_is_cut_off(keys: KeyServer) -> None:
    keys.answer = (200, b" " * (LARGEST_SET + 1) + of("RS256")[1])
    cannot_tell(verifier(keys.url), signed("RS256", TENANT, "key-RS256"))


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"], ids=["header", "body"])
def test_an_answer_byte_by_byte_is_cut_off(head: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as threads:

        def drip() -> bool:
            connection, _ = server.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(head)
                for _ in range(200):
                    connection.sendall(b" ")
                    connection.settimeout(0.05)
                    with contextlib.suppress(TimeoutError):
                        if connection.recv(4096) == b"":
                            return True
            return True

        dripping = threads.submit(drip)
        started = time.monotonic()
        with pytest.raises((OSError, http.client.HTTPException)):
            fetch(f"http://127.0.0.1:{server.getsockname()[1]}/", seconds=0.3, most_bytes=1000)
        assert time.monotonic() - started < 3
        assert dripping.result()


def test_an_answer_that_is_cut_off_is_a_refusal_and_no_failure(keys: KeyServer) -> None:
    keys.answer = of("RS256")
    keys.announced = 100_000
    keys.answer = (200, keys.answer[1][:-10])
    cannot_tell(verifier(keys.url), signed("RS256", TENANT, "key-RS256"))


def test_a_connection_that_is_reset_is_a_refusal_and_no_failure() -> None:
    """After the status line, where urllib no longer wraps the error."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer_and_reset() -> None:
            connection, _ = server.accept()
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()

        thread = threading.Thread(target=answer_and_reset)
        thread.start()
        verify = verifier(f"http://127.0.0.1:{server.getsockname()[1]}/")
        cannot_tell(verify, signed("RS256", TENANT, "key-RS256"))
        thread.join()


@pytest.mark.parametrize("url", [lambda: f"http://127.0.0.1:{free_port()}/", lambda: "http://nowhere.invalid/"])
def test_a_server_that_is_down_is_a_refusal_and_no_failure(url: Callable[[], str]) -> None:
    cannot_tell(verifier(url()), signed("RS256", TENANT, "key-RS256"))


def test_the_secret_counts_while_the_server_is_down(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    settings = TokenSettings(token_secret_file=str(tmp_path / "secret"), jwks_url="http://nowhere.invalid/")
    assert TokenVerifier(settings).verify(bearer(TENANT)).tenant_id == TENANT


def test_the_answer_is_a_503_that_says_when_to_come_back(tmp_path: Path, valkey: ValkeyServer) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}/"
    with running_ingest(tmp_path, redis_url=valkey.url, database_url=nothing_here(), jwks_url=nowhere) as ingest:
        for kid, status in (("key-RS256", 503), (None, 401)):
            answer = ingest.http.get("/api/v1/jobs", headers={"Authorization": signed("RS256", TENANT, kid)})
            assert answer.status_code == status
            if status == 503:
                assert is_problem(answer, 503, "KEYS_UNAVAILABLE")
                assert "khóa công khai" in answer.json()["detail_vi"]
        assert 'sluice_key_fetches_total{result="failed"}' in httpx.get(f"{ingest.metrics_url}/metrics").text
