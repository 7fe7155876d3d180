"""gunicorn's threaded worker, but a client holds a thread only while it sends what it should.

A new connection waits in the event loop for its first byte. A request line and headers that do not arrive in time end
the connection. Bodies are watched by `body.py`.
"""

from functools import partial
from selectors import EVENT_READ
from time import monotonic
from typing import Any

from gunicorn.util import close_graceful
from gunicorn.workers.gthread import TConn, ThreadWorker

from services.ingest.http.slow_bodies import Pace, Watchdog

HEADER_SECONDS = 5.0


class Connection(TConn):  # type: ignore[misc]  # gunicorn is untyped
    """A connection that is closed by the thread that served it.

    gunicorn closes in its event loop, where it waits up to two seconds for each client that does not close too.
    """

    def close(self, graceful: bool = False) -> None:
        """Called in the event loop, which must not wait."""
        if self.sock.fileno() >= 0:
            super().close()

    def finish(self) -> None:
        """Close, and wait a little until the client has read the end of the answer."""
        self.sock.setblocking(True)
        close_graceful(self.sock)


class IngestWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is untyped
    """See above. Uses parts of `ThreadWorker` that are not documented, so gunicorn's major version is pinned."""

    def init_process(self) -> None:
        """Start the watchdog in the worker's own process."""
        self._headers = Watchdog(Pace(seconds=HEADER_SECONDS, bytes_per_second=0, grace_seconds=HEADER_SECONDS))
        super().init_process()

    def accept(self, listener: Any) -> None:
        """Take a connection and wait for its first byte without a thread."""
        try:
            connection, address = listener.accept()
        except OSError:
            return  # taken by another worker, or gone again
        self.nr_conns += 1
        conn = Connection(self.cfg, connection, address, listener.getsockname())
        conn.timeout = monotonic() + self.cfg.keepalive
        self.pending_conns.append(conn)
        self.poller.register(connection, EVENT_READ, partial(self.on_pending_socket_readable, conn))

    def handle(self, conn: Connection) -> Any:
        """Handle a request on a connection, in a thread."""
        with self._headers.watch(conn.sock) as conn.headers_reading:
            keeps = super().handle(conn)
        if keeps is False:
            conn.finish()
        return keeps

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Handle a request whose headers are there."""
        self._headers.release(conn.headers_reading)
        return super().handle_request(req, conn)
