"""What one process does for all: whose turn it is, who is it that works, is a key that goes by itself.

Nobody waits for a turn, and nothing is right because of it: two may have one at a time, where the first takes longer
than it lasts. It saves the others from doing the same at the same time.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from libs.jobs.keys import Keys
from libs.jobs.scripts import Scripts


class Turn:
    """One process's turns to do `what`; who dies in one delays the next by `lasts_s` seconds at most."""

    def __init__(self, client: redis.Redis, namespace: str, what: str, lasts_s: float) -> None:
        keys = Keys(namespace)
        self._client = client
        self._scripts = Scripts(client, keys.prefix)
        self._key = keys.turn(what)
        self._what = what
        self._lasts_ms = round(1000 * lasts_s)
        self._token = secrets.token_hex(8)

    @contextmanager
    def taken(self, *, keep: bool = False) -> Iterator[bool]:
        """Whether the turn is ours. It is given back after that; with `keep`, which leaves it none, on errors alone.

        Raises redis.RedisError.
        """
        ours = bool(self._client.set(self._key, self._token, nx=True, px=self._lasts_ms))
        done = False
        try:
            yield ours
            done = True
        finally:
            if ours and not (keep and done):
                self._scripts.run("give_turn_back", self._what, self._token)
