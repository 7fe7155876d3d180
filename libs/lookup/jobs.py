"""Finds a job, its outcome and its rejects wherever they are: Redis while it lives, PostgreSQL for ever after."""

import uuid
from collections.abc import Iterator

from libs.contracts.chunks import Outcome, Reject
from libs.contracts.jobs import Job
from libs.database.reader import JobReader
from libs.jobs.payload import unpack_outcome, unpack_rejects
from libs.jobs.store import JobStore

PAGE = 1_000


class JobLookup:
    """Reads jobs from both stores; Redis goes first, because it is ahead while a job lives."""

    def __init__(self, store: JobStore, reader: JobReader) -> None:
        self._store = store
        self._reader = reader

    def job(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> Job | None:
        """One job. Raises psycopg.Error where Redis does not know it and PostgreSQL is away."""
        return self._store.job(tenant_id, job_id) or self._reader.job(tenant_id, job_id)

    def outcomes(self, job: Job) -> dict[int, Outcome]:
        """The outcomes of a job's settled chunks, by chunk number."""
        live = self._store.live_chunks(job) if self._store.job(job.tenant_id, job.id) else []
        if live and all(chunk.outcome for chunk in live):
            return {number: unpack_outcome(chunk.outcome) for number, chunk in enumerate(live)}
        return {
            stored.chunk_no: unpack_outcome(stored.outcome)
            for stored in self._reader.outcomes(job.tenant_id, job.id)
            if stored.outcome
        }

    def rejects(self, job: Job, *, after: int = -1, limit: int = PAGE) -> list[Reject]:
        """Up to `limit` rejected records whose index is above `after`, by index.

        What validation rejected is in Redis until its chunk is settled, everything else in PostgreSQL. Redis is read
        first: a chunk that settles in between is then seen twice, never missed.
        """
        chunks = self._store.live_chunks(job) if self._store.job(job.tenant_id, job.id) else []
        live = [
            reject for chunk in chunks if job.dry_run or not chunk.settled for reject in unpack_rejects(chunk.rejects)
        ]
        if job.dry_run:
            live += [reject for chunk in chunks if chunk.outcome for reject in unpack_outcome(chunk.outcome).rejects]
        found = {reject.index: reject for reject in live if reject.index > after}
        if not job.dry_run and (not chunks or any(chunk.settled for chunk in chunks)):
            found |= {r.index: r for r in self._reader.rejects(job.tenant_id, job.id, after=after, limit=limit)}
        return [found[index] for index in sorted(found)[:limit]]

    def all_rejects(self, job: Job) -> Iterator[list[Reject]]:
        """All rejected records, page by page."""
        after = -1
        while page := self.rejects(job, after=after):
            yield page
            after = page[-1].index
