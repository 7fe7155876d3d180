"""A proxy before Redis that loses one answer: the request is done, and its client never hears of it."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"
AT_ONCE = 1 << 16


class CuttingProxy:
    """Cuts the connection in place of the first answer to a request that holds the bytes `cut_answer_to`."""

    def __init__(self, url: str, cut_answer_to: bytes) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname, parts.port)
        self._mark = cut_answer_to
        self._seen = threading.Event()
        self._listener = socket.create_server((HOST, 0))
        self._sockets = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self.cuts = 0
        port = self._listener.getsockname()[1]
        self.url = parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        for end in self._sockets:
            _shut(end)
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += client, server
                self._pump(client, server, self._watch)
                self._pump(server, client, self._cut)

    def _pump(self, source: socket.socket, sink: socket.socket, look: Callable[[bytes], bool]) -> None:
        def carry() -> None:
            with contextlib.suppress(OSError):
                while (data := source.recv(AT_ONCE)) and look(data):
                    sink.sendall(data)
            _shut(source)
            _shut(sink)

        self._threads.append(thread := threading.Thread(target=carry))
        thread.start()

    def _watch(self, request: bytes) -> bool:
        if self._mark in request and not self.cuts:
            self._seen.set()
        return True

    def _cut(self, _: bytes) -> bool:
        if not self._seen.is_set():
            return True
        self._seen.clear()
        self.cuts += 1
        return False


def _shut(end: socket.socket) -> None:
    # Closing alone does not wake a thread that waits in accept or recv.
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
