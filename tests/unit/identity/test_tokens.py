"""Tokens against keys of every kind: the key decides what a token may be signed with, never the token."""

import base64
import hashlib
import hmac
import json
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.refusals import Refusal
from libs.identity.callers import LATEST, Caller
from libs.identity.seen import Seen, SeenTokens
from libs.identity.settings import TokenSettings
from libs.identity.tokens import TokenVerifier
from tests.signing import ALGORITHMS, SECRET, bearer, claims, jwks, public_jwk, public_pem, signed

TENANT = uuid.uuid4()
DIGESTS = {"HS384": hashlib.sha384, "HS512": hashlib.sha512}
GOOD = public_jwk("ES256", "good")
ALL = jwks(*(public_jwk(algorithm, f"key-{algorithm}") for algorithm in ALGORITHMS))


def verifier(folder: Path, *, secret: bytes | None = None, keys: str | None = None, **options: Any) -> TokenVerifier:
    """A verifier of what is written to files of its own in the folder."""
    folder = Path(tempfile.mkdtemp(dir=folder))
    files: dict[str, Any] = {}
    for name, content in (("token_secret_file", secret), ("jwks_file", None if keys is None else keys.encode())):
        if content is not None:
            (folder / name).write_bytes(content)
            files[name] = str(folder / name)
    return TokenVerifier(TokenSettings(**files, **options))


@pytest.fixture
def both(tmp_path: Path) -> TokenVerifier:
    """Takes the secret's tokens and those of three public keys."""
    return verifier(tmp_path, secret=SECRET, keys=ALL)


def refuses(verify: TokenVerifier, authorization: str | None) -> None:
    with pytest.raises(Refusal, match="UNAUTHENTICATED"):
        verify.verify(authorization)


def part(data: Any) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forged(header: dict[str, Any], key: bytes | None) -> str:
    """A token that no library would make: any header, an HMAC of any key or none."""
    body = f"{part(header)}.{part(claims(TENANT))}"
    kind = DIGESTS.get(str(header.get("alg")), hashlib.sha256)
    mac = b"" if key is None else hmac.digest(key, body.encode(), kind)
    return f"Bearer {body}.{part(mac)}"


def test_a_token_of_the_secret_says_who_calls(both: TokenVerifier) -> None:
    scopes = frozenset({"ingest:write", "jobs:read", "jobs:write"})
    ends = int(time.time()) + 60
    assert both.verify(bearer(TENANT, exp=ends)) == Caller("scanner-1", TENANT, scopes, float(ends))


def test_a_token_may_end_as_late_as_it_likes(both: TokenVerifier) -> None:
    assert both.verify(bearer(TENANT, exp=10**400)).ends == LATEST


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_of_each_public_key_is_taken(both: TokenVerifier, algorithm: str) -> None:
    assert both.verify(signed(algorithm, TENANT, f"key-{algorithm}")).tenant_id == TENANT


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_lone_key_needs_no_id_and_one_of_several_does(tmp_path: Path, both: TokenVerifier, algorithm: str) -> None:
    alone = verifier(tmp_path, keys=jwks(public_jwk(algorithm, None)))
    assert alone.verify(signed(algorithm, TENANT)).tenant_id == TENANT
    refuses(both, signed(algorithm, TENANT))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("kid", ["", "other", "key-rs256", "key-RS256 ", "../key", "x" * 5_000])
def test_an_unknown_key_id_is_refused(both: TokenVerifier, algorithm: str, kid: str) -> None:
    refuses(both, signed(algorithm, TENANT, kid))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize("other", ALGORITHMS)
