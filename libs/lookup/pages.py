"""Pages of a tenant's jobs, newest first: open ones from Redis, ended ones from PostgreSQL.

Each store has an index for what is asked, so that a page costs what it shows, however many jobs there are.
"""

import uuid

from msgspec import Struct

from libs.contracts.jobs import Before, Job, JobStatus
from libs.contracts.records import ENTITIES
from libs.database.reader import JobReader
from libs.jobs.store import JobStore

OPEN = (JobStatus.PENDING, JobStatus.PROCESSING)


class JobFilter(Struct, frozen=True, kw_only=True):
    """Which jobs are asked for: any of these states, any of these entities."""

    statuses: tuple[JobStatus, ...] = tuple(JobStatus)
    entities: tuple[str, ...] = tuple(ENTITIES)

    @property
    def open(self) -> list[JobStatus]:
        """The states that Redis knows of."""
        return [status for status in self.statuses if not status.ended]

    @property
    def stored(self) -> list[JobStatus]:
        """The states that PostgreSQL knows of. It calls a job processing that is pending yet, or that is lost."""
        ended = [status for status in self.statuses if status.ended]
        return [*ended, JobStatus.PROCESSING] if set(OPEN) <= set(self.statuses) else ended


class Page(Struct, frozen=True):
    """Jobs, and where the next page starts; None where there is none."""

    jobs: list[Job]
    after: Before | None


class JobPages:
    """Reads pages of jobs. Raises psycopg.Error where ended jobs are asked for and PostgreSQL is away."""

    def __init__(self, store: JobStore, reader: JobReader) -> None:
        self._store = store
        self._reader = reader

    def page(self, tenant_id: uuid.UUID, wanted: JobFilter, *, before: Before | None, limit: int) -> Page:
        """A page of `limit` jobs, unless there are no more."""
        # Redis goes first: a job that ends in between has its end in PostgreSQL before Redis closes it.
        placed = {
            job.id: (Before(job.created_at, job.id), job)
            for job in self._store.list_open(
                tenant_id, before=before, statuses=wanted.open, entities=wanted.entities, limit=limit + 1
            )
        }
        placed |= {place.job_id: (place, job) for place, job in self._stored(tenant_id, wanted, before, limit + 1)}
        page = sorted(placed.values(), key=lambda each: (each[0].created_at, each[0].job_id), reverse=True)
        return Page([job for _, job in page[:limit]], page[limit - 1][0] if len(page) > limit else None)

    def _stored(
        self, tenant_id: uuid.UUID, wanted: JobFilter, before: Before | None, limit: int
    ) -> list[tuple[Before, Job]]:
        found: list[tuple[Before, Job]] = []
        while wanted.stored and len(found) < limit:
            left = limit - len(found)
            rows = self._reader.jobs(
                tenant_id, before=before, statuses=wanted.stored, entities=wanted.entities, limit=left
            )
            live = {job.id: job for job in self._store.jobs_by_id([(tenant_id, row.id) for row in rows])}
            for row in rows:
                before = Before(row.created_at, row.id)
                if job := _as_it_is(row, live.get(row.id), wanted):
                    found.append((before, job))
            if len(rows) < left:
                break
        return found


def _as_it_is(row: Job, live: Job | None, wanted: JobFilter) -> Job | None:
    """The job at the place of its row, as Redis has it while it remembers; None where it does not stand there.

    A job that Redis had lost and that was sent again stands, while it is open, where it was opened again.
    """
    if live is None:
        return row
    if live.created_at != row.created_at:
        return row if live.status.ended else None
    return live if live.status in wanted.statuses else None
