"""/sign-in, /sign-out and /session."""

import falcon
import falcon.asgi

from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from libs.identity.tokens import LONGEST_TOKEN, TokenVerifier
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.entrance import Entrance, local
from services.console.sign_in.gate import COOKIE, Gate
from services.console.sign_in.rights import Right
from services.console.sign_in.sessions import LONGEST_SECRET, Links, Sessions

LONGEST_NEXT = 2_000


class SignInResource:
    """Signs people in, by a one-time link or a token, and out."""

    def __init__(
        self,
        entrance: Entrance,
        gate: Gate,
        threads: Threads,
        sessions: Sessions,
        links: Links,
        verifier: TokenVerifier,
    ) -> None:
        self._entrance = entrance
        self._site = entrance.view.site
        self._gate = gate
        self._threads = threads
        self._sessions = sessions
        self._links = links
        self._verifier = verifier

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Where one signs in. To look at a link does not spend it: mail programs and browsers look at links."""
        link, further = (str(req.params.get(name, "")) for name in ("link", "next"))
        if not link and await self._gate.somebody(req):
            raise falcon.HTTPSeeOther(self._site.path(local(further)))
        self._entrance.show(req, resp, further, link=link[:LONGEST_SECRET])

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Sign in whom a link or a token names."""
        self._gate.require_own(req)
        form = await read_form(req)
        further = form.text("next", LONGEST_NEXT)
        try:
            await self._entrance.let_in(req, resp, await self._caller(form), further)
        except Refusal as refusal:
            self._entrance.refuse(req, resp, further, refusal)

    async def on_post_out(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Sign out: the session is no more, wherever its cookie is."""
        self._gate.require_own(req)
        person = await self._gate.somebody(req)
        if person:
            self._gate.forget(person)
            await self._threads.run(self._sessions.close, person.secret)
        resp.unset_cookie(COOKIE, path=self._site.path("/"), same_site="Lax")
        resp.status = falcon.HTTP_303
        resp.location = self._site.path("/sign-in?left=1")

    async def on_get_session(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Whether somebody is signed in still (204), for scripts, which cannot see why a stream has ended."""
        await self._gate.person(req, Right.VIEW)
        resp.status = falcon.HTTP_204

    async def _caller(self, form: Form) -> Caller:
        link, token = form.text("link", LONGEST_SECRET), form.text("token", LONGEST_TOKEN)
        if link:
            caller = await self._threads.run(self._links.spend, link)
        else:
            caller = await self._threads.run(self._verifier.verify, f"Bearer {token}")
        if caller is None:
            raise Refusal("LINK_SPENT")
        return caller
