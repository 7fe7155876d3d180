"""Looks after the open batches of a load: notes what has ended, has what is lost sent again, waits for room."""

import time
from collections import Counter
from collections.abc import Callable

from libs.contracts.jobs import RecordCounts
from libs.contracts.refusals import Refusal
from libs.database.segments import SegmentRow
from libs.intake.admission import Admission
from libs.tasks.context import Context, TransientError
from libs.telemetry.process.crashpoints import crash_point
from services.processor.loading.batches import Batches, why_lost
from services.processor.loading.parts import Parts, shown

LOOK_S = 0.2
"""How often open batches are looked at while nothing else can be done."""
PARK_AFTER_S, PARK_S = 30.0, 5.0
"""A load in which nothing moves for so long gives its thread back, and comes again after the other."""
MOST_REPEATS = 5
"""How often a run sends a segment again that is lost; then somebody should know."""


class Watch:
    """Watches the batches of one run. `send_again` opens the batch of a segment once more, `note` notes progress."""

    def __init__(
        self,
        context: Context,
        batches: Batches,
        parts: Parts,
        admission: Admission,
        send_again: Callable[[SegmentRow], None],
        note: Callable[[], None],
    ) -> None:
        self._context = context
        self._batches = batches
        self._parts = parts
        self._admission = admission
        self._send_again = send_again
        self._note = note
        self._repeats: Counter[int] = Counter()
        self._moved = time.monotonic(), RecordCounts()

    def until(self, ready: Callable[[], bool]) -> None:
        """Look after the open batches until something holds."""
        self._look()
        while not ready():
            self._pause()
            self._look()

    def until_admitted(self) -> None:
        """The same, while what waits to be written has come to its limit."""
        told = False
        while refusal := self._refused():
            if not told:
                self._context.log("BACKLOG", error=refusal.problem.code)
                told = True
            self._pause()
            self._look()

    def settle_ended(self) -> list[tuple[SegmentRow, str]]:
        """Note which open batches have ended; returns those that are lost, and why."""
        rows = self._parts.open
        jobs = self._batches.jobs([row.job_id for row in rows])
        self._parts.see(jobs)
        lost: list[tuple[SegmentRow, str]] = []
        for row in rows:
            job = jobs.get(row.job_id)
            if job is None or why_lost(job):
                lost.append((row, why_lost(job)))
            elif job.status.ended:
                self._parts.settle(row, job.records)
                crash_point("load.after_settle")
                self._context.log("SEGMENT_SETTLED", **_place(row), **shown(job.records))
        return lost

    def _look(self) -> None:
        for row, error in self.settle_ended():
            self._repeats[row.number] += 1
            if self._repeats[row.number] > MOST_REPEATS:
                raise TransientError("JOB_LOST")
            self._context.log("SEGMENT_LOST", **_place(row), error=error)
            self._send_again(row)
        self._note()

    def _refused(self) -> Refusal | None:
        try:
            self._admission.check(self._context.task.tenant_id)
        except Refusal as refusal:
            return refusal
        return None

    def _pause(self) -> None:
        since, counts = self._moved
        if self._parts.counts != counts:
            self._moved = time.monotonic(), self._parts.counts
        elif time.monotonic() - since > PARK_AFTER_S:
            self._context.park(PARK_S)
        self._context.cancelled.wait(LOOK_S)


def _place(row: SegmentRow) -> dict[str, int]:
    """The rows of a segment, counted from 1."""
    return {"first": row.first_row + 1, "last": row.first_row + row.rows}
