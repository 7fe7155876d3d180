"""gunicorn's worker of the console: it ends streams once it is told to stop, and those whose clients are silent."""

import socket
import sys

from gunicorn.workers.gasgi import ASGIWorker

SILENT_S = 20
"""How long a client may acknowledge nothing of what it was sent."""


class ConsoleWorker(ASGIWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own, but for the two."""

    def init_process(self) -> None:
        """Have the kernel end connections of clients that are gone without a word, or read nothing."""
        if sys.platform == "linux":
            for each in self.sockets:
                each.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_S * 1000)
        super().init_process()

    def handle_exit_signal(self) -> None:
        """SIGTERM: open streams would hold the process until it is killed."""
        console = sys.modules["services.console.asgi"].console
        console.hub.drain()
        super().handle_exit_signal()
