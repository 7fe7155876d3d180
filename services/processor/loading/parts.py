"""Which segments of a load are open, and what became of the others; kept in `work.segment`, fenced by the lease."""

import uuid
from collections.abc import Mapping

from msgspec.structs import asdict

from libs.contracts.jobs import Job, RecordCounts
from libs.database.segments import COUNTED, SegmentRow, SegmentRows
from libs.tasks.store import Lease, LeaseLostError

MOST_OPEN = 8


class Parts:
    """The segments of one load. Raises psycopg.Error, LeaseLostError."""

    def __init__(self, rows: SegmentRows, lease: Lease) -> None:
        self._rows = rows
        self._lease = lease.values
        self._open: dict[int, SegmentRow] = {}
        self._live: dict[int, RecordCounts] = {}
        self._sums = RecordCounts()
        self.settled = 0
        """How many segments have ended."""

    def restore(self) -> None:
        """Know what earlier runs have left."""
        self._open = {row.number: row for row in self._rows.open_ones(self._lease)}
        self.settled, self._sums = self._rows.sums(self._lease)

    def leave(self, number: int) -> None:
        """Look after a segment no more, if it is there: it is about to be read, and opened, again."""
        self._open.pop(number, None)

    @property
    def open(self) -> list[SegmentRow]:
        """Those that have not ended."""
        return list(self._open.values())

    @property
    def full(self) -> bool:
        """Whether no more may be opened now."""
        return len(self._open) >= MOST_OPEN

    def add(self, row: SegmentRow) -> None:
        """Note that a segment is open, as this job."""
        _held(self._rows.open(self._lease, row))
        self._open[row.number] = row

    def settle(self, row: SegmentRow, records: RecordCounts) -> None:
        """Note what became of a segment."""
        _held(self._rows.settle(self._lease, row.number, records))
        del self._open[row.number]
        self._live.pop(row.number, None)
        self._sums = _added(self._sums, records)
        self.settled += 1

    def see(self, jobs: Mapping[uuid.UUID, Job]) -> None:
        """Take in how far the open ones are."""
        self._live = {row.number: jobs[row.job_id].records for row in self._open.values() if row.job_id in jobs}

    def unwritten(self, after: int) -> list[SegmentRow]:
        """Some ended segments, whose number is above `after`, of which not all rows were tried to the end."""
        return self._rows.unwritten(self._lease, after=after)

    @property
    def counts(self) -> RecordCounts:
        """What has become of the rows read so far."""
        seen = self._sums
        for records in self._live.values():
            seen = _added(seen, records)
        total = self._sums.total + sum(row.rows for row in self._open.values())
        ended = sum(getattr(seen, name) for name in COUNTED)
        return RecordCounts(**{**asdict(seen), "total": total, "pending": total - ended})


def shown(records: RecordCounts) -> dict[str, int]:
    """Counters as a task keeps and shows them."""
    return asdict(records)


def _added(one: RecordCounts, other: RecordCounts) -> RecordCounts:
    return RecordCounts(**{name: getattr(one, name) + getattr(other, name) for name in ("total", *COUNTED)})


def _held(lease: bool) -> None:
    if not lease:
        raise LeaseLostError
