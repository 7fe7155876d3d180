"""Connections to whichever server is the primary now: looked for when one begins, and given up when it is no more.

All keys of a namespace have one hash tag, so in a cluster, too, one server at a time has all that we need: no command
of ours ever goes to two of them.
"""

import itertools
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, ReadOnlyError, TryAgainError
from redis.retry import Retry
from redis.utils import str_if_bytes

from libs.jobs.keys import Keys
from libs.jobs.server.places import Node, Place
from libs.jobs.server.stated import answer

ASK_S = 1.0
"""How long one that may know is waited for."""
ELSEWHERE = (ReadOnlyError, MovedError, AskError, ClusterDownError, TryAgainError)
"""What a server says that is not, or not now, the primary of our keys."""


class Finder:
    """Asks one Sentinel or node after the other, each time from another on: one that is cut off knows old things."""

    def __init__(self, place: Place, namespace: str) -> None:
        self._place = place
        self._slot = key_slot(Keys(namespace).prefix.encode())
        self._turns = itertools.count()

    def find(self) -> Node:
        """Where the primary is, as far as is known. Raises redis.ConnectionError where nobody says so."""
        nodes, first = self._place.nodes, next(self._turns)
        reason: redis.RedisError | None = None
        for turn in range(len(nodes)):
            node = nodes[(first + turn) % len(nodes)]
            try:
                if found := self._ask(node):
                    return found
            except redis.RedisError as error:
                reason = error
        raise redis.ConnectionError("nobody knows where the primary is") from reason

    def _ask(self, node: Node) -> Node | None:
        client: Any = redis.Redis.from_url(
            self._place.asked(node), socket_timeout=ASK_S, socket_connect_timeout=ASK_S, retry=Retry(NoBackoff(), 0)
        )
        with client:
            if self._place.kind == "sentinel":
                named = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", self._place.name)
                return (str_if_bytes(named[0]), int(named[1])) if named else None
            return _holder(client.execute_command("CLUSTER", "SLOTS"), self._slot, node)


def _holder(spans: Any, slot: int, asked: Node) -> Node | None:
    """The primary of a slot. A node that does not know its own address is where it was asked."""
    for first, last, (host, port, *_), *_ in spans:
        if first <= slot <= last:
            return str_if_bytes(host) or asked[0], int(port)
    return None


class Found:
    """A connection that a finder says where to; beside one of redis-py's classes."""

    def __init__(self, *, finder: Finder, **options: Any) -> None:
        super().__init__(**options)
        self._finder = finder

    def _connect(self) -> Any:
        self.host, self.port = self._finder.find()
        connected: Any = super()
        return connected._connect()  # noqa: SLF001 -- the one place where redis-py says where to

    def read_response(self, *args: Any, **options: Any) -> Any:
        """An answer. Of one that is the primary no more it is an error of the connection, which begins anew."""
        connection: Any = super()
        try:
            return connection.read_response(*args, **options)
        except ELSEWHERE as error:
            self.disconnect()
            raise redis.ConnectionError("another server is the primary by now") from error

    def disconnect(self, *args: Any, **options: Any) -> None:
        """End it."""
        connection: Any = super()
        connection.disconnect(*args, **options)


class FoundConnection(Found, redis.Connection):
    """In plain text."""


class FoundSSLConnection(Found, redis.SSLConnection):
    """By TLS."""


def require_primary(connection: Any) -> None:
    """Raise redis.ConnectionError where a server that was found says that it is none, as one does that comes back."""
    connection.send_command("ROLE")
    role = answer(connection)
    if isinstance(role, list) and str_if_bytes(role[0]) != "master":
        connection.disconnect()
        raise redis.ConnectionError("the server that was named is no primary")
