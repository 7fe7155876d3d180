"""gunicorn's worker of the console: it ends streams once it is told to stop, and those whose clients are silent."""

import resource
import socket
import sys

from gunicorn.workers.gasgi import ASGIWorker

SILENT_S = 20
"""How long a client may acknowledge nothing of what it was sent."""


class ConsoleWorker(ASGIWorker):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own, but for the two."""

    notice_s = 0.0
    """For how long all goes on after SIGTERM, while /readyz says no."""

    def init_process(self) -> None:
        """Allow as many connections as may be, and have the kernel end those of clients gone without a word."""
        _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most_files, most_files))
        if sys.platform == "linux":
            for each in self.sockets:
                each.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_S * 1000)
        super().init_process()

    def notify(self) -> None:
        """Called once the servers listen, and each second: asyncio has them listen with a queue of 100.

        Hundreds of streams come at once after a restart; whoever finds the queue full tries again a second later.
        """
        for each in self.sockets:
            each.sock.listen(self.cfg.backlog)
        super().notify()

    def handle_exit_signal(self) -> None:
        """SIGTERM: say so, and end a little later."""
        sys.modules["services.console.asgi"].console.hub.leaving = True
        self.loop.call_later(self.notice_s, self._end)

    def _end(self) -> None:
        """End all streams, which would hold the process until it is killed, and the process."""
        sys.modules["services.console.asgi"].console.hub.drain()
        super().handle_exit_signal()
