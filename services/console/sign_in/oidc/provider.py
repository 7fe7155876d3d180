"""The provider: what it says of itself, its keys, and its answer to a code. All of it within a few seconds."""

import asyncio
import time
from pathlib import Path
from typing import Any

import httpx
import msgspec
import structlog
from authlib.oauth2.auth import ClientAuth
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri, prepare_token_request
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.identity.public_keys import LARGEST_SET, KeySet, read_key_set
from services.console.sign_in.oidc.attempt import Attempt
from services.console.sign_in.oidc.settings import OidcSettings

log = structlog.get_logger()

FRESH_S = 300.0
CALM_S = 2.0
"""How long nobody asks again, after the provider has not answered, or a key that was asked for is not there."""
AT_ONCE = 8
"""Codes that are exchanged at the same time."""
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REFUSALS = (400, 401)
"""With which a token's address says that it gives none (RFC 6749, 5.2)."""
_TROUBLE = (
    httpx.HTTPError, httpx.InvalidURL, msgspec.MsgspecError, TimeoutError, ValueError, KeyError, TypeError,
    AttributeError,
)  # fmt: skip
"""Whatever comes of an address that answers otherwise than a provider would."""


class Described(Struct, frozen=True):
    """What a provider says of itself (OpenID Connect Discovery 1.0)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: tuple[str, ...] = ("client_secret_basic",)


class Provider:
    """One provider. What it has said of itself is kept for a while, and as long as it is away."""

    def __init__(self, settings: OidcSettings) -> None:
        self._settings = settings
        secret = settings.oidc_client_secret_file
        self._secret = Path(secret).read_text().strip() if secret else None
        self._described: Described | None = None
        self._keys = KeySet([])
        self._fresh_until = self._calm_until = 0.0
        self._asking = asyncio.Lock()
        self._exchanging = asyncio.Semaphore(AT_ONCE)

    async def described(self) -> Described:
        """What it says of itself. Raises Refusal where that was never heard."""
        async with self._asking:
            now = time.monotonic()
            if now >= max(self._fresh_until, self._calm_until):
                await self._read()
        if self._described is None:
            raise Refusal("OIDC_AWAY")
        return self._described

    async def key(self, kid: str | None, algorithm: str) -> Any:
        """The key of that id, None where it has no such key; one that is unknown is asked for, but not all the time."""
        found = self._keys.find(kid, algorithm)
        if found is None:
            async with self._asking:
                if self._keys.find(kid, algorithm) is None and time.monotonic() >= self._calm_until:
                    await self._read()
            found = self._keys.find(kid, algorithm)
        return found.key if found else None

    async def address(self, attempt: Attempt, redirect_uri: str) -> str:
        """Where to send somebody who wants to sign in. Raises Refusal."""
        settings = self._settings
        address: str = prepare_grant_uri(
            (await self.described()).authorization_endpoint, settings.oidc_client_id, "code", redirect_uri,
            settings.oidc_scopes, attempt.state, nonce=attempt.nonce, code_challenge_method="S256",
            code_challenge=create_s256_code_challenge(attempt.verifier),
        )  # fmt: skip
        return address

    async def id_token(self, attempt: Attempt, code: str, redirect_uri: str) -> str:
        """The ID token for a code. Raises Refusal."""
        described = await self.described()
        body = prepare_token_request(
            "authorization_code", code=code, code_verifier=attempt.verifier, redirect_uri=redirect_uri
        )
        try:
            async with asyncio.timeout(self._settings.oidc_seconds), self._exchanging, self._client() as client:
                status, answer = await _asked(client, *self._signed(described, body))
            if status in REFUSALS:
                log.warning("oidc_code_refused", status=status, error=str(answer.get("error"))[:100])
                raise Refusal("OIDC_REFUSED")
            return msgspec.convert(answer["id_token"], str)
        except _TROUBLE as error:
            log.warning("oidc_code_not_exchanged", exc_info=error)
            raise Refusal("OIDC_AWAY") from error

    def _signed(self, described: Described, body: str) -> tuple[str, dict[str, str], str]:
        """A request for a token: where it goes, its headers, and its body, with what shows that it is ours."""
        methods = described.token_endpoint_auth_methods_supported
        method = "client_secret_basic" if "client_secret_basic" in methods else "client_secret_post"
        signing = ClientAuth(self._settings.oidc_client_id, self._secret, method if self._secret else "none")
        signed: tuple[str, dict[str, str], str] = signing.prepare("POST", described.token_endpoint, {**FORM}, body)
        return signed

    async def _read(self) -> None:
        """Read what it says of itself, and its keys; what was known before stays where that fails."""
        self._calm_until = time.monotonic() + CALM_S
        try:
            async with asyncio.timeout(self._settings.oidc_seconds), self._client() as client:
                issuer = self._settings.oidc_issuer
                raw = await _fetched(client, f"{issuer.rstrip('/')}/.well-known/openid-configuration")
                described = msgspec.json.decode(raw, type=Described)
                if described.issuer != issuer:
                    raise ValueError("it names itself otherwise")
                keys = read_key_set(await _fetched(client, described.jwks_uri))
        except _TROUBLE as error:
            log.warning("oidc_provider_not_read", exc_info=error)
            return
        finally:
            self._calm_until = time.monotonic() + CALM_S
        self._described, self._keys = described, keys
        self._fresh_until = time.monotonic() + FRESH_S

    def _client(self) -> httpx.AsyncClient:
        """It follows no redirection: the provider that was set is the one that is trusted."""
        return httpx.AsyncClient(timeout=float(self._settings.oidc_seconds), headers={"Accept": "application/json"})


async def _asked(client: httpx.AsyncClient, url: str, headers: dict[str, str], body: str) -> tuple[int, dict[str, Any]]:
    """The status and the document of a POST. Raises what `_TROUBLE` names."""
    async with client.stream("POST", url, headers=headers, content=body) as answer:
        if answer.status_code not in REFUSALS:
            answer.raise_for_status()
        return answer.status_code, msgspec.json.decode(await _body(answer), type=dict[str, Any])


async def _fetched(client: httpx.AsyncClient, url: str) -> bytes:
    async with client.stream("GET", url) as answer:
        answer.raise_for_status()
        return await _body(answer)


async def _body(answer: httpx.Response) -> bytes:
    body = bytearray()
    async for piece in answer.aiter_bytes():
        body += piece
        if len(body) > LARGEST_SET:
            raise ValueError("the answer is too large")
    return bytes(body)
