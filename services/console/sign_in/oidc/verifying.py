"""An ID token, and whom it names: signed by the provider, for us, just now, and for this attempt."""

import hmac
from typing import Any

import jwt

from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from libs.identity.tokens import LONGEST_TOKEN, PUBLIC_ALGORITHMS
from services.console.sign_in.naming import Told, caller_named, names_in
from services.console.sign_in.oidc.attempt import Attempt
from services.console.sign_in.oidc.provider import Provider
from services.console.sign_in.oidc.settings import OidcSettings
from services.console.sign_in.roles import read_roles

REQUIRED = ["exp", "iat", "iss", "aud", "sub"]
_CHECKS: dict[type[Exception], str] = {
    jwt.ExpiredSignatureError: "exp",
    jwt.ImmatureSignatureError: "iat",
    jwt.InvalidIssuedAtError: "iat",
    jwt.InvalidIssuerError: "iss",
    jwt.InvalidAudienceError: "aud",
    jwt.InvalidSignatureError: "signature",
}


class IdTokens:
    """Verifies them (OpenID Connect Core 1.0, 3.1.3.7)."""

    def __init__(self, provider: Provider, settings: OidcSettings, leeway_s: int) -> None:
        self._provider = provider
        self._settings = settings
        self._leeway_s = leeway_s
        self._roles = read_roles(settings.oidc_roles)

    async def caller(self, token: str, attempt: Attempt) -> Caller:
        """Whom the token names. Raises Refusal, which says what is wrong with it, or lacking in it."""
        claims = await self._claims(token)
        audience, party = claims["aud"], claims.get("azp")
        if not hmac.compare_digest(str(claims.get("nonce")).encode(errors="replace"), attempt.nonce.encode()):
            raise Refusal("OIDC_UNTRUSTED", check="nonce")
        if (isinstance(audience, list) and len(audience) > 1) or party is not None:
            _require(party == self._settings.oidc_client_id, "azp")
        return self._named(claims)

    async def _claims(self, token: str) -> dict[str, Any]:
        _require(len(token) <= LONGEST_TOKEN, "format")
        try:
            header = jwt.get_unverified_header(token)
            algorithm, kid = str(header.get("alg")), header.get("kid")
            _require(algorithm in PUBLIC_ALGORITHMS and isinstance(kid, str | None), "alg")
            key = await self._provider.key(kid, algorithm)
            _require(key is not None, "signature")
            claims: dict[str, Any] = jwt.decode(
                token, key, algorithms=[algorithm], audience=self._settings.oidc_client_id,
                issuer=self._settings.oidc_issuer, leeway=self._leeway_s, options={"require": REQUIRED},
            )  # fmt: skip
        except jwt.MissingRequiredClaimError as error:
            raise Refusal("OIDC_UNTRUSTED", check=error.claim) from error
        except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
            raise Refusal("OIDC_UNTRUSTED", check=_CHECKS.get(type(error), "format")) from error
        return claims

    def _named(self, claims: dict[str, Any]) -> Caller:
        names = self._settings
        subject, tenant, roles = (
            _claim(claims, name) for name in (names.oidc_subject_claim, names.oidc_tenant_claim, names.oidc_roles_claim)
        )
        return caller_named(
            Told(names.oidc_subject_claim, subject), Told(names.oidc_tenant_claim, names.oidc_tenant or tenant),
            names_in(roles), self._roles,
        )  # fmt: skip


def _claim(claims: dict[str, Any], name: str) -> Any:
    """A claim; where there is none of this name, what its dots lead to."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        found = found.get(part) if isinstance(found, dict) else None
    return found


def _require(holds: bool, check: str) -> None:
    if not holds:
        raise Refusal("OIDC_UNTRUSTED", check=check)
