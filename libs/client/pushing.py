"""A push: batches are posted, several at once, their jobs watched, their errors brought back to the caller's data."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from typing import Any, BinaryIO, Self

import httpx
import msgspec
from msgspec import Struct

from libs.client import tally
from libs.client.answers import PushProgress, Receipt, Reject
from libs.client.batches import Batch, compressor, idempotency_key, records_a_batch, split
from libs.client.calls.jobs import JobCalls
from libs.client.connection import Connection, decode, problem_code
from libs.client.failures import SluiceError
from libs.client.sending import AbandonedError, Post, Road, Sending
from libs.client.tally import OpenBatch
from libs.contracts.jobs import Lane, Mode, OnError

MOST_OPEN = 16
"""Batches that are accepted and have not ended."""
PARALLEL = 4
"""Batches that are on their way at once, if nobody says otherwise."""


class PushOptions(Struct, frozen=True, kw_only=True):
    """What `SluiceClient.push` was called with."""

    mode: Mode = "insert"
    on_error: OnError = "continue"
    lane: Lane = "normal"
    batch_records: int | None = None
    key: str | None = None
    parallel: int = PARALLEL


class Push:
    """A push under way; see `SluiceClient.push`.

    Iterating it does the work and yields a PushProgress whenever something has changed, the last one with `done` set.
    Raises what SluiceClient's methods raise; batches that were accepted are written all the same, and running the push
    again with `key` goes on from there.
    """

    rejects: list[Reject]
    """Every error of every record of the batches that have ended; complete and in order of position when done."""
    key: str
    """What names this push for the server: the caller's key, or a random one."""
    stopped: bool
    """Whether on_error=abort ended the push before all records were sent."""

    def __init__(
        self,
        connection: Connection,
        entity: str,
        records: Iterable[dict[str, Any] | bytes | str],
        options: PushOptions,
        rejects_to: BinaryIO | None,
    ) -> None:
        size = records_a_batch(entity, options.batch_records)
        if options.parallel < 1:
            raise ValueError("parallel must be 1 or more")
        self.rejects = []
        self.key = uuid.uuid4().hex if options.key is None else options.key
        self.stopped = False
        self._connection = connection
        self._jobs = JobCalls(connection)
        self._entity = entity
        self._options = options
        self._rejects_to = rejects_to
        self._encoding, self._compress = compressor()
        self._clock: Callable[[], float] = connection.retrying.clock
        self._road = Road(connection)
        self._open: list[OpenBatch] = []
        self._ended = PushProgress()
        self._steps = self._run(split(records, max_records=size))

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> PushProgress:
        return next(self._steps)

    def run(self) -> PushProgress:
        """Do all that is left of the push; the final progress."""
        for _ in self:
            pass
        return self.progress

    @property
    def progress(self) -> PushProgress:
        """How far the push is now."""
        return tally.total(self._ended, self._open)

    def _run(self, batches: Iterator[Batch]) -> Iterator[PushProgress]:
        try:
            yield from self._send_all(batches)
        except SluiceError:
            self._road.leave()
            for sending in self._road.on_way:  # who comes again goes on from those that were accepted all the same
                self._take_late(sending)
            raise
        finally:
            self._road.leave()
        self.rejects.sort(key=lambda reject: reject.position)
        self._ended = msgspec.structs.replace(self._ended, done=True)
        yield self.progress

    def _send_all(self, batches: Iterator[Batch]) -> Iterator[PushProgress]:
        for batch in batches:
            while not self._has_room(batch):
                yield from self._watch()
            if self.stopped:
                break
            self._road.send(batch, self._post(batch))
        while self._road.on_way or self._open:
            yield from self._watch()

    def _has_room(self, batch: Batch) -> bool:
        """Whether this batch may go. With on_error=abort no more are accepted than were going to be sent at once."""
        on_way = len(self._road.on_way)
        most_open = self._options.parallel if self._options.on_error == "abort" else MOST_OPEN
        few = on_way < self._options.parallel and on_way + len(self._open) < max(most_open, self._options.parallel)
        return few and self._road.has_room(batch)

    def _post(self, batch: Batch) -> Post:
        """The request of a batch, made here and sent by another thread."""
        path = f"/api/v1/tenants/{self._connection.tenant()}/batch/{self._entity}/async"
        params = {"mode": self._options.mode, "on_error": self._options.on_error, "lane": self._options.lane}
        headers = {
            "Content-Type": "application/x-ndjson",
            "Content-Encoding": self._encoding,
            "Idempotency-Key": idempotency_key(self.key, batch.number),
        }
        content = self._compress(batch.body)

        def post() -> httpx.Response:
            return self._connection.attempt(
                "POST", path, params=params, headers=headers, content=content,
                allowed=lambda response: tally.about_records(problem_code(response)),
            )  # fmt: skip

        return post

    def _watch(self) -> Iterator[PushProgress]:
        """Wait for an answer or until a job is due to be asked about, see to both, and report if something moved."""
        before = self.progress
        self._rest()
        while self._road.on_way and self._road.on_way[0].answered:
            self._take(self._road.on_way.pop(0))
        for batch in [batch for batch in self._open if batch.due <= self._clock()]:
            self._ask(batch)
        if self.progress != before:
            yield self.progress

    def _rest(self) -> None:
        seconds = max(0.0, min(batch.due for batch in self._open) - self._clock()) if self._open else None
        if self._road.on_way:
            self._road.on_way[0].wait(seconds)
        elif seconds:
            self._connection.retrying.sleep(seconds)

    def _take(self, sending: Sending) -> None:
        batch, response = sending.batch, sending.answer()
        self._note_missing(not response.is_success)
        if problem_code(response) == tally.ALL_MALFORMED:
            self._take_malformed(batch)
        else:
            self._open.append(OpenBatch(batch.position, decode(response, Receipt), self._clock()))

    def _take_late(self, sending: Sending) -> None:
        with suppress(SluiceError, AbandonedError):
            self._take(sending)

    def _ask(self, batch: OpenBatch) -> None:
        progress = self._jobs.progress(batch.receipt.job_id)
        if not progress.status.ended:
            batch.saw(progress.records, self._clock())
            return
        batch.counts = self._jobs.job(batch.receipt.job_id).records
        missing = batch.counts.rejected + batch.counts.failed
        if missing:
            self._fetch_rejects(batch)
        self._note_missing(missing + batch.counts.cancelled > 0)
        self._open.remove(batch)
        self._ended = tally.add(self._ended, batch.progress())

    def _fetch_rejects(self, batch: OpenBatch) -> None:
        self.rejects.extend(tally.reject(error, batch.position) for error in self._jobs.errors(batch.receipt.job_id))
        if self._rejects_to:
            self._rejects_to.writelines(line + b"\n" for line in self._jobs.rejects(batch.receipt.job_id))

    def _take_malformed(self, batch: Batch) -> None:
        """A batch of which no line is JSON has no job; its records are at hand."""
        self.rejects.extend(tally.malformed(batch.position, batch.count))
        if self._rejects_to:
            self._rejects_to.write(batch.body)
        self._ended = tally.add(self._ended, PushProgress(submitted=batch.count, rejected=batch.count))

    def _note_missing(self, missing: bool) -> None:
        self.stopped |= missing and self._options.on_error == "abort"
