"""Keys that tokens are verified with: a shared secret, or an issuer's public keys from a file or a URL."""

from pathlib import Path
from typing import Protocol

import jwt
import structlog
from jwt import PyJWK, PyJWKClient, PyJWKSet
from jwt.algorithms import HMACAlgorithm

log = structlog.get_logger()

JWKS_TTL_S = 300
SHORTEST_SECRET = 32


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


def read_secret(path: str) -> bytes:
    """The shared secret in a file. Raises ValueError where it is none, OSError."""
    secret = Path(path).read_bytes()
    if len(secret) < SHORTEST_SECRET:
        raise ValueError(f"SLUICE_TOKEN_SECRET_FILE: the secret needs {SHORTEST_SECRET} bytes at least")
    try:
        HMACAlgorithm(HMACAlgorithm.SHA256).prepare_key(secret)
    except jwt.InvalidKeyError as error:
        raise ValueError("SLUICE_TOKEN_SECRET_FILE: the file holds a key pair's half, not a secret") from error
    return secret
