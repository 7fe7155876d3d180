"""Who may call: tokens that are good, bad, forged, and for somebody else."""

import base64
import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.system.api import Stack, Tenant
from tests.system.raw import exchange
from tests.system.samples import RECIPIENT, Json

pytestmark = pytest.mark.usefixtures("still_serving")

KEY = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
PUBLIC_PEM = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def part(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def token_of(header: bytes, payload: bytes, secret: bytes | None) -> str:
    """A token of any bytes, signed with any bytes or not at all."""
    signed = f"{part(header)}.{part(payload)}"
    return f"{signed}.{part(b'' if secret is None else hmac.digest(secret, signed.encode(), hashlib.sha256))}"


def forged(header: Json, claims: Json, secret: bytes | None) -> str:
    """A token that no library would make."""
    return token_of(json.dumps(header).encode(), json.dumps(claims).encode(), secret)


def other_payload(claims: Json, secret: bytes) -> str:
    """The signature of one token under the claims of another."""
    head, _, signature = jwt.encode({**claims, "sub": "somebody"}, secret, algorithm="HS256").split(".")
    return ".".join((head, part(json.dumps(claims).encode()), signature))


FORGERIES: dict[str, Callable[[Json, bytes], str]] = {
    "alg none": lambda claims, _: forged({"alg": "none", "typ": "JWT"}, claims, None),
    "alg None, signed": lambda claims, secret: forged({"alg": "None"}, claims, secret),
    "no alg": lambda claims, secret: forged({"typ": "JWT"}, claims, secret),
    "alg a list": lambda claims, secret: forged({"alg": ["HS256"]}, claims, secret),
    "another secret": lambda claims, _: forged({"alg": "HS256"}, claims, b"x" * 64),
    "empty secret": lambda claims, _: forged({"alg": "HS256"}, claims, b""),
    "public key as secret": lambda claims, _: forged({"alg": "HS256"}, claims, PUBLIC_PEM),
    "key id of a file": lambda claims, _: forged({"alg": "HS256", "kid": "../../../../dev/null"}, claims, b""),
    "unknown key": lambda claims, _: jwt.encode(claims, KEY, algorithm="RS256"),
    "HS512": lambda claims, secret: forged({"alg": "HS512"}, claims, secret),
    "crit": lambda claims, secret: forged({"alg": "HS256", "crit": ["x"], "x": 1}, claims, secret),
    "other payload": other_payload,
    "no signature": lambda claims, secret: forged({"alg": "HS256"}, claims, secret).rpartition(".")[0] + ".",
    "two parts": lambda claims, secret: forged({"alg": "HS256"}, claims, secret).rpartition(".")[0],
    "header deep": lambda *_: token_of(b'{"alg":' + b"[" * 2_000 + b"]" * 2_000 + b"}", b"{}", b"x" * 64),
    "header a list": lambda claims, secret: token_of(b"[]", json.dumps(claims).encode(), secret),
    "claims a list": lambda _, secret: token_of(b'{"alg": "HS256"}', b"[]", secret),
    "claims no JSON": lambda _, secret: token_of(b'{"alg": "HS256"}', b"{", secret),
    "claims no UTF-8": lambda _, secret: token_of(b'{"alg": "HS256"}', b"\xff\xfe", secret),
    "claims deep": lambda _, secret: token_of(b'{"alg": "HS256"}', b"[" * 2_000 + b"]" * 2_000, secret),
}


def refuses(tenant: Tenant, authorization: str | None) -> None:
    """Every kind of call answers 401, and nothing is written."""
    headers = {"Authorization": authorization} if authorization is not None else {}
    body = json.dumps({"recipients": [RECIPIENT.sample()]}).encode()
    http = tenant.stack.http
    for answer in (
        http.post(tenant.path(RECIPIENT), content=body, headers={**headers, "Content-Type": "application/json"}),
        http.get("/api/v1/jobs", headers=headers),
        http.get(f"/api/v1/jobs/{uuid.uuid4()}", headers=headers),
    ):
        assert answer.status_code == 401, answer.text
        assert answer.headers["www-authenticate"].startswith("Bearer")
    assert tenant.count(RECIPIENT) == 0


@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_token_is_refused(stack: Stack, tenant: Tenant, name: str) -> None:
    refuses(tenant, "Bearer " + FORGERIES[name](stack.claims(tenant.id), stack.secret))


def test_the_forgers_tools_make_a_good_token_from_good_parts(stack: Stack, tenant: Tenant) -> None:
    good = forged({"alg": "HS256", "typ": "JWT"}, stack.claims(tenant.id), stack.secret)
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample()], headers={"Authorization": f"Bearer {good}"})
    assert answer.status_code == 201