def test_a_key_serves_its_own_algorithm_alone(both: TokenVerifier, algorithm: str, other: str) -> None:
    if algorithm != other:
        refuses(both, signed(algorithm, TENANT, f"key-{other}"))


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_public_key_is_no_secret(tmp_path: Path, algorithm: str) -> None:
    """The classic confusion: an HMAC whose key is the public key that everybody has."""
    public_only = verifier(tmp_path, keys=jwks(public_jwk(algorithm, "k")))
    with_secret = verifier(tmp_path, secret=SECRET, keys=jwks(public_jwk(algorithm, "k")))
    pem = public_pem(algorithm)
    for verify in (public_only, with_secret):
        for key in (pem, pem.strip(), jwks(public_jwk(algorithm, "k")).encode(), b""):
            for header in ({"alg": "HS256"}, {"alg": "HS256", "kid": "k"}, {"alg": algorithm, "kid": "k"}):
                refuses(verify, forged(header, key))


@pytest.mark.parametrize("alg", [
    "none", "None", "NONE", "", None, 1, [], {}, ["HS256"], "hs256", "HS384", "HS512", "RS384", "RS512", "PS256",
    "ES384", "ES512", "ES256K", "Ed25519", "HS256 ", "A128KW",
])  # fmt: skip
def test_other_algorithms_are_refused_whatever_key_they_name(both: TokenVerifier, alg: object) -> None:
    for kid in (None, *(f"key-{name}" for name in ALGORITHMS)):
        for key in (None, SECRET):
            refuses(both, forged({"alg": alg, "kid": kid}, key))


@pytest.mark.parametrize("algorithm", ["HS256", *ALGORITHMS])
@pytest.mark.parametrize("kid", [None, 7, [], {"a": 1}, True, ["key-RS256"]])
def test_a_key_id_of_another_type_is_survived(both: TokenVerifier, algorithm: str, kid: object) -> None:
    refuses(both, forged({"alg": algorithm, "kid": kid}, b"x" * 32))


def test_a_token_of_the_secret_is_refused_where_only_public_keys_count(tmp_path: Path) -> None:
    refuses(verifier(tmp_path, keys=ALL), bearer(TENANT))


def test_a_token_of_a_public_key_is_refused_where_only_the_secret_counts(tmp_path: Path) -> None:
    refuses(verifier(tmp_path, secret=SECRET), signed("RS256", TENANT, "key-RS256"))


def test_keys_of_other_curves_never_pass_and_never_break(tmp_path: Path) -> None:
    p384 = ec.generate_private_key(ec.SECP384R1())
    goldilocks = ed448.Ed448PrivateKey.generate()
    keys = verifier(
        tmp_path, keys=jwks(public_jwk("ES256", "p384", p384), public_jwk("EdDSA", "448", goldilocks), GOOD)
    )
    refuses(keys, signed("ES384", TENANT, "p384", p384))
    refuses(keys, signed("ES256", TENANT, "p384"))
    refuses(keys, signed("EdDSA", TENANT, "448"))


UNFIT = {
    "with NUL": "scanner\0",
    "with half a character": "scanner\ud800",
    "with the other half": "\udfff",
    "with a line feed": "a\nb",
    "with an escape": "\x1b[2J",
    "with a control character of Latin 1": "a\x9b",
    "that writes backwards": "a\u202eb",
    "of spaces": "  ",
}
WRONG: dict[str, dict[str, Any]] = {
    **{f"no {name}": {name: None} for name in ("iss", "aud", "sub", "tenant", "exp")},
    "another issuer": {"iss": "other"},
    "another audience": {"aud": ["other"]},
    "ended": {"exp": int(time.time()) - 32},
    "ended long ago": {"exp": 0},
    "ends at no time": {"exp": "never"},
    "not yet": {"nbf": int(time.time()) + 86_400},
    "made in the future": {"iat": int(time.time()) + 86_400},
    "tenant is no UUID": {"tenant": "acme"},
    "tenant is a number": {"tenant": 7},
    "tenant is a list": {"tenant": [str(TENANT)]},
    "sub is a number": {"sub": 7},
    "tenant in braces": {"tenant": f"{{{TENANT}}}"},
    "tenant as a URN": {"tenant": TENANT.urn},
    "tenant without hyphens": {"tenant": TENANT.hex},
    "tenant with odd hyphens": {"tenant": f"{TENANT.hex[:1]}-{TENANT.hex[1:]}"},
    "tenant with a space": {"tenant": f"{TENANT} "},
    "tenant in other digits": {"tenant": "\uff11" + str(TENANT)[1:]},
    **{f"sub {name}": {"sub": text} for name, text in UNFIT.items()},
    **{f"scope {name}": {"scope": text} for name, text in UNFIT.items() if text.strip()},
    "sub is empty": {"sub": ""},
    "sub is too long": {"sub": "x" * 256},
    "scope is too long": {"scope": "x" * 4_097},
    "exp is huge": {"exp": -(10**400)},
    "exp is no number": {"exp": float("nan")},
}


