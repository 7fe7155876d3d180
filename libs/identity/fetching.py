"""One request with a bound on its time and on its size, whatever the other side does."""

import contextlib
import http.client
import socket
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

PART = 16 * 1024


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """Go nowhere: the address that was set is the one that is trusted."""


def fetch(
    url: str, *, seconds: float, most_bytes: int, data: bytes | None = None, headers: Mapping[str, str] | None = None
) -> bytes:
    """The body of a 200; a POST where there is data. Raises OSError, http.client.HTTPException, ValueError."""
    body = bytearray()
    deadline = time.monotonic() + seconds
    request = urllib.request.Request(url, data, {"Accept": "application/json", **(headers or {})})  # noqa: S310 -- http(s), as checked
    with _opener(seconds) as opener, opener.open(request, timeout=seconds) as response:
        while part := response.read1(PART):
            body += part
            if len(body) > most_bytes:
                raise ValueError("the answer is too large")
            if time.monotonic() > deadline:
                raise TimeoutError("the answer takes too long")
        if response.length:  # what was announced and has not come; `read1` does not say so
            raise http.client.IncompleteRead(bytes(body), response.length)
    return bytes(body)


@contextlib.contextmanager
def _opener(seconds: float) -> Iterator[urllib.request.OpenerDirector]:
    """Opens addresses, and cuts its connections off once the time is up.

    A time-out of a socket is one of each read: a header that comes byte by byte would never meet it.
    """
    made: list[http.client.HTTPConnection] = []

    def remembered(kind: type[http.client.HTTPConnection]) -> Callable[..., http.client.HTTPConnection]:
        def make(*args: Any, **options: Any) -> http.client.HTTPConnection:
            made.append(kind(*args, **options))
            return made[-1]

        return make

    class Plain(urllib.request.HTTPHandler):
        def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(remembered(http.client.HTTPConnection), req)

    class Secure(urllib.request.HTTPSHandler):
        def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
            return self.do_open(remembered(http.client.HTTPSConnection), req)

    def cut() -> None:
        for connection in made:
            with contextlib.suppress(OSError, AttributeError):  # it is closed, or was never open
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, cut)
    timer.daemon = True
    timer.start()
    try:
        yield urllib.request.build_opener(_NoRedirects, Plain, Secure)
    finally:
        timer.cancel()
