"""Small jobs that wait behind one another are done together: leased, written and settled in one go.

Who is alone has no company, and waits for none. What has anything in its way is found by halves, and goes the way of
all chunks; the others go on together.
"""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from itertools import compress
from operator import not_
from typing import Any

import redis
import structlog

from libs.broker.company import Company
from libs.broker.publisher import Publisher
from libs.contracts.chunks import ChunkRef
from libs.jobs.reading import Lease
from libs.jobs.store import JobStore
from libs.jobs.values import JobEnd
from libs.telemetry.metrics.writing import CHUNK_SECONDS, DELIVERIES
from libs.telemetry.process.crashpoints import crash_point
from libs.telemetry.traces.spans import step
from services.writer.actors import ref_of
from services.writer.chunks.group_writer import SMALL_RECORDS, GroupWriter, NotTogetherError, groups_of
from services.writer.chunks.ledger import Entry
from services.writer.chunks.retry_policy import ErrorKind, classify, code_of
from services.writer.promises.delivery import Delivery, interrupted, naming, span_of

log = structlog.get_logger()

OF_ONE = (ErrorKind.DATA, ErrorKind.CONTENDED)
"""Errors that are of one job, or few, and not of whatever is written."""
APART = "apart"
Answer = Lease | str | Exception


class Groups:
    """Handles chunk messages with what waits beside them; used by all threads of a writer."""

    def __init__(
        self, delivery: Delivery, store: JobStore, publisher: Publisher, writer: GroupWriter, company: Company
    ) -> None:
        self._delivery = delivery
        self._store = store
        self._publisher = publisher
        self._writer = writer
        self._company = company

    def handle(self, ref: ChunkRef) -> None:
        """Do what the message hints at, with what waits beside it. Never raises."""
        others = [] if ref.is_end or self._writer.alone else self._company.take(ref.lane)
        if not others or not self._handled_together(ref, others):
            self._delivery.handle(ref)

    def _handled_together(self, ref: ChunkRef, others: Sequence[Any]) -> bool:
        with self._delivery.suspicion.unsuspected():
            return self._handled(ref, others)

    def _handled(self, ref: ChunkRef, others: Sequence[Any]) -> bool:
        """Do what goes together; whether this did. What does not of the others goes back to where it was."""
        refs, answers = self._started(ref, others)
        begun = [answer != APART for answer in answers]
        self._company.give_back(ref.lane, list(compress(others, map(not_, begun[1:]))))
        together: list[int] = []
        try:
            if self._done(refs, answers) and all(begun):
                together = [answer.job.records.total for answer in answers if isinstance(answer, Lease)]
        finally:
            self._company.learn(ref.lane, together)
            self._company.done(ref.lane, list(compress(others, begun[1:])))
        if not begun[0]:
            self._company.rest(ref.lane)
        return begun[0]

    def _started(self, ref: ChunkRef, others: Sequence[Any]) -> tuple[list[ChunkRef], list[Answer]]:
        try:
            refs = [ref, *(ref_of(ref.lane, item.message.args) for item in others)]
            return refs, self._store.start_small(refs, SMALL_RECORDS)
        except (redis.RedisError, ValueError):  # each by itself, where it is known what that means for it
            return [ref] * (1 + len(others)), [APART] * (1 + len(others))

    def _done(self, refs: Sequence[ChunkRef], answers: Sequence[Answer]) -> bool:
        """Do what has been leased; whether all of it went together."""
        leases = []
        for ref, answer in zip(refs, answers, strict=True):
            if isinstance(answer, Lease):
                leases.append(answer)
            elif isinstance(answer, Exception):
                interrupted(ref, answer)
            elif answer != APART:
                DELIVERIES.labels(answer).inc()
        if not leases:
            return False
        DELIVERIES.labels("run").inc(len(leases))
        crash_point("group.after_leases")
        with self._delivery.busy(leases):
            together = [self._written(group) for group in groups_of(leases)]
        return all(together)

    def _do(self, lease: Lease, what: Callable[[], object]) -> None:
        """Do something that is about one of them alone: its error is never another's."""
        try:
            with naming(lease):
                what()
        except Exception as error:  # noqa: BLE001 -- the due time stands
            interrupted(lease.ref, error)

    def _written(self, leases: Sequence[Lease]) -> bool:
        """Write and settle together what can be, and the rest by itself; whether all of it went together.

        What goes by itself goes where it stands: of two batches that change one row, the later one counts.
        """
        if len(leases) == 1:
            return self._by_themselves(leases)
        started = time.perf_counter()
        error = self._tried(leases, started)
        if error is None:
            return True
        kind = classify(error)
        log.info("group_taken_apart", jobs=len(leases), kind=kind.value, reason=code_of(error))
        if kind is ErrorKind.UNAVAILABLE:  # so each would find, one after the other
            for lease in leases:
                self._do(lease, partial(self._put_off, lease, error, started))
            return True
        if kind in OF_ONE or isinstance(error, NotTogetherError):
            middle = len(leases) // 2
            together = [self._written(half) for half in (leases[:middle], leases[middle:])]
            return all(together)
        return self._by_themselves(leases)

    def _by_themselves(self, leases: Sequence[Lease]) -> bool:
        for lease in leases:
            self._do(lease, partial(self._delivery.run, lease))
        return False

    def _put_off(self, lease: Lease, error: Exception, started: float) -> None:
        _observe(lease, self._delivery.put_off(lease, error), started)

    def _tried(self, leases: Sequence[Lease], started: float) -> Exception | None:
        """Write and settle all of them, or none: then it is said why."""
        with ExitStack() as told:
            spans = [told.enter_context(span_of(lease)) for lease in leases]
            try:
                entries = self._writer.write(leases)
            except Exception as error:  # noqa: BLE001 -- whatever it is, each by itself will tell whose it is
                for each in spans:
                    each.fail(code_of(error))
                return error
            self._settle(leases, entries)
        for lease in leases:
            _observe(lease, "settled", started)
        return None

    def _settle(self, leases: Sequence[Lease], entries: Sequence[Entry]) -> None:
        crash_point("group.before_settle")
        ended = [(lease, entry.outcome, _end_of(entry)) for lease, entry in zip(leases, entries, strict=True)]
        try:
            with step("settle chunks", "client"):
                answers = self._store.settle_all(ended)
        except redis.RedisError as error:
            for lease in leases:
                interrupted(lease.ref, error)
            return
        crash_point("group.after_settle")
        self._publisher.publish([ref for each in answers if not isinstance(each, Exception) for ref in each.refs])
        crash_point("group.after_handout")
        for lease, entry, settled in zip(leases, entries, answers, strict=True):
            if isinstance(settled, Exception):
                interrupted(lease.ref, settled)
            else:
                self._do(lease, partial(self._delivery.count, lease, entry, settled))


def _observe(lease: Lease, result: str, started: float) -> None:
    CHUNK_SECONDS.labels(lease.job.entity, result).observe(time.perf_counter() - started)


def _end_of(entry: Entry) -> JobEnd:
    assert entry.end
    return entry.end
