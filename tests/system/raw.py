"""Requests that no HTTP library would send, through a plain socket."""

import contextlib
import dataclasses
import json
import socket
from typing import Any
from urllib.parse import urlsplit


@dataclasses.dataclass(frozen=True)
class RawAnswer:
    """What came back until the connection was closed."""

    stream: bytes

    @property
    def status(self) -> int | None:
        """The first status, or None when the connection was closed without a word."""
        return int(self.stream.split(b" ", 2)[1]) if self.stream.startswith(b"HTTP/") else None

    @property
    def head(self) -> bytes:
        """The status line and the header fields, in small letters."""
        return self.stream.partition(b"\r\n\r\n")[0].lower()

    @property
    def refused(self) -> bool:
        """Whether the server said no, or hung up, without failing itself. 501 is for a transfer coding it lacks."""
        return self.status is None or 400 <= self.status < 500 or self.status in (501, 505)

    def json(self) -> Any:
        """The body of an answer that came in one piece."""
        return json.loads(self.stream.partition(b"\r\n\r\n")[2])


def exchange(url: str, request: bytes, *, half_close: bool = False, timeout: float = 20.0) -> RawAnswer:
    """Send the bytes, close our half if asked to, and read until the server closes or says nothing for `timeout` s."""
    address = urlsplit(url)
    received = bytearray()
    with socket.create_connection((address.hostname or "", address.port or 80), timeout=timeout) as connection:
        with contextlib.suppress(OSError):  # the server may answer and hang up before it has read everything
            connection.sendall(request)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while piece := connection.recv(65_536):
                received += piece
    return RawAnswer(bytes(received))


def chunked(body: bytes, size: int) -> bytes:
    """The body in chunks of `size` bytes, with the last, empty one."""
    pieces = [body[at : at + size] for at in range(0, len(body), size)] + [b""]
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
