"""One POST with a bound on its time, whatever the other side does; of what it answers the status alone is looked at.

Nothing is followed: neither a redirect, nor a proxy of the environment, nor a name that means something else by now.
"""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence

from libs.webhooks.destinations import Address, Network, Target, UnfitError, addresses

MOST_ADDRESSES = 4
"""Of a host with many, so many are tried."""


class UndeliveredError(Exception):
    """It was not taken; `reason` is a word or a number of the protocol, nothing that came from outside."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def post(
    target: Target, body: bytes, headers: Mapping[str, str], *, networks: Sequence[Network], seconds: float
) -> None:
    """Have it taken. Raises UndeliveredError."""
    try:
        where = addresses(target, networks)
    except UnfitError as error:
        raise UndeliveredError("address") from error
    except (OSError, UnicodeError) as error:
        raise UndeliveredError("name") from error
    try:
        status = _posted(target, where[:MOST_ADDRESSES], body, headers, seconds)
    except ssl.SSLError as error:
        raise UndeliveredError("tls") from error
    except (OSError, http.client.HTTPException) as error:
        raise UndeliveredError("connection") from error
    if not 200 <= status < 300:  # noqa: PLR2004 -- as HTTP counts
        raise UndeliveredError(f"HTTP {status}")


def _posted(target: Target, where: Sequence[Address], body: bytes, headers: Mapping[str, str], seconds: float) -> int:
    with _connected(target, where, seconds) as channel:
        connection = http.client.HTTPConnection(target.host, target.port)
        connection.sock = channel
        whole = {"Host": target.named, "Content-Type": "application/json", "User-Agent": "sluice", **headers}
        connection.request("POST", target.path, body, {**whole, "Connection": "close"})
        return connection.getresponse().status


@contextlib.contextmanager
def _connected(target: Target, where: Sequence[Address], seconds: float) -> Iterator[socket.socket]:
    """A connection with one of the addresses, which is cut off once the time is up.

    A time-out of a socket is one of each read: a header that comes byte by byte would never meet it.
    """
    began = time.monotonic()
    channel = _first(target, where, seconds / len(where))
    with contextlib.ExitStack() as stack:
        stack.enter_context(channel)
        same = stack.enter_context(channel.dup())
        timer = threading.Timer(seconds - (time.monotonic() - began), _cut, [same])
        timer.daemon = True
        timer.start()
        stack.callback(timer.cancel)
        if target.secure:
            channel = ssl.create_default_context().wrap_socket(channel, server_hostname=target.host)
            stack.enter_context(channel)
        yield channel


def _first(target: Target, where: Sequence[Address], seconds: float) -> socket.socket:
    for address in where[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((str(address), target.port), seconds)
    return socket.create_connection((str(where[-1]), target.port), seconds)


def _cut(channel: socket.socket) -> None:
    with contextlib.suppress(OSError):  # it is closed already
        channel.shutdown(socket.SHUT_RDWR)
