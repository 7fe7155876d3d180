"""How everybody gets in, whichever way: a session and its cookie, or the page that says why not."""

from typing import Any

import falcon
import falcon.asgi

from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from services.console.http.threads import Threads
from services.console.pages.view import View
from services.console.sign_in.gate import COOKIE
from services.console.sign_in.rights import Right, rights_of
from services.console.sign_in.sessions import Sessions


class Entrance:
    """Lets somebody in who has shown who that is; `provider` is the name of the other way, where there is one."""

    def __init__(self, view: View, threads: Threads, sessions: Sessions, provider: str) -> None:
        self.view = view
        self._threads = threads
        self._sessions = sessions
        self._provider = provider

    async def let_in(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, caller: Caller, further: str) -> None:
        """Begin a session, and go on. Raises Refusal for whoever may see nothing, redis.RedisError."""
        if Right.VIEW not in rights_of(caller.scopes):
            raise Refusal("RIGHT_LACKING", scope=Right.VIEW.value)
        site = self.view.site
        secret = await self._threads.run(self._sessions.open, caller)
        resp.set_cookie(
            COOKIE, secret, path=site.path("/"), secure=site.is_secure(req), http_only=True, same_site="Lax"
        )
        resp.status = falcon.HTTP_303
        resp.location = site.path(local(further))

    def show(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, further: str, *, link: str = "", refused: str = ""
    ) -> None:
        """The page on which people sign in."""
        again: dict[str, Any] = {"here": "/sign-in"} if refused else {}  # and not back to an address that is spent
        self.view.show(
            req, resp, "sign_in.html", link=link, further=further, refused=refused, provider=self._provider,
            has_left="left" in req.params, **again,
        )  # fmt: skip

    def refuse(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, further: str, refusal: Refusal) -> None:
        """The same page, with what was wrong."""
        problem = refusal.problem
        resp.status = problem.status
        texts = (each.format_map(refusal.params) for each in (problem.detail, problem.detail_vi))
        self.show(req, resp, further, refused=self.view.speech(req).chosen(*texts))


def local(path: str) -> str:
    """An address of ours, or the first page: nobody is sent elsewhere by a link to us."""
    is_ours = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isascii() and path.isprintable()
    return path if is_ours else "/"
