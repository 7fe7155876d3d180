"""A proxy before Redis that loses one answer: the request is done, and its client never hears of it."""

import socket
import threading
from typing import Self
from urllib.parse import urlsplit

HOST = "127.0.0.1"


class CuttingProxy:
    """Cuts the connection in place of the first answer to a request that holds the bytes `cut_answer_to`."""

    def __init__(self, url: str, cut_answer_to: bytes) -> None:
        parts = urlsplit(url)
        assert parts.port
        self._target = (parts.hostname, parts.port)
        self._mark = cut_answer_to
        self._listener = socket.create_server((HOST, 0))
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self.cuts = 0
        port = self._listener.getsockname()[1]
        self.url = parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}").geturl()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone does not wake a thread that waits in accept or recv.
        for end in (self._listener, *self._sockets):
            _shut(end)
        for thread in self._threads:
            thread.join(timeout=5)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._sockets += [client, server := socket.create_connection(self._target)]
            self._threads.append(thread := threading.Thread(target=self._serve, args=(client, server)))
            thread.start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        """Carry one request and its answer at a time."""
        try:
            while request := client.recv(1 << 20):
                server.sendall(request)
                answer = server.recv(1 << 20)
                if self._mark in request and not self.cuts:
                    self.cuts += 1
                    return
                client.sendall(answer)
        except OSError:
            return
        finally:
            _shut(client)
            _shut(server)


def _shut(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    end.close()
