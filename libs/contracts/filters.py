"""Which jobs are asked for, in lists and wherever many are steered at once."""

import datetime
import uuid

from msgspec import Struct

from libs.contracts.jobs import WRITE, Job, JobStatus, Lane
from libs.contracts.queues import LANES

OPEN = (JobStatus.PENDING, JobStatus.PROCESSING)
EARLIEST = datetime.datetime.min.replace(tzinfo=datetime.UTC)


class JobFilter(Struct, frozen=True, kw_only=True):
    """Any of these, of each that is named; an empty list names none, and all are meant."""

    statuses: tuple[JobStatus, ...] = tuple(JobStatus)
    types: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = LANES
    parent: uuid.UUID | None = None
    """What this task has opened; without it, what no task has."""
    since: datetime.datetime = EARLIEST
    until: datetime.datetime | None = None
    q: str | None = None
    """Part of who opened it, of an error's code, or of the name of its file; or the external id of a refused record."""

    @property
    def batches(self) -> bool:
        """Whether batches are among them."""
        return not self.types or WRITE in self.types

    @property
    def tasks(self) -> bool:
        """Whether other types are among them."""
        return not self.types or bool(set(self.types) - {WRITE})

    @property
    def plain(self) -> bool:
        """Whether all batches are meant that no task has opened, apart from their state and entity."""
        return set(self.lanes) == set(LANES) and self.parent is None and self.since == EARLIEST and self.q is None

    def takes(self, job: Job) -> bool:
        """Whether an open batch is meant, apart from its state and entity; its refused records are in no store yet."""
        named = self.q is None or any(self.q.lower() in text.lower() for text in (job.created_by, job.last_error or ""))
        return job.lane in self.lanes and job.created_at >= self.since and named
