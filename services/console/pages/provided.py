"""/sign-in/oidc: to the provider and back."""

from typing import Any
from urllib.parse import urlencode, urlsplit

import falcon
import falcon.asgi

from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from services.console.pages.entrance import Entrance
from services.console.pages.signing import LONGEST_NEXT
from services.console.settings import ConsoleSettings
from services.console.sign_in.oidc.attempt import Attempt, begin, held
from services.console.sign_in.oidc.provider import Provider
from services.console.sign_in.oidc.settings import OidcSettings
from services.console.sign_in.oidc.verifying import IdTokens

ADDRESS = "/sign-in/oidc"
BACK = f"{ADDRESS}/callback"
COOKIE = "sluice_oidc"
KEPT_S = 600
"""How long somebody may take at the provider."""


class ProvidedResource:
    """Signs people in whom a provider names."""

    def __init__(self, entrance: Entrance, provider: Provider, tokens: IdTokens, settings: OidcSettings) -> None:
        self._entrance = entrance
        self._site = entrance.view.site
        self._provider = provider
        self._tokens = tokens
        self._settings = settings

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Send a browser to the provider, with a cookie to know it by. Nothing is changed here by that."""
        attempt = begin(str(req.params.get("next", ""))[:LONGEST_NEXT])
        try:
            resp.location = await self._provider.address(attempt, self._site.url(req, BACK))
        except Refusal as refusal:
            self._entrance.refuse(req, resp, attempt.further, refusal)
            return
        resp.status = falcon.HTTP_303
        resp.set_cookie(
            COOKIE, attempt.cookie, path=self._site.path(ADDRESS), max_age=KEPT_S, http_only=True, same_site="Lax",
            secure=self._site.is_secure(req),
        )  # fmt: skip

    async def on_get_callback(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Let in whom the provider has sent back, once."""
        resp.unset_cookie(COOKIE, path=self._site.path(ADDRESS), same_site="Lax")
        cookies = req.get_cookie_values(COOKIE) or [""]
        attempt = held(cookies[0], str(req.params.get("state", "")))
        if attempt is None:
            self._entrance.refuse(req, resp, "", Refusal("OIDC_STATE"))
            return
        try:
            await self._entrance.let_in(req, resp, await self._caller(req, attempt), attempt.further)
        except Refusal as refusal:
            self._entrance.refuse(req, resp, attempt.further, refusal)

    async def on_get_out(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """To where one signs out at the provider (RP-Initiated Logout 1.0); our own session has ended before."""
        address = (await self._provider.described()).end_session_endpoint
        if address:
            client, back = self._settings.oidc_client_id, self._site.url(req, "/sign-in")
            named = urlencode({"client_id": client, "post_logout_redirect_uri": back})
            address += f"{'&' if '?' in address else '?'}{named}"
        resp.status = falcon.HTTP_303
        resp.location = address or self._site.path("/sign-in")

    async def _caller(self, req: falcon.asgi.Request, attempt: Attempt) -> Caller:
        params = req.params
        if params.get("iss", self._settings.oidc_issuer) != self._settings.oidc_issuer:  # RFC 9207
            raise Refusal("OIDC_UNTRUSTED", check="iss")
        code = params.get("code")
        if "error" in params or not isinstance(code, str) or not code:
            raise Refusal("OIDC_REFUSED")
        token = await self._provider.id_token(attempt, code, self._site.url(req, BACK))
        return await self._tokens.caller(token, attempt)


def provider_name(settings: OidcSettings) -> str:
    """What people know the provider by; empty where there is none."""
    return settings.oidc_name or urlsplit(settings.oidc_issuer).hostname or ""


def add_provided(app: "falcon.asgi.App[Any, Any]", entrance: Entrance, settings: ConsoleSettings) -> None:
    """Add its addresses, where there is a provider."""
    if settings.oidc.oidc_issuer:
        provider = Provider(settings.oidc)
        tokens = IdTokens(provider, settings.oidc, settings.tokens.token_leeway_s)
        provided = ProvidedResource(entrance, provider, tokens, settings.oidc)
        app.add_route(ADDRESS, provided)
        app.add_route(BACK, provided, suffix="callback")
        app.add_route(f"{ADDRESS}/out", provided, suffix="out")