@pytest.mark.parametrize("name", WRONG)
def test_a_token_with_wrong_claims_is_refused(both: TokenVerifier, name: str) -> None:
    refuses(both, bearer(TENANT, **WRONG[name]))
    refuses(both, signed("ES256", TENANT, "key-ES256", **WRONG[name]))


@pytest.mark.parametrize("subject", ["x", "Nguyễn Văn A", "auth0|5f7c", "a b", "名" * 255, "scanner@x \U0001f980"])
def test_a_subject_is_any_text_that_can_be_shown(both: TokenVerifier, subject: str) -> None:
    assert both.verify(bearer(TENANT, sub=subject)).subject == subject


def test_a_tenant_may_be_in_capitals(both: TokenVerifier) -> None:
    assert both.verify(bearer(TENANT, tenant=str(TENANT).upper())).tenant_id == TENANT


def test_the_leeway_is_as_long_as_it_is_set(tmp_path: Path) -> None:
    late = bearer(TENANT, exp=int(time.time()) - 20)
    assert verifier(tmp_path, secret=SECRET, token_leeway_s=60).verify(late).tenant_id == TENANT
    refuses(verifier(tmp_path, secret=SECRET, token_leeway_s=0), late)


def test_issuer_and_audience_are_those_of_the_settings(tmp_path: Path) -> None:
    verify = verifier(tmp_path, secret=SECRET, token_issuer="https://id.example", token_audience="ours")
    assert verify.verify(bearer(TENANT, iss="https://id.example", aud=["x", "ours"])).tenant_id == TENANT
    refuses(verify, bearer(TENANT))


@pytest.mark.parametrize(("scope", "scopes"), [
    (None, []), ("", []), ("a", ["a"]), (" a  b b ", ["a", "b"]), (["a"], []), (7, []), ({"a": 1}, []),
])  # fmt: skip
def test_scopes_are_separated_by_spaces(both: TokenVerifier, scope: object, scopes: list[str]) -> None:
    assert both.verify(bearer(TENANT, scope=scope)).scopes == frozenset(scopes)


@pytest.mark.parametrize("length", [8_193, 100_000, 1_000_000])
def test_a_huge_token_is_refused_unread(both: TokenVerifier, length: int) -> None:
    refuses(both, bearer(TENANT, padding="x" * length))
    refuses(both, "Bearer " + "a" * length)


def test_a_token_just_below_the_limit_is_taken(both: TokenVerifier) -> None:
    assert both.verify(bearer(TENANT, padding="x" * 5_500)).tenant_id == TENANT


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic x", "Bearer  x", "x", "Bearer\tx"])
def test_a_header_without_a_token_is_refused(both: TokenVerifier, header: str | None) -> None:
    refuses(both, header)


def test_the_name_of_the_scheme_may_be_in_any_case(both: TokenVerifier) -> None:
    assert both.verify(bearer(TENANT).replace("Bearer", "bEARER")).tenant_id == TENANT


segments = st.binary(max_size=40).map(part) | st.text(max_size=10)
headers = st.dictionaries(
    st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku"]),
    st.sampled_from(["HS256", "RS256", "none", "key-RS256", "k"]) | st.none() | st.integers() | st.lists(st.text()),
)


