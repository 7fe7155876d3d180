"""Pages of a tenant's jobs, newest first: open batches from Redis, ended ones and tasks from PostgreSQL.

Each store has an index for what is asked, so that a page costs what it shows, however many jobs there are; but lanes,
and what is searched for, are looked for among the jobs of the states, entities and times that are asked for.
"""

import datetime
import uuid
from collections.abc import Iterator

import psycopg
from msgspec import Struct

from libs.contracts.filters import OPEN, JobFilter
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Before, Job, JobStatus
from libs.contracts.tasks.kinds import Task
from libs.database.reader import JobReader
from libs.database.task_reader import TaskReader
from libs.jobs.store import JobStore

PAGE = 200
LAST_ID = uuid.UUID(int=(1 << 128) - 1)


class Page(Struct, frozen=True):
    """Jobs, and where the next page starts; None where there is none."""

    jobs: list[Job | Task]
    after: Before | None


class JobPages:
    """Reads pages of jobs. Raises psycopg.Error where ended jobs are asked for and PostgreSQL is away."""

    def __init__(self, store: JobStore, reader: JobReader, tasks: TaskReader) -> None:
        self._store = store
        self._reader = reader
        self._tasks = tasks

    def page(self, tenant_id: uuid.UUID, wanted: JobFilter, *, before: Before | None, limit: int) -> Page:
        """A page of `limit` jobs, unless there are no more."""
        start = _earlier(before, wanted.until)
        found: dict[uuid.UUID, tuple[Before, Job | Task]] = {}
        if wanted.batches:
            # Redis goes first: a job that ends in between has its end in PostgreSQL before Redis closes it.
            for job in self._open(tenant_id, wanted, start, limit + 1):
                found[job.id] = Before(job.created_at, job.id), job
            for place, job in self._stored(tenant_id, wanted, start, limit + 1):
                found[place.job_id] = place, job
        if wanted.tasks:
            for task in self._of_tasks(tenant_id, wanted, start, limit + 1):
                found[task.id] = Before(task.created_at, task.id), task
        page = sorted(found.values(), key=lambda each: (each[0].created_at, each[0].job_id), reverse=True)
        return Page([job for _, job in page[:limit]], page[limit - 1][0] if len(page) > limit else None)

    def each(self, tenant_id: uuid.UUID, wanted: JobFilter, *, before: Before | None = None) -> Iterator[Page]:
        """All pages from a place on."""
        while True:
            page = self.page(tenant_id, wanted, before=before, limit=PAGE)
            yield page
            if page.after is None:
                return
            before = page.after

    def count(self, tenant_id: uuid.UUID, wanted: JobFilter, most: int) -> int:
        """How many there are, as far as `most` and some; by looking at each, so that it is what pages show."""
        found = 0
        for page in self.each(tenant_id, wanted):
            found += len(page.jobs)
            if found >= most:
                break
        return found

    def _open(self, tenant_id: uuid.UUID, wanted: JobFilter, before: Before | None, limit: int) -> list[Job]:
        """Open batches; what a task has opened is in no list of Redis."""
        found: list[Job] = []
        while wanted.parent is None and len(found) < limit:
            left = limit - len(found)
            page = self._store.list_open(
                tenant_id, before=before, statuses=_open_of(wanted), entities=wanted.entities or tuple(ENTITIES),
                limit=left,
            )  # fmt: skip
            found += filter(wanted.takes, page)
            if len(page) < left or page[-1].created_at < wanted.since:
                break
            before = Before(page[-1].created_at, page[-1].id)
        return found

    def _of_tasks(self, tenant_id: uuid.UUID, wanted: JobFilter, before: Before | None, limit: int) -> list[Task]:
        """Tasks; while PostgreSQL is away and open batches are asked for too, the batches alone."""
        try:
            return self._tasks.tasks(tenant_id, wanted, before=before, limit=limit)
        except psycopg.OperationalError:
            if _stored_of(wanted) or not wanted.batches:
                raise
            return []

    def _stored(
        self, tenant_id: uuid.UUID, wanted: JobFilter, before: Before | None, limit: int
    ) -> Iterator[tuple[Before, Job]]:
        """Batches that PostgreSQL knows, `limit` of them, each at the place of its row."""
        statuses = _stored_of(wanted)
        while statuses and limit:
            rows = self._reader.jobs(tenant_id, wanted, statuses, before=before, limit=limit)
            live = {job.id: job for job in self._store.jobs_by_id([(tenant_id, row.id) for row in rows])}
            asked = limit
            for row in rows:
                before = Before(row.created_at, row.id)
                if job := _as_it_is(row, live.get(row.id), wanted):
                    limit -= 1
                    yield before, job
            if len(rows) < asked:
                return


def _open_of(wanted: JobFilter) -> list[JobStatus]:
    """The states that Redis' lists know of."""
    return [status for status in wanted.statuses if not status.ended]


def _stored_of(wanted: JobFilter) -> list[JobStatus]:
    """The states that PostgreSQL's rows have. It calls a job processing that is pending yet, or that is lost."""
    ended = [status for status in wanted.statuses if status.ended]
    asked = any if wanted.parent else all
    return [*ended, JobStatus.PROCESSING] if asked(status in wanted.statuses for status in OPEN) else ended


def _earlier(before: Before | None, until: datetime.datetime | None) -> Before | None:
    """Where the page starts: below both."""
    if until is None:
        return before
    latest = Before(until.replace(microsecond=until.microsecond // 1000 * 1000), LAST_ID)
    return min(filter(None, (before, latest)), key=lambda each: (each.created_at, each.job_id))


def _as_it_is(row: Job, live: Job | None, wanted: JobFilter) -> Job | None:
    """The job at the place of its row, as Redis has it while it remembers; None where it does not stand there.

    A job that Redis had lost and that was sent again stands, while it is open, where it was opened again.
    """
    if live is None:
        return row
    if live.created_at != row.created_at:
        return row if live.status.ended else None
    return live if live.status in wanted.statuses else None
