"""The client reads the tenant from the token, and never repeats a token in a message."""

import base64
import json

import jwt
import pytest

from libs.client.failures import TokenError
from libs.client.tokens import current, tenant_of

TENANT = "0190b1c2-7a3d-7e4f-8a5b-6c7d8e9f0a1b"
SECRET = "s" * 32


def test_the_tenant_is_read_without_the_key() -> None:
    token = jwt.encode({"tenant": TENANT, "sub": "scanner"}, SECRET, algorithm="HS256")

    assert tenant_of(current(token)) == TENANT
    assert tenant_of(current(lambda: f"  {token}\n")) == TENANT


def test_a_function_is_asked_each_time() -> None:
    tokens = iter(["a.b.c", "d.e.f"])

    assert [current(lambda: next(tokens)), current(lambda: next(tokens))] == ["a.b.c", "d.e.f"]


@pytest.mark.parametrize("text", ["", "opaque-secret", "a.b", "a.b.c\r\nX-Evil: 1", "a.ü.c", "Bearer a.b.c"])
def test_what_is_no_jwt_never_becomes_a_header(text: str) -> None:
    with pytest.raises(TokenError) as caught:
        current(text)

    assert not text or text not in str(caught.value)


@pytest.mark.parametrize(
    "payload", [b"not json", b"\xff", json.dumps({"sub": "x"}).encode(), b'{"tenant": "../../secret"}', b"[]"]
)
def test_a_token_without_a_tenant_is_an_error_that_quotes_nothing(payload: bytes) -> None:
    with pytest.raises(TokenError) as caught:
        tenant_of(f"a.{base64.urlsafe_b64encode(payload).decode().rstrip('=')}.c")

    assert "secret" not in str(caught.value)
    assert caught.value.code == "TOKEN_UNREADABLE"
    assert caught.value.detail_vi
