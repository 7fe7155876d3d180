"""Bearer tokens (JWT): who calls, for which tenant, and what the caller may do.

A key decides its algorithms, never the token: the secret serves HS256 alone, a public key its own kind alone.
"""

import time
from base64 import urlsafe_b64decode
from typing import Any

import jwt
import msgspec
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller, caller_of
from libs.identity.issuer import UrlKeys
from libs.identity.keys import FileKeys, Keys, read_secret
from libs.identity.public_keys import ALGORITHMS
from libs.identity.seen import Seen, SeenTokens
from libs.identity.settings import TokenSettings

REQUIRED = ["exp", "iss", "aud", "sub", "tenant"]
PUBLIC_ALGORITHMS = frozenset(ALGORITHMS.values())
LONGEST_TOKEN = 8_192


class _Header(Struct):
    """What a token says of itself. It chooses a key, which may be used for its own algorithm alone."""

    alg: str
    kid: str | None = None


def _header(token: str) -> _Header:
    """The header, unverified: PyJWT would read all of the token for it, and then again. Raises ValueError."""
    first = token.partition(".")[0]
    try:
        return msgspec.json.decode(urlsafe_b64decode(first + "=" * (-len(first) % 4)), type=_Header)
    except msgspec.DecodeError as error:
        raise ValueError from error


class TokenVerifier:
    """Verifies tokens against the keys of the settings. Raises ValueError at boot where a key file is no good."""

    def __init__(self, settings: TokenSettings) -> None:
        self._settings = settings
        self._secret = read_secret(settings.token_secret_file) if settings.token_secret_file else None
        self._keys: list[Keys] = []
        self._seen = SeenTokens()
        if settings.jwks_file:
            self._keys.append(FileKeys(settings.jwks_file))
        if settings.jwks_url:
            self._keys.append(UrlKeys(settings.jwks_url))

    def verify(self, authorization: str | None) -> Caller:
        """The caller of a request. Raises Refusal where the header holds no valid token, or no key can be had now."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
            raise Refusal("UNAUTHENTICATED")
        try:
            return self._again(token) or self._verified(token)
        except (jwt.PyJWTError, ValueError, TypeError, AttributeError, RecursionError) as error:
            raise Refusal("UNAUTHENTICATED") from error

    def _again(self, token: str) -> Caller | None:
        """The caller of a token that was verified before by the same key, unless it has ended since.

        A key file that was read again, and an issuer's keys that were fetched again, are other keys.
        """
        seen = self._seen.find(token)
        if seen is None or seen.caller.ends <= time.time() - self._settings.token_leeway_s:
            return None
        return seen.caller if self._key(seen.algorithm, seen.kid) is seen.key else None

    def _verified(self, token: str) -> Caller:
        header = _header(token)
        algorithm, kid = header.alg, header.kid
        key = self._key(algorithm, kid)
        if key is None:
            raise jwt.InvalidTokenError
        claims = jwt.decode(
            token, key, algorithms=[algorithm], audience=self._settings.token_audience,
            issuer=self._settings.token_issuer, leeway=self._settings.token_leeway_s, options={"require": REQUIRED},
        )  # fmt: skip
        caller = caller_of(claims)
        self._seen.keep(token, Seen(caller, algorithm, kid, key))
        return caller

    def _key(self, algorithm: str, kid: object) -> Any:
        """The key that may have signed such a token; None where there is none."""
        if algorithm == "HS256":
            return self._secret
        return self._public_key(algorithm, kid) if algorithm in PUBLIC_ALGORITHMS else None

    def _public_key(self, algorithm: str, kid: object) -> object | None:
        if kid is not None and not isinstance(kid, str):
            return None
        found = (keys.find(kid, algorithm) for keys in self._keys)
        return next((each.key for each in found if each), None)
