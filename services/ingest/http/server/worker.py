"""gunicorn's threaded worker, but threads work and the event loop waits.

A thread gets a request once its head is there, and is free again once the answer is made: the event loop waits for
heads, for clients that take their answers slowly, and for those that still send after they were refused. Bodies are
watched by `slow_bodies.py`. Probes have threads of their own. Uses parts of `ThreadWorker` that are not documented, so
gunicorn's major version is pinned.
"""

import errno
import resource
import socket
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE
from typing import Any

from gunicorn.http.errors import LimitRequestHeaders
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from libs.telemetry.metrics.requests import CAPACITY
from services.ingest.http.body_memory import BodyMemory
from services.ingest.http.server.checks import check, wants_close
from services.ingest.http.server.closing import says_close
from services.ingest.http.server.connection import Connection
from services.ingest.http.server.sending import KEPT_BYTES, PacedSocket, TakingPace

HEAD_SECONDS = 5.0
LINGER_SECONDS, LINGER_BYTES = 2.0, 1024 * 1024
"""For how long, and how much, a client that was refused may go on sending, lest it misses the answer."""
PATIENT_SECONDS, PATIENT_BYTES = 20.0, 64 * 1024 * 1024
"""The same for a client that is known."""
PROBES = (b"/livez", b"/readyz")
THREADS_A_PROBE = 2
EXPIRE_EVERY_S = 0.5


class IngestWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn is untyped
    """Each connection is either parked in the event loop, or in one thread's hands."""

    wsgi: Any
    tpool: Any

    def init_process(self) -> None:
        """Make what each worker process has of its own."""
        _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
        self._parked: dict[Connection, None] = {}
        self._expire_at = 0.0
        self._memory = BodyMemory(KEPT_BYTES)
        CAPACITY.labels("threads").set(self.cfg.threads)
        self._probes = {target: ThreadPoolExecutor(THREADS_A_PROBE) for target in PROBES}
        super().init_process()

    def load_wsgi(self) -> None:
        """Load the application, which has its settings."""
        super().load_wsgi()
        from services.ingest.wsgi import service

        self._pace = TakingPace(service.settings.answer_grace_seconds, service.settings.answer_bytes_per_second)
        self.wsgi = says_close(self.wsgi)

    # In the event loop, which must not wait.

    def accept(self, listener: Any) -> None:
        """Take a connection, in the place of the one that has been parked for longest where there are too many."""
        try:
            accepted, address = listener.accept()
        except OSError as error:  # taken by another worker, or gone again
            if error.errno in (errno.EMFILE, errno.ENFILE):
                self._make_room()
            return
        if self.nr_conns + 1 >= self.worker_connections:
            self._make_room()
        self.nr_conns += 1
        connection = PacedSocket(accepted, self._pace, self._memory)
        self._await_head(Connection(self.cfg, connection, address, listener.getsockname()))

    def set_accept_enabled(self, enabled: bool) -> None:
        """Begin or cease to take connections; at the end take what the kernel has taken, and have it refuse others.

        gunicorn itself keeps listening until all requests are done, and whoever came meanwhile is reset then. Who is
        refused goes to another ingest, and knows that nothing was taken.
        """
        super().set_accept_enabled(enabled)
        if not self.alive:
            for listener in self.sockets:
                self._accept_all(listener)
                listener.close()

    def _accept_all(self, listener: Any) -> None:
        before = -1
        while self.nr_conns != before:
            before = self.nr_conns
            self.accept(listener)

    def enqueue_req(self, conn: Connection) -> None:
        """Give a connection whose head is there to a thread."""
        conn.head_since = 0.0
        conn.sock.begin()
        handled = self._probes.get(conn.target, self.tpool).submit(self.handle, conn)
        handled.add_done_callback(lambda done: self.method_queue.defer(self.finish_request, conn, done))

    def finish_request(self, conn: Connection, handled: "Future[Any]") -> None:
        """Take a connection back from a thread."""
        keeps = not handled.cancelled() and handled.exception() is None and handled.result() is True
        self._send_rest(conn, keeps)

    def _await_head(self, conn: Connection) -> None:
        now = time.monotonic()
        if conn.has_head:
            self.enqueue_req(conn)
            return
        if conn.head:
            conn.head_since = conn.head_since or now
        until = conn.head_since + HEAD_SECONDS if conn.head else now + self.cfg.keepalive
        self._park(conn, EVENT_READ, until, self._read_head)

    def _read_head(self, conn: Connection) -> None:
        if conn.receive():
            self._await_head(conn)
        else:
            self._drop(conn)

    def _send_rest(self, conn: Connection, keeps: bool) -> None:
        """Send what is left of an answer; then wait for the next request, or for the client's end."""
        try:
            all_sent = conn.sock.flush()
        except OSError:
            self._drop(conn)
            return
        if conn.sock.given_up:
            self._drop(conn)
        elif not all_sent:
            until = time.monotonic() + conn.sock.patience
            self._park(conn, EVENT_WRITE, until, partial(self._go_on_sending, keeps=keeps))
        elif keeps:
            self._await_head(conn)
        else:
            self._linger(conn)

    def _go_on_sending(self, conn: Connection, keeps: bool) -> None:
        conn.sock.waited(time.monotonic() - conn.parked_at)
        self._send_rest(conn, keeps)

    def _linger(self, conn: Connection) -> None:
        """Say that nothing more comes, and read on a little: a connection with unread bytes is reset when it closes."""
        with suppress(OSError):
            conn.sock.shutdown(socket.SHUT_WR)
        seconds, conn.to_discard = (
            (PATIENT_SECONDS, PATIENT_BYTES) if conn.sock.patient else (LINGER_SECONDS, LINGER_BYTES)
        )
        self._park(conn, EVENT_READ, time.monotonic() + seconds, self._discard)

    def _discard(self, conn: Connection) -> None:
        if conn.discard():
            self._park(conn, EVENT_READ, conn.until, self._discard)
        else:
            self._drop(conn)

    def _park(self, conn: Connection, event: int, until: float, then: Callable[[Connection], None]) -> None:
        """Have the event loop go on with it when something happens; else it ends at `until`."""
        now = time.monotonic()
        if not self.alive and event == EVENT_READ:
            until = min(until, now + STOP_KEEPALIVE_LINGER)
        conn.parked_at, conn.until = now, until
        self._parked[conn] = None
        self.poller.register(conn.sock, event, partial(self._wake, conn, then))

    def _wake(self, conn: Connection, then: Callable[[Connection], None], _: Any) -> None:
        if conn in self._parked:  # else it was dropped since the poller looked
            self._unpark(conn)
            then(conn)

    def _unpark(self, conn: Connection) -> None:
        del self._parked[conn]
        self.poller.unregister(conn.sock)

    def _drop(self, conn: Connection) -> None:
        if conn in self._parked:
            self._unpark(conn)
        self.nr_conns -= 1
        conn.close()

    def _make_room(self) -> None:
        if self._parked:
            self._drop(next(iter(self._parked)))

    def murder_keepalived(self, force: bool = False) -> None:
        """End what has been parked for too long; called at each turn of the event loop."""
        now = time.monotonic()
        if force or now >= self._expire_at:
            self._expire_at = now + EXPIRE_EVERY_S
            for conn in [conn for conn in self._parked if force or conn.until <= now]:
                self._drop(conn)

    def _cap_keepalive(self, deadline: float) -> None:
        """Called when the worker is told to stop; those that still take an answer have their time."""
        for conn in self._parked:
            if self.poller.get_key(conn.sock).events == EVENT_READ:
                conn.until = min(conn.until, deadline)

    # In a thread.

    def handle(self, conn: Connection) -> Any:
        """Handle a request on a connection."""
        if conn.is_too_long:
            self.handle_error(None, conn.sock, conn.client, LimitRequestHeaders("head"))
            return False
        return super().handle(conn)

    def handle_request(self, req: Any, conn: Connection) -> Any:
        """Handle a request whose head could be read. Raises Refusal."""
        check(req)
        if wants_close(req):
            req.force_close()
        return super().handle_request(req, conn)

    def handle_error(self, req: Any, client: PacedSocket, addr: Any, exc: Exception) -> None:
        """Answer what could not be handled; the connection ends then."""
        from services.ingest.http.server import refused  # its metrics must not be made in gunicorn's master

        with suppress(OSError):
            client.sendall(refused.answer(exc, req))
