"""A wire to ingest that breaks once, after so many bytes of what a client sends."""

import contextlib
import socket
import threading
from typing import Self

HOST = "127.0.0.1"
AT_ONCE = 64 * 1024


class CutWire:
    """Carries connections; the one over which the bytes come is cut at once at both ends, later ones are not."""

    def __init__(self, port: int, after: int) -> None:
        self._target = (HOST, port)
        self._left = after
        self.cuts = 0
        self._listener = socket.create_server((HOST, 0))
        self._sockets = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self.url = f"http://{HOST}:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._sockets:
            _shut(end)
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += client, server
                for source, sink, counted in ((client, server, True), (server, client, False)):
                    self._threads.append(thread := threading.Thread(target=self._carry, args=[source, sink, counted]))
                    thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while (data := source.recv(AT_ONCE)) and not (counted and self._breaks(len(data))):
                sink.sendall(data)
        _shut(source)
        _shut(sink)

    def _breaks(self, size: int) -> bool:
        self._left -= size
        if self._left > 0 or self.cuts:
            return False
        self.cuts += 1
        return True


def _shut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
