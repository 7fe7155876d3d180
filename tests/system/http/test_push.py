"""A push has several batches on the way at once: each is there once, and whoever is interrupted can go on."""

import contextlib
import re
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from libs.client.client import SluiceClient
from libs.client.failures import SluiceError
from tests.system.api import Tenant
from tests.system.http.test_command import as_lines, sluice
from tests.system.samples import RECIPIENT, Json
from tests.system.terminal import Terminal
from tests.waiting import wait_until

HOST, AT_ONCE = "127.0.0.1", 1 << 16
PATIENCE_S = 20.0


class Turnstile:
    """A proxy before ingest that lets the first answers out once so many batches are on the way together."""

    def __init__(self, url: str, together: int) -> None:
        self._target = (urlsplit(url).hostname, urlsplit(url).port)
        self._together = together
        self._on_way = 0
        self.most = 0
        """Batches that were on the way at the same time."""
        self._changed = threading.Condition()
        self._listener = socket.create_server((HOST, 0))
        self._sockets = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()
        self.url = f"http://{HOST}:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        with self._changed:
            self._together = 0
            self._changed.notify_all()
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(10)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._sockets += client, server
                for pump in ((client, server, self._asked), (server, client, self._answered)):
                    self._threads.append(thread := threading.Thread(target=self._carry, args=pump))
                    thread.start()

    def _carry(self, source: socket.socket, sink: socket.socket, look: Callable[[bytes], None]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(AT_ONCE):
                look(data)
                sink.sendall(data)
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _asked(self, data: bytes) -> None:
        if data.startswith(b"POST "):
            with self._changed:
                self._on_way += 1
                self.most = max(self.most, self._on_way)
                self._changed.notify_all()

    def _answered(self, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1 202"):
            with self._changed:
                if not self._changed.wait_for(lambda: self.most >= self._together, PATIENCE_S):
                    self._together = 0  # it will not come to that
                self._on_way -= 1


@contextlib.contextmanager
def turnstile(tenant: Tenant, together: int) -> Iterator[Turnstile]:
    proxy = Turnstile(tenant.stack.url, together)
    try:
        yield proxy
    finally:
        proxy.close()


def records(count: int) -> list[Json]:
    """Recipients without a name of the scanner's: whoever sends one twice has two."""
    return [{"name_vi": f"Bên nhận {number}", "recipient_type": "internal"} for number in range(count)]


def test_several_batches_are_on_the_way_at_once_and_results_are_in_order(tenant: Tenant) -> None:
    sent = records(100)
    for number in range(5, 100, 10):
        sent[number] |= {"recipient_type": "friend"}
    token = tenant.bearer["Authorization"].removeprefix("Bearer ")
    with turnstile(tenant, 3) as proxy, SluiceClient(proxy.url, token) as client:
        for _ in range(2):  # the second time each batch is known by its key
            push = client.push("recipients", iter(sent), batch_records=10, parallel=3, key="nightly")
            progress = push.run()
            assert (progress.submitted, progress.created, progress.rejected, progress.jobs_open) == (100, 90, 10, 0)
            assert [reject.position for reject in push.rejects] == list(range(5, 100, 10))
    assert proxy.most == 3
    assert tenant.count(RECIPIENT) == 90


def test_a_push_that_is_interrupted_ends_at_once_and_goes_on_by_its_key(tenant: Tenant, tmp_path: Path) -> None:
    file = tmp_path / "records.ndjson"
    file.write_bytes(as_lines(records(60)))
    options = ("push", str(file), "--entity", "recipients", "--batch-records", "10")
    with turnstile(tenant, 1000) as proxy, Terminal(tenant, *options, "--url", proxy.url) as terminal:
        wait_until(lambda: proxy.most >= 2, 30, "several are on the way")
        terminal.interrupts()
        assert terminal.ends(PATIENCE_S / 2) == 130
        key = re.search(r"--key (\S+)", terminal.text)
        assert key, terminal.text
    done = sluice(tenant, *options, "--key", key[1])
    assert done.returncode == 0, done.stderr
    assert tenant.count(RECIPIENT) == 60


@pytest.mark.parametrize("parallel", [1, 3])
def test_the_command_sends_as_many_at_once_as_it_is_told(tenant: Tenant, parallel: int) -> None:
    with turnstile(tenant, parallel) as proxy:
        done = sluice(
            tenant, "push", "-", "--entity", "recipients", "--batch-records", "10", "--parallel", str(parallel),
            "--url", proxy.url, given=as_lines(records(60)),
        )  # fmt: skip
    assert (done.returncode, proxy.most, tenant.count(RECIPIENT)) == (0, parallel, 60)


def test_one_that_is_refused_ends_the_push_and_what_was_accepted_is_written(tenant: Tenant) -> None:
    token = tenant.bearer["Authorization"].removeprefix("Bearer ")
    with SluiceClient(tenant.stack.url, token) as client:
        client.push("recipients", records(10), batch_records=10, key="other").run()
        push = client.push("recipients", records(60)[5:], batch_records=10, key="other")
        with pytest.raises(SluiceError, match="IDEMPOTENCY_MISMATCH"):
            push.run()
        wait_until(lambda: tenant.count(RECIPIENT) == 10 + push.progress.accepted, 30, "all accepted are written")
