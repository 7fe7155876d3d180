"""One run of a load, from its checkpoint to its end."""

import time
import uuid
from contextlib import suppress

from msgspec import Struct
from msgspec.structs import replace

from libs.contracts.chunks import Fault
from libs.contracts.jobs import RecordCounts
from libs.contracts.tasks.types.load import LoadParameters, LoadResult, LoadState
from libs.database.segments import SegmentRow
from libs.files.readers.segments import Segment
from libs.files.readers.stretches import Position
from libs.files.records import RecordFile
from libs.tasks.context import CancelledError, Context, TaskFailedError
from libs.telemetry.process.crashpoints import crash_point
from services.processor.loading.batches import Batches
from services.processor.loading.opening import opened
from services.processor.loading.parts import Parts, shown
from services.processor.loading.watching import LOOK_S, Watch
from services.processor.tools import Tools

LAST_LOOKS_S = 1.2
"""How long the end of cancelled batches is waited for, so that it is counted."""
READ_SHARE = 0.2
"""How much of the work a row has behind it once its batch is open."""
MOST_SHOWN = 100
"""Segments that a result shows."""


class Load:
    """A load that this processor has in hand. Raises what its stores do, and what `Context` does."""

    _file: RecordFile
    _state: LoadState
    """Both from when the file is open."""
    _first: int
    """The segment that this run begins with."""

    def __init__(self, context: Context, tools: Tools) -> None:
        self._context = context
        self._tools = tools
        self._parameters: LoadParameters = context.parameters
        self._batches = Batches(context.task, self._parameters, tools)
        self._parts = Parts(tools.segments, context.lease)
        self._watch = Watch(context, self._batches, self._parts, tools.admission, self._send_again, self._note)
        self._share = 0.0

    def run(self) -> LoadResult:
        """Go on to the end."""
        self._context.progress("open", 0.0)
        with opened(self._context, self._tools) as found:
            if found is None:
                return LoadResult(records=shown(RecordCounts()), segments=0, by_segment=[], file_sha256="")
            self._file, self._state = found
            self._parts.restore()
            self._parts.leave(self._state.segment)
            self._checkpoint("open", 1.0)
            self._retry()
            if not self._state.read:
                self._read()
            self._watch.until(lambda: not self._parts.open)
            return self._end()

    def cancel(self) -> None:
        """Have what is not yet written of the open batches not be written any more, and count what becomes of them.

        What has not ended by then is counted later, see `promises.late`.
        """
        self._parts.restore()
        for row in self._parts.open:
            self._batches.cancel(row.job_id)
            crash_point("load.after_cancel")
        deadline = time.monotonic() + LAST_LOOKS_S
        while self._parts.open and time.monotonic() < deadline:
            self._watch.settle_ended()
            time.sleep(LOOK_S / 2)
        if state := getattr(self, "_state", None) or self._context.restored(LoadState):
            self._state = state
            with suppress(CancelledError):
                self._checkpoint(self._stage, 0.0)

    def _retry(self) -> None:
        """Send the segments again of which something failed or was cancelled, if somebody asked for it since."""
        retries = self._context.task.retries
        if retries > self._state.retries:
            self._watch.until(lambda: not self._parts.open)
            after = -1
            while rows := self._parts.unwritten(after):
                for row in rows:
                    self._wait_for_room()
                    self._send_again(row)
                    self._parts.restore()
                after = rows[-1].number
            self._checkpoint(self._stage, 0.0, retries=retries)

    def _read(self) -> None:
        """Open a batch for each segment that is left."""
        start = Position(self._state.offset, self._state.line)
        self._first = self._state.segment
        for mapped in map(self._mapped, self._file.segments(start, self._first)):
            self._load(mapped)
            del mapped  # else it would stay for as long as the next one is made
        self._checkpoint("load", 1.0, read=True)

    def _mapped(self, segment: Segment) -> "_Mapped":
        """What is kept of a segment: its cells, most of what a processor holds, are let go before more is made."""
        raws, faults = self._file.mapped(segment)
        return _Mapped(raws, faults, segment.number, segment.start, segment.end, segment.jumps())

    def _load(self, mapped: "_Mapped") -> None:
        """Open the batch of a segment."""
        self._wait_for_room()
        prepared = self._batches.prepare(mapped.number, mapped.raws, mapped.faults, self._state.chunk_records)
        crash_point("load.before_open")
        row = self._state.row
        # It is noted before it is opened: whoever has to cancel what was begun here knows of it.
        self._parts.add(_row(mapped, row, prepared.job.id))
        if mapped.number == self._first:  # which a run before may have opened, and have seen settled, too
            self._parts.restore()
        crash_point("load.after_segment")
        self._batches.open(prepared)
        crash_point("load.after_open")
        self._share = self._file.table.share(mapped.end)
        self._checkpoint(
            "load", self._done, offset=mapped.end.offset, line=mapped.end.line, segment=mapped.number + 1,
            row=row + len(mapped.raws),
        )  # fmt: skip

    def _wait_for_room(self) -> None:
        self._watch.until(lambda: not self._parts.full)
        self._watch.until_admitted()

    def _send_again(self, row: SegmentRow) -> None:
        """Open the batch of a segment once more: the same rows under the same key."""
        segment = next(self._file.segments(Position(row.start_offset, row.start_line), row.number))
        raws, faults = self._file.mapped(segment)
        prepared = self._batches.prepare(row.number, raws, faults, self._state.chunk_records)
        ticket = self._batches.open_again(row.number, prepared)
        crash_point("load.after_open_again")
        self._parts.add(replace(row, job_id=ticket.job_id, records=None))

    def _end(self) -> LoadResult:
        """The result, or why there is none. A load of which nothing could be written has failed, as a job has."""
        records = self._parts.counts
        self._checkpoint("settle", 1.0)
        if records.failed or records.cancelled:
            raise TaskFailedError("LOAD_INCOMPLETE", failed=records.failed, cancelled=records.cancelled)
        if records.total and not records.written:
            raise TaskFailedError("NO_ROW_LOADED")
        return LoadResult(
            records=shown(records), segments=self._parts.settled, file_sha256=self._state.file_sha256,
            by_segment=self._tools.segments.first(self._context.lease.values, MOST_SHOWN),
            mapping_id=self._parameters.mapping_id, mapping_version=self._state.mapping_version,
        )  # fmt: skip

    @property
    def _stage(self) -> str:
        return "settle" if self._state.read else "load"

    @property
    def _done(self) -> float:
        """How much of the stage is done."""
        records = self._parts.counts
        written = 1 - records.pending / records.total if records.total else 0.0
        return written if self._state.read else self._share * (READ_SHARE + (1 - READ_SHARE) * written)

    def _note(self) -> None:
        self._context.progress(self._stage, self._done, shown(self._parts.counts))

    def _checkpoint(self, stage: str, share: float, **changes: int) -> None:
        self._state = replace(self._state, settled=self._parts.settled, **changes)
        self._context.checkpoint(stage, share, self._state, shown(self._parts.counts))


class _Mapped(Struct, frozen=True):
    """A segment without its cells."""

    raws: list[bytes]
    faults: dict[int, list[Fault]]
    number: int
    start: Position
    end: Position
    jumps: list[int]


def _row(mapped: _Mapped, first_row: int, job_id: uuid.UUID) -> SegmentRow:
    return SegmentRow(
        number=mapped.number, start_offset=mapped.start.offset, start_line=mapped.start.line, first_row=first_row,
        rows=len(mapped.raws), job_id=job_id, jumps=mapped.jumps,
    )  # fmt: skip
