"""Finds a job, its outcome and its rejects wherever they are: Redis while it lives, PostgreSQL for ever after."""

import uuid
from collections.abc import Iterator

from libs.contracts.chunks import Outcome, Reject
from libs.contracts.jobs import Job
from libs.database.reader import JobReader
from libs.jobs.payload import unpack_outcome
from libs.jobs.store import JobStore
from libs.lookup.rejects import RejectPages


class JobLookup:
    """Reads jobs from both stores; Redis goes first, because it is ahead while a job lives."""

    def __init__(self, store: JobStore, reader: JobReader) -> None:
        self._store = store
        self._reader = reader
        self._rejects = RejectPages(store, reader)

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

    def reject_pages(self, job: Job, *, after: int = -1, raw: bool) -> Iterator[list[Reject]]:
        """Pages of rejected records whose index is above `after`, by index; what came with them only if `raw`."""
        return self._rejects.of(job, after=after, raw=raw)
