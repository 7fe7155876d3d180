"""The arithmetic of a push: counters of batches become those of the push, indexes become positions. Pure."""

import msgspec

from libs.client.answers import PushProgress, Receipt, Reject
from libs.contracts.chunks import RecordErrorView
from libs.contracts.jobs import RecordCounts
from libs.contracts.texts.problems import RECORD_ERRORS

FIRST_INTERVAL = 0.1
LONGEST_INTERVAL = 1.0
INTERVAL_GROWTH = 1.5

ALL_MALFORMED = "MALFORMED_BODY"
"""A body of lines is refused with this problem only where no line of it is JSON."""

ABOUT_RECORDS = ("NO_VALID_RECORD", "BATCH_ABORTED", ALL_MALFORMED)
"""Problems that are about a batch's records and not about the request."""

_SUMMED = tuple(name for name in PushProgress.__struct_fields__ if name != "done")


class OpenBatch:
    """A batch that is accepted and has not ended; `due` is when its job is asked about next, on the clock of `now`."""

    def __init__(self, position: int, receipt: Receipt, now: float) -> None:
        self.position = position
        self.receipt = receipt
        self.counts = RecordCounts(total=receipt.total_submitted, rejected=receipt.total_rejected)
        self._interval = FIRST_INTERVAL
        self.due = now + FIRST_INTERVAL

    def saw(self, counts: RecordCounts, now: float) -> None:
        """Note the counters of a job that goes on. Where nothing moves, questions become rarer."""
        # What validation has refused is counted by the job only as its chunks settle.
        counts = msgspec.structs.replace(counts, rejected=max(counts.rejected, self.receipt.total_rejected))
        moved = counts != self.counts
        self.counts = counts
        self._interval = FIRST_INTERVAL if moved else min(LONGEST_INTERVAL, self._interval * INTERVAL_GROWTH)
        self.due = now + self._interval

    def progress(self) -> PushProgress:
        """What this batch adds to the push."""
        return PushProgress(
            submitted=self.receipt.total_submitted,
            accepted=self.receipt.total_accepted,
            created=self.counts.created,
            updated=self.counts.updated,
            unchanged=self.counts.unchanged,
            rejected=self.counts.rejected,
            failed=self.counts.failed,
            cancelled=self.counts.cancelled,
        )


def add(one: PushProgress, other: PushProgress) -> PushProgress:
    """Both together."""
    return PushProgress(**{name: getattr(one, name) + getattr(other, name) for name in _SUMMED}, done=one.done)


def total(ended: PushProgress, open_batches: list[OpenBatch]) -> PushProgress:
    """What has ended and what is under way."""
    for batch in open_batches:
        ended = add(ended, batch.progress())
    return msgspec.structs.replace(ended, jobs_open=len(open_batches))


def about_records(code: str | None) -> bool:
    """Whether a problem is one that a push counts as rejects; any other one ends it."""
    return code in ABOUT_RECORDS


def reject(error: RecordErrorView, position: int) -> Reject:
    """The error of a record of the batch that begins at `position` in the caller's data."""
    members = {name: getattr(error, name) for name in Reject.__struct_fields__ if name != "position"}
    return Reject(position=position + error.index, **members)


def malformed(position: int, count: int) -> list[Reject]:
    """The errors of a batch of which no line is JSON; the server has no job for it."""
    error, error_vi = RECORD_ERRORS["RECORD_MALFORMED"].text({})
    return [
        reject(RecordErrorView(index, None, None, "RECORD_MALFORMED", "", error, error_vi, "validate"), position)
        for index in range(count)
    ]
