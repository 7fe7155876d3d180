"""Jobs of every type: a batch or a task, wherever it is, and its story."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import LogLine, Task
from libs.database.reader import JobReader
from libs.database.task_reader import TaskReader
from libs.lookup.jobs import JobLookup

_DONE = {"job.cancel": "CANCEL_ASKED", "job.retry": "RETRY_ASKED", "job.mend": "MENDED"}


class AnyJobs:
    """Finds jobs of every type."""

    def __init__(self, batches: JobLookup, reader: JobReader, tasks: TaskReader) -> None:
        self._batches = batches
        self._reader = reader
        self._tasks = tasks

    def find(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> Job | Task | None:
        """One job. Raises psycopg.Error where Redis does not know it and PostgreSQL is away."""
        return self._batches.job(tenant_id, job_id) or self._tasks.task(tenant_id, job_id)

    def find_all(self, tenant_id: uuid.UUID, job_ids: Sequence[uuid.UUID]) -> list[Job | Task]:
        """Those of these jobs that are there, in no order. Raises as `find` does."""
        found: list[Job | Task] = list(self._batches.live(tenant_id, job_ids))
        unknown = list({*job_ids} - {job.id for job in found})
        if unknown:
            found += self._tasks.tasks_by_id(tenant_id, unknown)
            found += self._reader.jobs_by_id(tenant_id, unknown)
        return found

    def story(self, job: Job | Task, *, after: int, limit: int) -> Sequence[LogLine]:
        """Lines of a job's story, from the one after `after`. Raises psycopg.Error while PostgreSQL is away."""
        if isinstance(job, Task):
            return self._tasks.story(job.tenant_id, job.id, after=after, limit=limit)
        return [line for line in self._story_of_batch(job) if line.seq > after][:limit]

    def _story_of_batch(self, job: Job) -> list[LogLine]:
        """From the audit trail, and from what the job says of itself."""
        lines: list[tuple[datetime.datetime, str, dict[str, Any], str]]
        lines = [(job.created_at, "OPENED", {}, job.created_by)]
        if job.started_at:
            lines.append((job.started_at, "CLAIMED", {"attempt": 1}, ""))
        steps = self._reader.steps(job.tenant_id, job.id)
        lines += [(step.at, _DONE[step.action], {**step.counts, "reason": step.reason}, step.actor) for step in steps]
        if job.finished_at:
            lines.append((job.finished_at, f"ENDED_{job.status.value.upper()}", {"error": job.last_error}, ""))
        ordered = sorted(lines, key=lambda line: line[0])
        return [LogLine(number, at, code, params, actor) for number, (at, code, params, actor) in enumerate(ordered)]
