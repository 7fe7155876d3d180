"""Closes in on a record that kills its writer.

A process that dies cannot say why. So once a chunk has lost several writers, each part of it is noted in Redis before
it is handled; after the next death the noted part is the suspect, and is handled by halves. A suspect of one record is
set aside, and its neighbours are written.
"""

from collections.abc import Callable, Sequence

from libs.contracts.chunks import Fault
from libs.jobs.reading import Lease
from services.writer.chunks.bisect import Write, write_isolating
from services.writer.chunks.retry_policy import CAREFUL_AFTER_CRASHES
from services.writer.inventory.rows import Row
from services.writer.inventory.target import Applied

Note = Callable[[int, int, Sequence[int]], None]
"""Notes a half-open range of positions and the positions set aside. Raises where the lease is lost."""


def is_careful(lease: Lease) -> bool:
    """Whether the chunk has lost enough writers to be suspected itself."""
    return lease.crashes >= CAREFUL_AFTER_CRASHES


def write_carefully(lease: Lease, write: Write, note: Note, rows: Sequence[Row]) -> Applied:
    """Write rows part by part, noting each part first."""
    suspect, aside = lease.suspect, set(lease.quarantined)
    if suspect and len(range(*suspect)) <= 1:
        aside.update(range(*suspect))
        suspect = None
    applied = Applied(faulty={p: [Fault("WRITER_CRASHED")] for p in aside})
    for low, high in _parts(suspect, rows[-1].position + 1 if rows else 0):
        part = [row for row in rows if low <= row.position < high and row.position not in aside]
        if part:
            note(low, high, sorted(aside))
            applied.add(write_isolating(write, part))
    # What kills the writer from here on is none of the records.
    note(0, 0, sorted(aside))
    return applied


def _parts(suspect: tuple[int, int] | None, end: int) -> list[tuple[int, int]]:
    """The suspect in halves, then what lies around it; without a suspect, the whole in halves."""
    low, high = suspect or (0, end)
    middle = (low + high) // 2
    return [part for part in ((low, middle), (middle, high), (0, low), (high, end)) if part[0] < part[1]]