@pytest.fixture(scope="module")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> TokenVerifier:
    """As `both`, once for all examples."""
    return verifier(tmp_path_factory.mktemp("keys"), secret=SECRET, keys=ALL)


@given(
    token=st.one_of(st.text(), st.lists(segments, max_size=4).map(".".join), headers.map(lambda h: forged(h, b"k")[7:]))
)
@settings(deadline=None, max_examples=100)
def test_any_token_is_refused_in_order(fuzzed: TokenVerifier, token: str) -> None:
    refuses(fuzzed, f"Bearer {token}")


@pytest.mark.parametrize("secret", [b"", b"x" * 31, b"short\n"])
def test_a_short_secret_ends_the_boot(tmp_path: Path, secret: bytes) -> None:
    with pytest.raises(ValueError, match="SLUICE_TOKEN_SECRET_FILE"):
        verifier(tmp_path, secret=secret)


BAD_KEYS = {
    "empty": "",
    "no JSON": "{",
    "a list": "[]",
    "a number": "7",
    "no keys": "{}",
    "an empty list": '{"keys": []}',
    "keys no list": '{"keys": {}}',
    "no usable key": '{"keys": [{"kty": "XYZ"}, 7]}',
    "half a key": '{"keys": [{"kty": "RSA", "n": "AQAB"}]}',
    "a PEM": public_pem("RS256").decode(),
    "another encoding": "\ufeff{}",
}


@pytest.mark.parametrize("name", BAD_KEYS)
def test_a_key_file_that_is_no_good_ends_the_boot(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="SLUICE_JWKS_FILE"):
        verifier(tmp_path, keys=BAD_KEYS[name])


@pytest.mark.parametrize("secret", [public_pem("RS256"), b"ssh-rsa " + b"A" * 200])
def test_a_key_pair_in_place_of_the_secret_ends_the_boot(tmp_path: Path, secret: bytes) -> None:
    with pytest.raises(ValueError, match="SLUICE_TOKEN_SECRET_FILE"):
        verifier(tmp_path, secret=secret)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/x", "jwks.json", "data:,{}"])
def test_a_key_url_of_another_kind_ends_the_boot(tmp_path: Path, url: str) -> None:
    with pytest.raises(ValueError, match="SLUICE_JWKS_URL"):
        verifier(tmp_path, jwks_url=url)


@pytest.mark.parametrize("use", [{"use": "enc"}, {"key_ops": ["encrypt"]}, {"alg": "ES384"}])
def test_a_key_in_a_file_serves_for_what_it_says_alone(tmp_path: Path, use: dict[str, Any]) -> None:
    keys = verifier(tmp_path, keys=jwks(GOOD, public_jwk("ES256", "other", **use)))
    assert keys.verify(signed("ES256", TENANT, "good")).tenant_id == TENANT
    assert keys.verify(signed("ES256", TENANT)).tenant_id == TENANT, "the other one is none"
    refuses(keys, signed("ES256", TENANT, "other"))
    with pytest.raises(ValueError, match="SLUICE_JWKS_FILE"):
        verifier(tmp_path, keys=jwks(public_jwk("ES256", "other", **use)))


def replace(file: Path, content: str) -> None:
    """As secrets are changed: a new file takes the old one's name."""
    (file.parent / "new").write_text(content)
    (file.parent / "new").replace(file)


@pytest.mark.parametrize("write", [replace, Path.write_text], ids=["replaced", "written over"])
def test_a_key_file_that_changes_is_read_again(tmp_path: Path, write: Callable[[Path, str], object]) -> None:
    file = tmp_path / "keys.json"
    file.write_text(jwks(public_jwk("ES256", "first"), public_jwk("RS256", "both")))
    keys = TokenVerifier(TokenSettings(jwks_file=str(file)))
    assert keys.verify(signed("ES256", TENANT, "first")).tenant_id == TENANT
    write(file, jwks(public_jwk("EdDSA", "second"), public_jwk("RS256", "both")))
    assert keys.verify(signed("EdDSA", TENANT, "second")).tenant_id == TENANT
    assert keys.verify(signed("RS256", TENANT, "both")).tenant_id == TENANT
    refuses(keys, signed("ES256", TENANT, "first"))


