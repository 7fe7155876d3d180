"""Bounds what the chunks of a writer hold in memory together.

Ingest cuts chunks to 8 MiB of records, and a writer needs two and a half times that for one. A batch that is written
whole or not at all is one chunk, of as much as a request may hold: of those a writer has one in hand at a time.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from libs.jobs.payload import unpacked_bytes, unpacked_rejects_bytes
from libs.jobs.reading import Lease
from libs.telemetry.process import heap

LARGE_CHUNK = 16 * 1024 * 1024
"""Bytes, unpacked; a row may be longer than its JSON."""


class LargeChunks:
    """Lets all threads of a writer have chunks in hand, but one large chunk only."""

    def __init__(self) -> None:
        self._large = threading.Lock()

    @contextmanager
    def room(self, lease: Lease) -> Iterator[None]:
        """Room for the chunk; its lease is kept while it waits."""
        if unpacked_bytes(lease.payload) + unpacked_rejects_bytes(lease.rejects) <= LARGE_CHUNK:
            yield
            return
        with self._large:
            try:
                yield
            finally:
                heap.give_back()
