"""Sessions and one-time links, in Redis, by the hashes of their secrets: who reads Redis can be nobody."""

import hashlib
import secrets
import time
import uuid
from typing import Any

import msgspec
import redis
from msgspec import Struct

from libs.identity.callers import Caller
from libs.jobs.keys import Keys

SECRET_BYTES = 32
LONGEST_SECRET = 100
TOUCH_EVERY_S = 60
"""A session that is used is noted this often."""


class Session(Struct, frozen=True, kw_only=True):
    """Somebody who has signed in."""

    subject: str
    tenant_id: uuid.UUID
    scopes: frozenset[str]
    ends: float
    """When it ends however it is used, Unix seconds."""

    @property
    def caller(self) -> Caller:
        """As the sender of a token."""
        return Caller(self.subject, self.tenant_id, self.scopes, self.ends)


class Sessions:
    """Every method raises redis.RedisError while Redis is away."""

    def __init__(self, client: redis.Redis, namespace: str, *, idle_s: int, longest_s: int) -> None:
        self._client: Any = client
        self._keys = Keys(namespace)
        self._idle_s, self._longest_s = idle_s, longest_s

    def open(self, caller: Caller) -> str:
        """Sign somebody in, for no longer than a token lasts; returns the secret of the session."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        now = time.time()
        session = Session(
            subject=caller.subject, tenant_id=caller.tenant_id, scopes=caller.scopes,
            ends=min(now + self._longest_s, caller.ends),
        )  # fmt: skip
        self._client.set(self._key(secret), msgspec.json.encode(session), ex=self._left(session, now))
        return secret

    def find(self, secret: str, *, used: bool) -> Session | None:
        """The session; one that is `used` begins its idle time again."""
        if not secret or len(secret) > LONGEST_SECRET:
            return None
        key = self._key(secret)
        pipe = self._client.pipeline(transaction=False)
        raw, left = pipe.get(key).ttl(key).execute()
        session = msgspec.json.decode(raw, type=Session) if raw else None
        now = time.time()
        if session is None or session.ends <= now:
            return None
        if used and (full := self._left(session, now)) - left >= TOUCH_EVERY_S:
            self._client.expire(key, full)
        return session

    def close(self, secret: str) -> None:
        """Sign somebody out."""
        if len(secret) <= LONGEST_SECRET:
            self._client.delete(self._key(secret))

    def _left(self, session: Session, now: float) -> int:
        return max(1, min(self._idle_s, int(session.ends - now)))

    def _key(self, secret: str) -> str:
        return self._keys.session(_hash(secret))


class Links:
    """One-time links: whoever opens one first is signed in as it says. Raises redis.RedisError."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        self._client: Any = client
        self._keys = Keys(namespace)

    def make(self, caller: Caller, ttl_s: int) -> str:
        """A link's secret, good once and for so many seconds."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        held = Session(subject=caller.subject, tenant_id=caller.tenant_id, scopes=caller.scopes, ends=caller.ends)
        self._client.set(self._key(secret), msgspec.json.encode(held), ex=ttl_s)
        return secret

    def spend(self, secret: str) -> Caller | None:
        """Whom a link signs in, for the first who asks; None for everybody else."""
        if not secret or len(secret) > LONGEST_SECRET:
            return None
        raw = self._client.get(self._key(secret))
        if raw is None or not self._client.delete(self._key(secret)):  # of two at once, one has deleted it
            return None
        return msgspec.json.decode(raw, type=Session).caller

    def _key(self, secret: str) -> str:
        return self._keys.sign_in(_hash(secret))


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode(errors="replace")).hexdigest()
