"""Public keys behind a URL: a real server on loopback that answers well, badly or not at all."""

import base64
import hashlib
import hmac
import json
import socket
import struct
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.local.ports import free_port
from libs.contracts.refusals import Refusal
from libs.identity.settings import TokenSettings
from libs.identity.tokens import TokenVerifier
from tests.signing import ALGORITHMS, SECRET, bearer, claims, jwks, public_jwk, public_pem, signed

TENANT = uuid.uuid4()
Answer = tuple[int, bytes]


class KeyServer(ThreadingHTTPServer):
    """Serves one answer, which a test may change; counts how often it was asked."""

    answer: Answer = (200, b"{}")
    announced: int | None = None
    """The Content-Length, where it is not that of the answer."""
    asked = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/jwks.json"


class Handler(BaseHTTPRequestHandler):
    server: KeyServer

    def do_GET(self) -> None:
        self.server.asked += 1
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
        server.shutdown()
        thread.join()


def of(*algorithms: str) -> Answer:
    return 200, jwks(*(public_jwk(name, f"key-{name}") for name in algorithms)).encode()


def verifier(url: str) -> TokenVerifier:
    return TokenVerifier(TokenSettings(jwks_url=url))


def refuses(verify: TokenVerifier, authorization: str) -> None:
    with pytest.raises(Refusal, match="UNAUTHENTICATED"):
        verify.verify(authorization)


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
    assert keys.asked == 0


def test_a_public_key_is_no_secret(keys: KeyServer) -> None:
    keys.answer = of("RS256")
    verify = verifier(keys.url)
    for header in ({"alg": "HS256", "kid": "key-RS256"}, {"alg": "RS256", "kid": "key-RS256"}):
        head, body = (base64.urlsafe_b64encode(json.dumps(x).encode()).rstrip(b"=") for x in (header, claims(TENANT)))
        mac = hmac.digest(public_pem("RS256"), head + b"." + body, hashlib.sha256)
        refuses(verify, f"Bearer {(head + b'.' + body).decode()}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}")


def test_a_server_that_comes_later_is_found(keys: KeyServer) -> None:
    keys.answer = (503, b"")
    verify = verifier(keys.url)
    token = signed("EdDSA", TENANT, "key-EdDSA")
    refuses(verify, token)
    keys.answer = of("EdDSA")
    assert verify.verify(token).tenant_id == TENANT


def test_keys_that_are_known_outlive_their_server(keys: KeyServer) -> None:
    keys.answer = of("ES256")
    verify = verifier(keys.url)
    token = signed("ES256", TENANT, "key-ES256")
    verify.verify(token)
    keys.answer = (500, b"")
    assert verify.verify(token).tenant_id == TENANT


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
    "keys of no kind": (200, b'{"keys": [{"kty": "XYZ", "kid": "key-RS256"}, 7, null]}'),
    "half a key": (200, b'{"keys": [{"kty": "RSA", "kid": "key-RS256", "n": "AQAB"}]}'),
    "a secret": (200, b'{"keys": [{"kty": "oct", "kid": "key-RS256", "k": "AAAA"}]}'),
    "for encryption": (200, jwks(public_jwk("RS256", "key-RS256", use="enc")).encode()),
    "deep": (200, b"[" * 100_000),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_bad_answer_is_a_refusal_and_no_failure(keys: KeyServer, name: str) -> None:
    keys.answer = ANSWERS[name]
    refuses(verifier(keys.url), signed("RS256", TENANT, "key-RS256"))


def test_an_answer_that_is_cut_off_is_a_refusal_and_no_failure(keys: KeyServer) -> None:
    keys.answer = of("RS256")
    keys.announced = 100_000
    refuses(verifier(keys.url), signed("RS256", TENANT, "key-RS256"))


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
        refuses(verify, signed("RS256", TENANT, "key-RS256"))
        thread.join()


@pytest.mark.parametrize("url", [lambda: f"http://127.0.0.1:{free_port()}/", lambda: "http://nowhere.invalid/"])
def test_a_server_that_is_down_is_a_refusal_and_no_failure(url: Callable[[], str]) -> None:
    refuses(verifier(url()), signed("RS256", TENANT, "key-RS256"))


def test_the_secret_counts_while_the_server_is_down(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(SECRET)
    settings = TokenSettings(token_secret_file=str(tmp_path / "secret"), jwks_url="http://nowhere.invalid/")
    assert TokenVerifier(settings).verify(bearer(TENANT)).tenant_id == TENANT
