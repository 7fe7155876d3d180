"""A job's rejected records, page by page: a reader holds one page, whatever the job has.

What validation rejected is in Redis until its chunk is settled, everything else in PostgreSQL.
"""

import threading
from collections.abc import Iterator

from msgspec import Struct

from libs.contracts.chunks import REJECTS_PAGE, Reject
from libs.contracts.jobs import Job
from libs.database.reader import JobReader
from libs.jobs.payload import rejects_after, unpack_outcome
from libs.jobs.store import JobStore

READERS = 2
"""Chunks of Redis that are held at once, of all readers of a process."""


class _Stretch(Struct, frozen=True):
    """Records next to one another that are told from one place."""

    chunk: int | None
    """The chunk in Redis; None for chunks that PostgreSQL has."""
    end: int
    """The index after the last record's."""


class RejectPages:
    """Reads from both stores. Redis is asked first: what moves in between is then in PostgreSQL already."""

    def __init__(self, store: JobStore, reader: JobReader) -> None:
        self._store = store
        self._reader = reader
        self._reading = threading.BoundedSemaphore(READERS)

    def of(self, job: Job, *, after: int = -1, raw: bool) -> Iterator[list[Reject]]:
        """Rejected records whose index is above `after`, by index; those of PostgreSQL with what came only if `raw`.

        Raises redis.RedisError, psycopg.Error.
        """
        while page := self._page(job, after, raw=raw):
            yield page
            after = page[-1].index

    def _page(self, job: Job, after: int, *, raw: bool) -> list[Reject]:
        """The next page; empty at the end of the job alone."""
        for stretch in self._stretches(job):
            if stretch.end > after + 1:
                live = None if stretch.chunk is None else self._live(job, stretch.chunk, after)
                page = self._stored(job, after, stretch.end, raw=raw) if live is None else live
                if page:
                    return page
        return []

    def _stretches(self, job: Job) -> list[_Stretch]:
        heads = self._store.chunk_heads(job) if self._store.job(job.tenant_id, job.id) else []
        stretches: list[_Stretch] = []
        end = 0
        for number, head in enumerate(heads):
            end += head.records
            is_stored = head.settled and not job.dry_run
            if is_stored and stretches and stretches[-1].chunk is None:
                stretches.pop()
            stretches.append(_Stretch(None if is_stored else number, end))
        return stretches or [_Stretch(None, job.records.total)]

    def _stored(self, job: Job, after: int, end: int, *, raw: bool) -> list[Reject]:
        return self._reader.rejects(job.tenant_id, job.id, after=after, before=end, raw=raw)

    def _live(self, job: Job, number: int, after: int) -> list[Reject] | None:
        """The next page of a chunk that Redis has; None where the chunk is in PostgreSQL by now."""
        with self._reading:
            chunk = self._store.live_chunk(job, number)
            if chunk.settled and not job.dry_run:
                return None
            page = next(rejects_after(chunk.rejects, after), [])
        if not chunk.outcome:
            return page
        # Of a dry run: what the writer would have rejected is in the outcome, and between the others.
        last = page[-1].index if page else job.records.total
        page += [each for each in unpack_outcome(chunk.outcome).rejects if after < each.index <= last]
        return sorted(page, key=lambda reject: reject.index)[:REJECTS_PAGE]
