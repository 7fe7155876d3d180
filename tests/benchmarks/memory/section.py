"""The section on memory."""

from tests.benchmarks.memory.pending import pending
from tests.benchmarks.memory.processes import by_content, by_size
from tests.benchmarks.results import Section
from tests.benchmarks.session import Session

TEXT = """\
Peak resident memory of the process that took most (VmHWM, reset before each row; what an allocator keeps from the row \
before counts). Each client sends the batch twice.

The bound of an ingest process: one batch at a time is decoded and packed, while the others wait as they came, or \
packed where they are large and many; so it is what one batch takes, plus the bodies under way, which hold \
`SLUICE_BODY_MEMORY_BYTES` (256 MiB) at most; whoever comes then is told to come back. The bound of a writer: \
`SLUICE_WRITER_THREADS` (3) chunks of `SLUICE_CHUNK_RECORDS` (2,000), each packed, unpacked and joined for COPY."""


def memory(session: Session) -> Section:
    """Measure the three of them."""
    found = [measure(session) for measure in (by_size, by_content, pending)]
    return Section("Memory", TEXT, [table for table, _ in found], [goal for _, goals in found for goal in goals])
