"""Connections to whichever server is the primary now: looked for when one begins, and given up when it is no more.

All keys of a namespace have one hash tag, so in a cluster, too, one server at a time has all that we need: no command
of ours ever goes to two of them.
"""

import itertools
import threading
from contextlib import suppress
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.crc import key_slot
from redis.exceptions import AskError, ClusterDownError, MovedError, ReadOnlyError, TryAgainError
from redis.retry import Retry
from redis.utils import str_if_bytes

from libs.jobs.keys import Keys
from libs.jobs.server.address import current_address
from libs.jobs.server.places import Node, Place, place_of
from libs.jobs.server.stated import answer

ASK_S = 1.0
"""How long one that may know is waited for."""
DOUBTS = ("s_down", "o_down", "failover_in_progress")
"""What a Sentinel says of a primary that is about to be none, or is believed to be."""
ELSEWHERE = (ReadOnlyError, MovedError, AskError, ClusterDownError, TryAgainError)
"""What a server says that is not, or not now, the primary of our keys."""


class Finder:
    """Asks one Sentinel or node after the other, each time from another on: one that is cut off knows old things."""

    def __init__(self, url: str, namespace: str) -> None:
        self._url = url
        self._slot = key_slot(Keys(namespace).prefix.encode())
        self._turns = itertools.count()
        self._spoken_to = threading.local()

    def find(self) -> Node:
        """Where the primary is, as far as is known. Raises redis.ConnectionError where nobody says so."""
        place = self._place()
        nodes, first = place.nodes, next(self._turns)
        reason: redis.RedisError | None = None
        for turn in range(len(nodes)):
            node = nodes[(first + turn) % len(nodes)]
            try:
                if found := _ask(place, node, self._slot):
                    return found
            except redis.RedisError as error:
                reason = error
        raise redis.ConnectionError("nobody knows where the primary is") from reason

    def note(self, node: Node) -> None:
        """Remember whose answer this thread has had last."""
        self._spoken_to.node = node

    def confirms(self) -> bool:
        """Whether that server is the primary still, as all say who answer, and most do.

        One that was frozen while another took over has replicas for a moment that know nothing of it either: what they
        have on disk is lost with the next thing that they hear. Whoever makes another the primary says so before that.
        """
        place, said = self._place(), list[bool]()
        for node in place.nodes:
            with suppress(redis.RedisError):
                said.append(_ask(place, node, self._slot, settled=True) == self._spoken_to.node)
        return all(said) and 2 * len(said) > len(place.nodes)

    def _place(self) -> Place:
        place = place_of(current_address(self._url))
        assert place
        return place


def _ask(place: Place, node: Node, slot: int, *, settled: bool = False) -> Node | None:
    """Whom one says to be the primary; with `settled`, nobody where it has doubts."""
    client: Any = redis.Redis.from_url(
        place.asked(node), socket_timeout=ASK_S, socket_connect_timeout=ASK_S, retry=Retry(NoBackoff(), 0)
    )
    with client:
        if place.kind == "sentinel":
            if settled and any(doubt in client.sentinel_master(place.name)["flags"] for doubt in DOUBTS):
                return None
            named = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", place.name)
            return (str_if_bytes(named[0]), int(named[1])) if named else None
        return _holder(client.execute_command("CLUSTER", "SLOTS"), slot, node)


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
            answered = connection.read_response(*args, **options)
        except ELSEWHERE as error:
            self.disconnect()
            raise redis.ConnectionError("another server is the primary by now") from error
        self._finder.note((self.host, self.port))
        return answered

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
