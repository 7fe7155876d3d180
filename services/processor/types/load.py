"""`load`: the rows of a file become ordinary batches, a segment each, with the promises that a batch has.

A segment is a batch with the key `<task>/<segment>`. Whoever runs the task again repeats segments with the same key and
the same rows, and the job store replays them: nothing is written twice, and nothing is left out.
"""

import hashlib
import uuid
from collections.abc import Sequence

from msgspec import Struct

from libs.contracts.chunks import Fault
from libs.contracts.jobs import Job
from libs.contracts.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.files import LoadParameters, LoadResult
from libs.files.mapping.apply import Mapper
from libs.files.readers.segments import Segment, segments
from libs.files.readers.stretches import Position
from libs.files.tables import Table
from libs.identity.callers import Caller
from libs.intake.admission import Admission
from libs.intake.opening import Intake
from libs.intake.options import BatchOptions, Origin
from libs.intake.rows import Row
from libs.intake.validation import NDJSON
from libs.lookup.jobs import JobLookup
from libs.lookup.waiting import JobWaiter
from libs.tasks.context import Context, TransientError
from libs.telemetry.crashpoints import crash_point
from services.processor.loading import Loading, open_loading

MOST_OPEN = 8
"""Batches of one load that are under way at the same time."""
LOOK_S = 0.5
"""How long one wait lasts before it is asked whether the task is still wanted."""
COUNTERS = ("total", "created", "updated", "unchanged", "rejected", "failed", "cancelled")


class OpenSegment(Struct, frozen=True):
    """A batch that is under way."""

    number: int
    start: Position
    job_id: uuid.UUID


class LoadState(Struct):
    """What a load needs to go on."""

    position: Position
    next_segment: int = 0
    open: list[OpenSegment] = []
    counters: dict[str, int] = {}


class Loader:
    """Runs loads, with the parts of one processor."""

    def __init__(self, loading: Loading, intake: Intake, admission: Admission, waiter: JobWaiter, lookup: JobLookup) -> None:
        self._loading = loading
        self._intake = intake
        self._admission = admission
        self._waiter = waiter
        self._lookup = lookup

    def run(self, context: Context) -> LoadResult:
        """Load a file."""
        parameters: LoadParameters = context.parameters
        with open_loading(self._loading, context) as (table, mapping, mapper):
            state = context.restored(LoadState) or LoadState(table.first)
            self._load(context, table, mapper, state)
        while state.open:
            self._settle(context, state, "settle", 1 - len(state.open) / MOST_OPEN)
        return LoadResult(
            records=state.counters, segments=state.next_segment,
            mapping_id=parameters.mapping_id, mapping_version=mapping.version,
        )  # fmt: skip

    def _load(self, context: Context, table: Table, mapper: Mapper, state: LoadState) -> None:
        entity = ENTITIES[context.parameters.entity]
        rows = table.read(state.position)
        for segment in segments(rows, state.position, records=entity.max_records, number=state.next_segment):
            while len(state.open) >= MOST_OPEN:
                self._settle(context, state, "load", table.share(state.position))
            job_id = self._open(context, segment, rows_of(segment, mapper))
            crash_point("load.after_open")
            state.open.append(OpenSegment(segment.number, segment.start, job_id))
            state.position, state.next_segment = segment.end, segment.number + 1
            context.checkpoint("load", table.share(segment.end), state, state.counters)
            crash_point("load.after_checkpoint")

    def _open(self, context: Context, segment: Segment, rows: Sequence[Row]) -> uuid.UUID:
        """Make a segment a durable batch, waiting for as long as there is too much under way already."""
        task = context.task
        caller = Caller(task.created_by, task.tenant_id, frozenset({"ingest:write"}))
        origin = Origin(caller, task.request_id, task.traceparent, "load", parent_id=task.task_id)
        while True:
            context.stop_if_cancelled()
            try:
                self._admission.check(task.tenant_id)
                _, ticket = self._intake.take_rows(origin, options_of(context, segment), rows)
            except Refusal as refusal:
                if not refusal.problem.retryable:
                    raise
                context.cancelled.wait(LOOK_S)
            else:
                return ticket.job_id

    def _settle(self, context: Context, state: LoadState, stage: str, share: float) -> None:
        """Wait for the oldest batch to end, and count it."""
        oldest = state.open[0]
        job = self._ended(context, oldest)
        state.open.pop(0)
        for name in COUNTERS:
            state.counters[name] = state.counters.get(name, 0) + getattr(job.records, name)
        context.checkpoint(stage, share, state, state.counters)

    def _ended(self, context: Context, segment: OpenSegment) -> Job:
        task = context.task
        while True:
            context.stop_if_cancelled()
            job = self._waiter.wait(task.tenant_id, segment.job_id, LOOK_S) or self._lookup.job(task.tenant_id, segment.job_id)
            if job is None:
                raise TransientError("QUEUE_LOST")
            if job.status.ended:
                return job


def options_of(context: Context, segment: Segment) -> BatchOptions:
    """How a segment is handled as a batch."""
    parameters: LoadParameters = context.parameters
    return BatchOptions(
        entity=ENTITIES[parameters.entity], kind=NDJSON, mode=parameters.mode, on_error="continue",
        lane=parameters.lane, dry_run=parameters.dry_run, key=f"{context.task.task_id}/{segment.number}",
    )  # fmt: skip


def rows_of(segment: Segment, mapper: Mapper) -> list[Row]:
    """Each row of a segment as a record's JSON, or as its faults."""
    rows: list[Row] = []
    for cells, fault in segment.rows():
        if fault is not None:
            rows.append([Fault(fault)])
            continue
        mapped = mapper.apply(cells)
        rows.append(mapped.faults or mapped.raw)
    return rows


def fingerprint_of(rows: Sequence[Row]) -> str:
    """What the rows of a segment are, for its Idempotency-Key."""
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row if isinstance(row, bytes) else b"\0")
        digest.update(b"\n")
    return digest.hexdigest()
