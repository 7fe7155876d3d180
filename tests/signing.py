"""Keys of every kind that may sign, and tokens signed with them."""

import json
import time
import uuid
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

SECRET = b"0123456789abcdef0123456789abcdef"
SCOPES = "ingest:write jobs:read jobs:write"
ALGORITHMS = ("RS256", "ES256", "EdDSA")
PRIVATE: dict[str, Any] = {
    "RS256": rsa.generate_private_key(public_exponent=65_537, key_size=2_048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate(),
}
_AS_JWK: dict[str, Any] = {"RS256": RSAAlgorithm, "ES256": ECAlgorithm, "EdDSA": OKPAlgorithm}


def public_jwk(algorithm: str, kid: str | None, private: Any = None, **members: Any) -> dict[str, Any]:
    """The public half of a key as a JWK."""
    key = (private or PRIVATE[algorithm]).public_key()
    named = {} if kid is None else {"kid": kid}
    return {**json.loads(_AS_JWK[algorithm].to_jwk(key)), **named, **members}


def public_pem(algorithm: str) -> bytes:
    """The public half of a key as PEM."""
    key: bytes = (
        PRIVATE[algorithm]
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    return key


def jwks(*keys: dict[str, Any]) -> str:
    """A JWK set."""
    return json.dumps({"keys": list(keys)})


def claims(tenant: uuid.UUID, /, **changes: Any) -> dict[str, Any]:
    """Good claims, with changes; a change to None leaves the claim out."""
    now = int(time.time())
    good = {"iss": "sluice", "aud": "sluice", "sub": "scanner-1", "tenant": str(tenant), "iat": now, "exp": now + 600}
    return {name: value for name, value in {**good, "scope": SCOPES, **changes}.items() if value is not None}


def bearer(tenant: uuid.UUID, /, **changes: Any) -> str:
    """The header of a request of this tenant, signed with the secret."""
    return "Bearer " + jwt.encode(claims(tenant, **changes), SECRET, algorithm="HS256")


def signed(algorithm: str, tenant: uuid.UUID, /, kid: str | None = None, key: Any = None, **changes: Any) -> str:
    """The same, signed with a private key."""
    headers = {} if kid is None else {"kid": kid}
    return "Bearer " + jwt.encode(
        claims(tenant, **changes), key or PRIVATE[algorithm], algorithm=algorithm, headers=headers
    )
