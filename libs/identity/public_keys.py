"""Public keys as an issuer publishes them: a JWK set (RFC 7517), of which each key serves for what it says alone."""

import json
from collections.abc import Mapping
from typing import Any

import jwt
from jwt import PyJWK
from msgspec import Struct

ALGORITHMS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
"""What a key of this kind, on this curve, may verify."""
LARGEST_SET = 512 * 1024
"""Bytes of a set; real ones have a few thousand."""
_PUBLIC = ("kty", "crv", "n", "e", "x", "y")


class PublicKey(Struct, frozen=True):
    """A key, and what it verifies."""

    kid: str | None
    algorithm: str
    key: Any


class KeySet:
    """The keys of a set that may verify tokens; there may be none."""

    def __init__(self, keys: list[PublicKey]) -> None:
        self._alone = keys[0] if len(keys) == 1 else None
        self._named = {(key.kid, key.algorithm): key for key in keys}

    def __bool__(self) -> bool:
        return bool(self._named)

    def find(self, kid: str | None, algorithm: str) -> PublicKey | None:
        """The key of that id for that algorithm; without an id, the only key there is."""
        found = self._alone if kid is None else self._named.get((kid, algorithm))
        return found if found and found.algorithm == algorithm else None


def read_key_set(raw: bytes) -> KeySet:
    """Read a JWK set; keys that may not verify are left out. Raises ValueError where it is none."""
    try:
        members = json.loads(raw.decode())["keys"]
        jwks = [member for member in members if isinstance(member, dict) and isinstance(member.get("kty"), str)]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("this is no JWK set") from error
    if not jwks:
        raise ValueError("there is no key in this JWK set")
    return KeySet([key for key in map(_verifying, jwks) if key])


def _verifying(jwk: Mapping[str, Any]) -> PublicKey | None:
    """The key, where it is public and all that it says of its use allows to verify (RFC 7517, 4.2 to 4.5)."""
    kid, curve = jwk.get("kid"), jwk.get("crv")
    algorithm = ALGORITHMS.get((jwk["kty"], curve)) if curve is None or isinstance(curve, str) else None
    says_no = (
        algorithm is None,
        jwk.get("alg", algorithm) != algorithm,
        jwk.get("use", "sig") != "sig",
        "key_ops" in jwk and not (isinstance(jwk["key_ops"], list) and "verify" in jwk["key_ops"]),
        "kid" in jwk and not isinstance(kid, str),
        "d" in jwk,
    )
    if algorithm is None or any(says_no):
        return None
    try:
        key = PyJWK({name: jwk[name] for name in _PUBLIC if name in jwk}, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError):
        return None
    return PublicKey(kid, algorithm, key)
