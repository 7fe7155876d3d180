"""Counts what becomes of batches that outlive their load: it was cancelled, or has failed, before they had ended."""

from libs.contracts.jobs import RecordCounts
from libs.database.segments import LateSegment, SegmentRows
from libs.jobs.events import Events
from libs.lookup.jobs import JobLookup

COUNT_EVERY_S = 1.0
AT_ONCE = 1_000


class LateBatches:
    """Looks after the loads of all tenants; any processor does, and several at once do no harm."""

    def __init__(self, segments: SegmentRows, lookup: JobLookup, events: Events) -> None:
        self._segments = segments
        self._lookup = lookup
        self._events = events

    def count(self) -> None:
        """Note which of them have ended. Raises psycopg.Error, redis.RedisError."""
        for late in self._segments.late(AT_ONCE):
            job = self._lookup.job(late.tenant_id, late.job_id)
            if job is None or job.status.ended:
                self._note(late, job.records if job else _never_opened(late))

    def _note(self, late: LateSegment, records: RecordCounts) -> None:
        if load := self._segments.settle_late(late, records):
            self._events.changed(late.tenant_id, late.task_id, load.type, load.status, load.version, load.progress)


def _never_opened(late: LateSegment) -> RecordCounts:
    """What no store knows was never written: its processor died before it opened the batch, or Redis has lost it."""
    return RecordCounts(total=late.rows, cancelled=late.rows)