@pytest.mark.parametrize(
    "header", [None, "", "Bearer", "Bearer x", "Bearer a.b.c", "Bearer ...", "Basic dTpw", "token"]
)
def test_without_a_token_the_answer_is_401(tenant: Tenant, header: str | None) -> None:
    refuses(tenant, header)


CLAIMS: dict[str, Json] = {
    "iss missing": {"iss": None},
    "aud missing": {"aud": None},
    "exp missing": {"exp": None},
    "sub missing": {"sub": None},
    "tenant missing": {"tenant": None},
    "iss wrong": {"iss": "somebody"},
    "iss a number": {"iss": 1},
    "aud wrong": {"aud": "somebody"},
    "aud a number": {"aud": 1},
    "expired": {"exp": 1_000_000_000},
    "exp text": {"exp": "tomorrow"},
    "not yet": {"nbf": 99_999_999_999},
    "sub a number": {"sub": 1},
    "tenant no UUID": {"tenant": "acme"},
    "tenant a number": {"tenant": 7},
    "tenant a list": {"tenant": []},
    "tenant with SQL": {"tenant": "' OR 1=1 --"},
    "tenant in braces": {"tenant": "{3f2b8c1e-5d4a-4e6f-8a7b-9c0d1e2f3a4b}"},
    "sub empty": {"sub": ""},
    "sub blank": {"sub": "  "},
    "sub with NUL": {"sub": "scanner\0"},
    "sub with half a character": {"sub": "\ud800"},
    "sub with a line feed": {"sub": "a\nb"},
    "sub too long": {"sub": "x" * 256},
    "scope with NUL": {"scope": "ingest:write jobs:read\0"},
    "scope with half a character": {"scope": "ingest:write jobs:read \udfff"},
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_token_with_bad_claims_is_refused(stack: Stack, tenant: Tenant, name: str) -> None:
    refuses(tenant, "Bearer " + forged({"alg": "HS256"}, stack.claims(tenant.id, **CLAIMS[name]), stack.secret))


def test_the_leeway_is_60_seconds_at_most(stack: Stack, tenant: Tenant) -> None:
    refuses(tenant, stack.bearer(stack.claims(tenant.id, exp=int(time.time()) - 62))["Authorization"])


def test_a_token_that_ends_in_the_far_future_is_survived(stack: Stack, tenant: Tenant) -> None:
    bearer = stack.bearer(stack.claims(tenant.id, exp=10**40))
    assert tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=bearer).status_code in (201, 401)


def test_an_audience_may_be_a_list(stack: Stack, tenant: Tenant) -> None:
    bearer = stack.bearer(stack.claims(tenant.id, aud=["other", "sluice"]))
    assert tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=bearer).status_code == 201


SCOPES = [("POST batch", "ingest:write"), ("GET jobs", "jobs:read"), ("POST cancel", "jobs:write")]


