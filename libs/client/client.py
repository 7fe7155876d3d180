"""The client that scanners use: post records in bulk, watch jobs, fetch what was refused."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, BinaryIO, Self

from libs.client.calls.findings import FindingCalls
from libs.client.calls.inventory import InventoryCalls
from libs.client.calls.organisation import OrganisationCalls
from libs.client.calls.schedules import ScheduleCalls
from libs.client.calls.statistics import StatisticsCalls
from libs.client.calls.tasks import TaskCalls
from libs.client.connection import Connection
from libs.client.files.file_calls import FileCalls
from libs.client.files.mapping_calls import MappingCalls
from libs.client.pushing import PARALLEL, Push, PushOptions
from libs.client.retrying import Retrying, Waiting
from libs.client.tokens import Token
from libs.contracts.jobs import Lane, Mode, OnError


class SluiceClient(
    TaskCalls, FileCalls, MappingCalls, InventoryCalls, FindingCalls, OrganisationCalls, ScheduleCalls, StatisticsCalls
):
    """A connection to one Sluice server for one tenant, whose id is read from the token.

    `token` is a JWT, or a function that returns one and is called for every request. `timeout` bounds each wait for
    the network, in seconds; a request that fails for a passing reason is sent again for `retry_for` seconds, and
    `on_wait` is told before each wait. `batch_records` lowers the records a batch for all pushes.

    Every method raises SluiceError for a refused request, SluiceUnavailableError (a SluiceError) when `retry_for` has
    passed, and TokenError (a SluiceError) for a token that is none. An instance is not for several threads at once.

        with SluiceClient("https://sluice.example", token) as client:
            push = client.push("recipients", scanner.findings(), mode="upsert", key="scan-2026-11-22")
            for progress in push:
                print(progress.written, progress.rejected)
            for reject in push.rejects:
                print(reject.position, reject.pointer, reject.error)
    """

    def __init__(
        self,
        base_url: str,
        token: Token,
        *,
        timeout: float = 60.0,
        retry_for: float = 300.0,
        batch_records: int | None = None,
        on_wait: Callable[[Waiting], None] | None = None,
    ) -> None:
        super().__init__(Connection(base_url, token, timeout=timeout, retrying=Retrying(retry_for, on_wait=on_wait)))
        self._batch_records = batch_records

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back the sockets."""
        self._connection.close()

    def push(
        self,
        entity: str,
        records: Iterable[dict[str, Any] | bytes | str],
        *,
        mode: Mode = "insert",
        on_error: OnError = "continue",
        lane: Lane = "normal",
        batch_records: int | None = None,
        key: str | None = None,
        parallel: int = PARALLEL,
        rejects_to: BinaryIO | None = None,
    ) -> Push:
        """A push of `records`, each a dict or one JSON text, which begins when the result is iterated or run.

        The records are read as they are sent, and `parallel` batches, 64 MiB of them at most, are on their way at once;
        up to 16 are accepted and have not ended. Each is sent by a thread of its own, which calls `token` and `on_wait`
        when no other does; where the server tells one to wait, all do. Blank texts are skipped and do not count in
        positions.

        `key` names the push: run again whole with the same key, records and options, it writes nothing twice and goes
        on where it broke off; with other records or options it is SluiceError IDEMPOTENCY_MISMATCH. The server knows a
        key for a day at least. Without one a random key is made, see `Push.key`.

        `on_error="abort"` writes a batch whole or not at all, and stops the push at the first batch that was not
        written; batches posted before it is known stay. `rejects_to` receives the rejected records as they came, a
        line each, as their batches end, so that they can be mended and pushed again. Raises ValueError for an unknown
        entity or a number below 1.
        """
        options = PushOptions(
            mode=mode,
            on_error=on_error,
            lane=lane,
            batch_records=batch_records if batch_records is not None else self._batch_records,
            key=key,
            parallel=parallel,
        )
        return Push(self._connection, entity, records, options, rejects_to)

    def limits(self) -> dict[str, Any]:
        """Every limit that a client can hit, as the server states them."""
        return self._connection.get("/api/v1/limits", dict[str, Any])