def test_a_token_that_comes_again_is_verified_once(both: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = [bearer(TENANT), signed("ES256", TENANT, "key-ES256")]
    first = [both.verify(token) for token in tokens]
    monkeypatch.setattr("libs.identity.tokens.jwt.decode", lambda *_, **__: pytest.fail("it was known"))
    assert [both.verify(token) for token in tokens] == first
    with pytest.raises(pytest.fail.Exception):
        both.verify(bearer(TENANT, sub="another"))


def test_a_token_that_was_taken_ends_all_the_same(both: TokenVerifier, monkeypatch: pytest.MonkeyPatch) -> None:
    ends = int(time.time()) + 60
    token = bearer(TENANT, exp=ends)
    assert both.verify(token).ends == ends
    for late, at in ((False, ends + 29), (True, ends + 31)):
        monkeypatch.setattr("libs.identity.tokens.time.time", lambda at=at: float(at))
        assert (both._again(token.partition(" ")[2]) is None) == late


def test_a_token_that_was_taken_is_refused_once_its_key_is_withdrawn(tmp_path: Path) -> None:
    file, token = tmp_path / "keys.json", signed("ES256", TENANT, "first")
    file.write_text(jwks(public_jwk("ES256", "first")))
    keys = TokenVerifier(TokenSettings(jwks_file=str(file)))
    for _ in range(2):
        assert keys.verify(token).tenant_id == TENANT
    replace(file, jwks(public_jwk("ES256", "second")))
    for _ in range(2):
        refuses(keys, token)


def test_a_token_that_was_taken_is_verified_anew_by_another_key_of_the_same_name(tmp_path: Path) -> None:
    file, token = tmp_path / "keys.json", signed("ES256", TENANT, "first")
    file.write_text(jwks(public_jwk("ES256", "first")))
    keys = TokenVerifier(TokenSettings(jwks_file=str(file)))
    assert keys.verify(token).tenant_id == TENANT
    replace(file, jwks(public_jwk("ES256", "first", ec.generate_private_key(ec.SECP256R1()))))
    refuses(keys, token)


def test_of_many_tokens_those_that_came_last_are_known(both: TokenVerifier) -> None:
    seen, caller = SeenTokens(most=3), both.verify(bearer(TENANT))
    for name in "abcda":
        seen.keep(name, Seen(caller, "HS256", None, b""))
    assert [name for name in "abcd" if seen.find(name)] == ["a", "c", "d"]


@pytest.mark.parametrize("broken", ["", "{", jwks(public_jwk("ES256", "first", use="enc")), None])
def test_while_a_key_file_is_broken_the_keys_before_it_count(tmp_path: Path, broken: str | None) -> None:
    file = tmp_path / "keys.json"
    file.write_text(jwks(public_jwk("ES256", "first")))
    keys = TokenVerifier(TokenSettings(jwks_file=str(file)))
    file.unlink() if broken is None else replace(file, broken)
    for _ in range(3):
        assert keys.verify(signed("ES256", TENANT, "first")).tenant_id == TENANT
    replace(file, jwks(public_jwk("EdDSA", "second")))
    assert keys.verify(signed("EdDSA", TENANT, "second")).tenant_id == TENANT


def test_a_missing_file_ends_the_boot() -> None:
    where: Any
    for where in ({"token_secret_file": "/nonexistent/file"}, {"jwks_file": "/nonexistent/file"}):
        with pytest.raises(OSError):
            TokenVerifier(TokenSettings(**where))
