"""Lets requests in: by a proxy's word, a session's cookie, or a token; and none that another site has had sent."""

import asyncio

import falcon.asgi
import redis
from msgspec import Struct

from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from libs.identity.tokens import TokenVerifier
from services.console.http.site import Site
from services.console.http.threads import Threads
from services.console.sign_in.memory import Memory
from services.console.sign_in.proxy import Proxy
from services.console.sign_in.rights import Right, rights_of
from services.console.sign_in.sessions import Session, Sessions

PATIENCE_S = 0.8
"""How long the page of the system waits for a session."""
COOKIE = "sluice_session"
LIVE = "HX-Request"
"""The header of requests that a page makes by itself: they keep no session alive."""


class Person(Struct, frozen=True):
    """Who has sent a request."""

    caller: Caller
    secret: str = ""
    """Of the session; empty where a token was sent, or a proxy has named the person."""

    @property
    def rights(self) -> frozenset[Right]:
        """What the person may do."""
        return rights_of(self.caller.scopes)

    def may(self, right: str) -> bool:
        """Whether the person has this right, by its name."""
        return Right[right] in self.rights


class Gate:
    """Asks each request who sends it."""

    def __init__(self, sessions: Sessions, verifier: TokenVerifier, proxy: Proxy, threads: Threads, site: Site) -> None:
        self._sessions = sessions
        self._proxy = proxy
        self._verifier = verifier
        self._threads = threads
        self._site = site
        self._memory = Memory()

    async def person(self, req: falcon.asgi.Request, right: Right) -> Person:
        """Who is signed in, who must have this right. Raises Refusal, redis.RedisError."""
        person = await self.somebody(req)
        if person is None:
            raise Refusal("SIGN_IN_NEEDED")
        return _allowed(person, right)

    async def known_person(self, req: falcon.asgi.Request, right: Right) -> Person:
        """The same, for a page that says that Redis is away: then who was let in a moment ago is still in.

        Raises Refusal, and redis.RedisError where that is not known.
        """
        try:
            async with asyncio.timeout(PATIENCE_S):
                return await self.person(req, right)
        except (redis.RedisError, TimeoutError, Refusal) as error:
            session = self._memory.recall(_secret(req)) if _is_outage(error) else None
            if session is None:
                raise Refusal("QUEUE_UNAVAILABLE") if isinstance(error, TimeoutError) else error from error
            return _allowed(Person(session.caller, _secret(req)), right)

    async def somebody(self, req: falcon.asgi.Request) -> Person | None:
        """Who is signed in, if anybody is. Raises redis.RedisError, Refusal where a proxy names nobody of use."""
        named = self._proxy.caller(req)
        if named:
            return Person(named)
        secret = _secret(req)
        session = await self._threads.run(self._find, secret, req.get_header(LIVE) is None) if secret else None
        self._memory.note(secret, session)
        return Person(session.caller, secret) if session else None

    async def watcher(self, req: falcon.asgi.Request) -> Person:
        """Who asks for a stream: by a token, or from a page of ours. Raises Refusal, redis.RedisError."""
        named = self._proxy.caller(req)
        authorization = req.get_header("Authorization")
        if authorization is not None and named is None:
            caller = await self._threads.in_turn(self._verifier.verify, authorization)
            return _allowed(Person(caller), Right.VIEW)
        person = Person(named) if named else await self._by_session(_secret(req))
        if person is None:
            raise Refusal("UNAUTHENTICATED")
        self.require_own(req, reads=True)
        return _allowed(person, Right.VIEW)

    async def _by_session(self, secret: str) -> Person | None:
        session = await self._threads.in_turn(self._find, secret, False) if secret else None
        return Person(session.caller, secret) if session else None

    def forget(self, person: Person) -> None:
        """Somebody has signed out."""
        self._memory.note(person.secret, None)

    async def is_in(self, person: Person) -> bool:
        """Whether a person is signed in still. Raises redis.RedisError, Refusal where that cannot be asked now."""
        return not person.secret or await self._threads.in_turn(self._find, person.secret, False) is not None

    def require_own(self, req: falcon.asgi.Request, *, reads: bool = False) -> None:
        """Raise Refusal unless a page of ours has sent this.

        Browsers say so in Sec-Fetch-Site; on plain HTTP they leave it out, but say the Origin with whatever changes
        something. What only reads they may send without either.
        """
        site, origin = req.get_header("Sec-Fetch-Site"), req.get_header("Origin")
        if site is not None and not _is_handshake(req):
            own = site == "same-origin"
        else:
            own = self._site.is_origin(req, origin) if origin is not None else reads and not _is_handshake(req)
        if not own:
            raise Refusal("FOREIGN_REQUEST")

    def _find(self, secret: str, used: bool) -> Session | None:
        return self._sessions.find(secret, used=used)


def _is_outage(error: Exception) -> bool:
    """Whether this says something of Redis, and nothing of who asks."""
    return not isinstance(error, Refusal) or error.problem.code == "CONSOLE_BUSY"


def _is_handshake(req: falcon.asgi.Request) -> bool:
    """Whether a WebSocket is asked for, whose Origin browsers always say."""
    return bool(req.scope["type"] == "websocket")


def _secret(req: falcon.asgi.Request) -> str:
    values = req.get_cookie_values(COOKIE)
    return values[0] if values and len(values) == 1 else ""


def _allowed(person: Person, right: Right) -> Person:
    if right not in person.rights:
        raise Refusal("RIGHT_LACKING", scope=right.value)
    return person