@pytest.mark.parametrize(("call", "needed"), SCOPES, ids=[call for call, _ in SCOPES])
@pytest.mark.parametrize("others", ["all others", "none", "look-alikes"])
def test_each_call_needs_its_scope(stack: Stack, tenant: Tenant, call: str, needed: str, others: str) -> None:
    job_id = tenant.post(RECIPIENT, [RECIPIENT.sample()]).json()["job_id"]
    scope = {
        "all others": " ".join({"ingest:write", "jobs:read", "jobs:write"} - {needed}),
        "none": None,
        "look-alikes": f"{needed}x x{needed} {needed.upper()} *",
    }[others]
    bearer = stack.bearer(stack.claims(tenant.id, scope=scope))
    answer = {
        "POST batch": lambda: tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=bearer),
        "GET jobs": lambda: tenant.get(f"/api/v1/jobs/{job_id}", headers=bearer),
        "POST cancel": lambda: stack.http.post(f"/api/v1/jobs/{job_id}/cancel", headers=bearer),
    }[call]()
    assert answer.status_code == 403
    assert tenant.count(RECIPIENT) == 1


@pytest.mark.parametrize(("scope", "status"), [
    ("rejects:read", 200), ("jobs:write", 200), ("jobs:read ingest:write", 403), ("jobs:read rejects:reads", 403),
])  # fmt: skip
def test_rejects_are_personal_data_and_have_a_scope_of_their_own(
    stack: Stack, tenant: Tenant, scope: str, status: int
) -> None:
    body = tenant.post(RECIPIENT, [RECIPIENT.sample(), {"name_vi": ""}]).json()
    bearer = stack.bearer(stack.claims(tenant.id, scope=scope))
    answer = tenant.get(f"{body['job_url']}/rejects", headers=bearer)
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "WRONG_SCOPE"
        assert '"rejects:read"' in answer.json()["detail"]
        assert '"rejects:read"' in answer.json()["detail_vi"]
    else:
        assert answer.text == '{"name_vi": ""}\n'
        assert tenant.get(body["job_url"], headers=bearer).status_code == 403


def test_one_scope_is_enough_for_its_call(stack: Stack, tenant: Tenant) -> None:
    posting, reading = (stack.bearer(stack.claims(tenant.id, scope=scope)) for scope in ("ingest:write", "jobs:read"))
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample()], headers=posting)
    assert answer.status_code == 201
    assert tenant.get(answer.json()["job_url"], headers=reading).status_code == 200
    assert tenant.get("/api/v1/jobs", headers=reading).status_code == 200


@pytest.mark.parametrize("background", [False, True], ids=["waiting", "background"])
def test_a_token_opens_its_own_tenant_only(tenant: Tenant, other_tenant: Tenant, background: bool) -> None:
    answer = tenant.post(RECIPIENT, [RECIPIENT.sample()], background=background, headers=other_tenant.bearer)
    assert answer.status_code == 403
    assert tenant.count(RECIPIENT) == other_tenant.count(RECIPIENT) == 0


@pytest.mark.parametrize("segment", ["acme", "%00", "..", "%2e%2e", "'%20OR%201=1", "x" * 2_000, "%F0%9F%87%BB", "*"])
def test_a_tenant_in_the_url_that_is_no_uuid_is_refused(tenant: Tenant, segment: str) -> None:
    answer = tenant.stack.http.post(
        f"/api/v1/tenants/{segment}/batch/recipients", json={"recipients": [RECIPIENT.sample()]}, headers=tenant.bearer
    )
    assert answer.status_code in (400, 403, 404)


def test_two_authorization_headers_are_refused(tenant: Tenant, other_tenant: Tenant) -> None:
    second = f"Authorization: {other_tenant.bearer['Authorization']}\r\n".encode()
    answer = tenant.raw(RECIPIENT, second + b"Content-Length: 18\r\n", b'{"recipients": []}')
    assert answer.status in (400, 401, 403)


@pytest.mark.parametrize("size", [9_000, 70_000, 1_000_000])
def test_a_token_of_any_size_is_refused(stack: Stack, size: int) -> None:
    request = b"GET /api/v1/jobs HTTP/1.1\r\nHost: test\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n"
    assert exchange(stack.url, request % (b"a" * size)).refused
