"""A job of one chunk ends in the transaction that writes it: nobody has anything to add up."""

import datetime
import time

from msgspec.structs import replace

from libs.jobs.reading import Lease
from libs.jobs.values import JobEnd
from services.writer.chunks import ledger
from services.writer.chunks.ledger import Connection, Entry


def end_alone(connection: Connection, lease: Lease, opening: int, entry: Entry, state: str) -> Entry:
    """Write down how the job ends that the chunk is all of; the entry then says so.

    Not where the ledger may have an earlier attempt at it, which counts, too: such a job ends as all others do.
    """
    job = lease.job
    if job.chunks.total > 1 or opening or job.generation:
        return entry
    finished_at = now_of(lease)
    total = ledger.Sums(1, entry.counts, int(state == "failed"), lease.attempts, entry.error or None)
    one = replace(ledger.opening_of(job), finished_at=finished_at)
    if not ledger.end_job(connection, one, total):
        return entry
    return replace(entry, end=JobEnd(total.status, total.counts, finished_at))


def now_of(lease: Lease) -> datetime.datetime:
    """The time by the clock of Redis, of which all times are that are shown of a job."""
    return lease.taken_at + datetime.timedelta(seconds=time.monotonic() - lease.taken)
