"""What streams read of jobs, in a few questions however many jobs there are."""

import contextlib
import uuid
from collections.abc import Sequence

import psycopg

from libs.contracts.filters import OPEN, JobFilter
from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import Task
from libs.lookup.everything import AnyJobs
from libs.lookup.pages import JobPages

MOST_OPEN = 200
NEWEST = 20


class LiveReader:
    """Reads for streams. Every method raises redis.RedisError; psycopg.Error where only PostgreSQL knows."""

    def __init__(self, jobs: AnyJobs, pages: JobPages) -> None:
        self._jobs = jobs
        self._pages = pages

    def jobs(self, tenant_id: uuid.UUID, ids: Sequence[uuid.UUID]) -> list[Job | Task]:
        """These jobs, as far as they are there."""
        return self._jobs.find_all(tenant_id, ids)

    def newest(self, tenant_id: uuid.UUID) -> list[Job | Task]:
        """What is open, and what was last; of what is open, what can be had without PostgreSQL."""
        found = self._pages.page(tenant_id, JobFilter(statuses=OPEN), before=None, limit=MOST_OPEN).jobs
        with contextlib.suppress(psycopg.OperationalError):
            found += self._pages.page(tenant_id, JobFilter(), before=None, limit=NEWEST).jobs
        once = {job.id: job for job in found}
        return sorted(once.values(), key=lambda job: (job.created_at, job.id), reverse=True)
