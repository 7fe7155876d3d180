"""A connection whose heads are read without a thread."""

import socket
import time
from typing import Any

from gunicorn.workers.gthread import TConn

LONGEST_HEAD = 32 * 1024
"""Bytes of a request line with its headers."""
BLOCK = 16 * 1024


class Connection(TConn):  # type: ignore[misc]  # gunicorn is untyped
    """What the event loop knows of a connection while no thread has it.

    Without TLS, which a proxy in front ends: making the parser reads nothing then.
    """

    def __init__(self, *accepted: Any) -> None:
        super().__init__(*accepted)
        self.init()
        self.parked_at = self.until = 0.0
        self.head_since = 0.0
        """When the first byte of the head came; 0 before."""
        self.to_discard = 0

    @property
    def head(self) -> bytes:
        """What has come of the next request."""
        read: bytes = self.parser.unreader.buf.getvalue()
        return read

    @property
    def has_head(self) -> bool:
        """Whether a thread would not have to wait for more of the head: it is whole, or there is a fault in it."""
        head = self.head
        if b"\r\n\r\n" in head:  # behind it is what came of the body, which nobody needs to look at
            return True
        lines = head.count(b"\n")
        bare = lines != head.count(b"\r\n")
        long_line = not lines and len(head) > self.cfg.limit_request_line + len(b"\r\n")
        return bare or long_line or self.is_too_long

    @property
    def is_too_long(self) -> bool:
        """Whether the head goes on for too long."""
        head = self.head
        return len(head) > LONGEST_HEAD and b"\r\n\r\n" not in head

    @property
    def target(self) -> bytes:
        """What a GET or HEAD asks for; nothing for others."""
        method, _, rest = self.head[:64].lstrip(b"\r\n").partition(b" ")
        return rest.partition(b" ")[0] if method in (b"GET", b"HEAD") else b""

    def receive(self) -> bool:
        """Read on, without waiting; whether the client is still there."""
        data = self._available()
        if data:
            unreader = self.parser.unreader
            unreader.unread(unreader.take_buffered() + data)
            self.head_since = self.head_since or time.monotonic()
        return data != b""

    def discard(self) -> bool:
        """Read without waiting what nobody wants; whether more may come."""
        data = self._available()
        self.to_discard -= len(data or b"")
        return data != b"" and self.to_discard > 0

    def _available(self) -> bytes | None:
        """What is there: None for nothing yet, b"" for nothing ever."""
        try:
            read: bytes = self.sock.recv(BLOCK, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return None
        except OSError:
            return b""
        return read
