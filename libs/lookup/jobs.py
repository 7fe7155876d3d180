"""Finds a job, its outcome and its rejects wherever they are: Redis while it lives, PostgreSQL for ever after."""

import uuid
from collections.abc import Iterator, Sequence

from libs.contracts.answers import RecordId
from libs.contracts.chunks import Reject, SettledChunk, span_of
from libs.contracts.jobs import Job
from libs.database.reader import JobReader
from libs.jobs.payload import unpack_ids, unpack_outcome
from libs.jobs.store import JobStore
from libs.lookup.outcomes.rejects import RejectPages
from libs.lookup.outcomes.written_ids import written_ids


class JobLookup:
    """Reads jobs from both stores; Redis goes first, because it is ahead while a job lives."""

    def __init__(self, store: JobStore, reader: JobReader) -> None:
        self._store = store
        self._reader = reader
        self._rejects = RejectPages(store, reader)

    def job(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> Job | None:
        """One job. Raises psycopg.Error where Redis does not know it and PostgreSQL is away."""
        return self._store.job(tenant_id, job_id) or self._reader.job(tenant_id, job_id)

    def live(self, tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID]) -> list[Job]:
        """Those of these jobs that Redis knows."""
        return self._store.jobs_by_id([(tenant_id, job_id) for job_id in job_ids])

    def outcomes(self, job: Job) -> list[SettledChunk]:
        """Outcomes of a job's settled chunks, in the order of the request; of an open job, as far as Redis knows."""
        live = self._store.live_chunks(job) if self._store.job(job.tenant_id, job.id) else []
        if live and (not job.status.ended or all(chunk.outcome for chunk in live)):
            return [
                _settled(job, number, chunk.records, chunk.outcome)
                for number, chunk in enumerate(live)
                if chunk.outcome
            ]
        return self.stored_outcomes(job)

    def stored_outcomes(self, job: Job) -> list[SettledChunk]:
        """The outcomes of a job's chunks that the ledger holds, in the order of the request."""
        return [
            _settled(job, stored.chunk_no, stored.records, stored.outcome)
            for stored in self._reader.outcomes(job.tenant_id, job.id)
            if stored.outcome
        ]

    def ids(self, job: Job, *, after: int = -1) -> Iterator[RecordId]:
        """Records that are in the database by now and whose index is above `after`, by index, as the ledger has them.

        All of a job is read at once: it has no more records than a request may hold.
        """
        chunks = self.stored_outcomes(job)  # first: whatever is read later knows of all of them
        own = {
            index: each
            for packed in self._reader.own_ids(job.tenant_id, job.id)
            for index, each in unpack_ids(packed).items()
        }
        rejected = self._reader.rejected(job.tenant_id, job.id)
        return (each for each in written_ids(job.id, chunks, own, rejected) if each.index > after)

    def reject_pages(self, job: Job, *, after: int = -1, raw: bool) -> Iterator[list[Reject]]:
        """Pages of rejected records whose index is above `after`, by index; what came with them only if `raw`."""
        return self._rejects.of(job, after=after, raw=raw)


def _settled(job: Job, chunk_no: int, records: int, outcome: bytes) -> SettledChunk:
    span = span_of(chunk_no, records, total=job.records.total, chunks=job.chunks.total)
    return SettledChunk(span, unpack_outcome(outcome))
