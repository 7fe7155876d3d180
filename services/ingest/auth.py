"""Bearer tokens (JWT): who calls, for which tenant, and what the caller may do.

A key decides its algorithms, never the token: the secret serves HS256 alone, a public key its own kind alone.
"""

import uuid
from pathlib import Path
from typing import Any, Protocol, cast

import falcon
import jwt
import structlog
from jwt import PyJWK, PyJWKClient, PyJWKSet
from jwt.algorithms import HMACAlgorithm
from msgspec import Struct

from services.ingest.refusals import Refusal
from services.ingest.settings import IngestSettings

log = structlog.get_logger()

REQUIRED = ["exp", "iss", "aud", "sub", "tenant"]
BY_KEY_TYPE = {"RSA": "RS256", "EC": "ES256", "OKP": "EdDSA"}
JWKS_TTL_S = 300
LONGEST_TOKEN = 8_192
SHORTEST_SECRET = 32


class Caller(Struct, frozen=True):
    """Who sent a request."""

    subject: str
    tenant_id: uuid.UUID
    scopes: frozenset[str]


class Keys(Protocol):
    """Finds the key that a token names."""

    def find(self, kid: str | None) -> PyJWK | None:
        """The public key, or None."""


class FileKeys:
    """Public keys from a JWKS file, read once."""

    def __init__(self, path: str) -> None:
        try:
            self._keys = PyJWKSet.from_json(Path(path).read_text()).keys
        except (jwt.PyJWTError, ValueError, AttributeError) as error:
            raise ValueError("SLUICE_JWKS_FILE: the file is no JWK set with a usable public key") from error

    def find(self, kid: str | None) -> PyJWK | None:
        """The key of that id; without an id, the only key there is."""
        if kid is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == kid), None)


class UrlKeys:
    """Public keys from a JWKS URL, kept for a while; an unknown id fetches them again."""

    def __init__(self, url: str) -> None:
        try:
            self._client = PyJWKClient(url, cache_keys=False, lifespan=JWKS_TTL_S, timeout=5)
        except jwt.PyJWKClientError as error:
            raise ValueError("SLUICE_JWKS_URL: an http or https URL is needed") from error

    def find(self, kid: str | None) -> PyJWK | None:
        """The key of that id, or None where the URL does not have it, does not answer, or answers nonsense."""
        if kid is None:
            return None
        try:
            return self._client.get_signing_key(kid)
        except (jwt.PyJWTError, OSError, ValueError) as error:
            log.warning("jwks_key_not_found", exc_info=error)
            return None


class TokenVerifier:
    """Verifies tokens against the keys of the settings. Raises ValueError at boot where a key file is no good."""

    def __init__(self, settings: IngestSettings) -> None:
        self._settings = settings
        self._secret = _read_secret(settings.token_secret_file) if settings.token_secret_file else None
        self._keys: list[Keys] = []
        if settings.jwks_file:
            self._keys.append(FileKeys(settings.jwks_file))
        if settings.jwks_url:
            self._keys.append(UrlKeys(settings.jwks_url))

    def verify(self, authorization: str | None) -> Caller:
        """The caller of a request. Raises Refusal where the header holds no valid token."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
            raise Refusal("UNAUTHENTICATED")
        try:
            claims = self._claims(token)
            return Caller(claims["sub"], uuid.UUID(claims["tenant"]), _scopes(claims.get("scope")))
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise Refusal("UNAUTHENTICATED") from error

    def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        algorithm = str(header.get("alg"))
        key: Any = None
        if algorithm == "HS256":
            key = self._secret
        elif algorithm in BY_KEY_TYPE.values():
            key = self._public_key(algorithm, header.get("kid"))
        if key is None:
            raise jwt.InvalidTokenError
        claims: dict[str, Any] = jwt.decode(
            token, key, algorithms=[algorithm], audience=self._settings.token_audience,
            issuer=self._settings.token_issuer, leeway=self._settings.token_leeway_s, options={"require": REQUIRED},
        )  # fmt: skip
        return claims

    def _public_key(self, algorithm: str, kid: object) -> object | None:
        if kid is not None and not isinstance(kid, str):
            return None
        for keys in self._keys:
            found = keys.find(kid)
            if found is not None and found.key_type and BY_KEY_TYPE.get(found.key_type) == algorithm:
                return cast(object, found.key)
        return None


def _read_secret(path: str) -> bytes:
    secret = Path(path).read_bytes()
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"SLUICE_TOKEN_SECRET_FILE: the secret needs {SHORTEST_SECRET} bytes at least")
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except jwt.InvalidKeyError as error:
        raise ValueError("SLUICE_TOKEN_SECRET_FILE: the file holds a key pair's half, not a secret") from error
    return secret


def _scopes(scope: object) -> frozenset[str]:
    return frozenset(scope.split()) if isinstance(scope, str) else frozenset()


def require(req: falcon.Request, scope: str) -> Caller:
    """The caller, who must have a scope. Raises Refusal."""
    caller: Caller = req.context.verifier.verify(req.get_header("Authorization"))
    if scope not in caller.scopes:
        raise Refusal("WRONG_SCOPE", scope=scope)
    req.context.subject = caller.subject
    return caller


def require_tenant(req: falcon.Request, scope: str, tenant_id: str) -> Caller:
    """The same for an address that names a tenant, which must be the caller's."""
    caller: Caller = req.context.verifier.verify(req.get_header("Authorization"))
    if tenant_id.lower() != str(caller.tenant_id):
        raise Refusal("WRONG_TENANT")
    return require(req, scope)
