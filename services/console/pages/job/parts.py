"""What a task consists of: the batches of a load by the rows of its file, the tasks of several files."""

import uuid

from msgspec import Struct

from libs.contracts.filters import JobFilter
from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.load import LOAD
from libs.database.segments import SegmentRow, SegmentRows
from libs.database.task_reader import TaskReader
from libs.lookup.everything import AnyJobs
from libs.lookup.pages import JobPages

SHOWN = 200


class Part(Struct, frozen=True, kw_only=True):
    """A job that a task has opened."""

    job: Job | Task
    segment: SegmentRow | None = None
    """Which rows of the file it is, of a load."""
    file: str = ""
    """The name of its file."""


class Parts:
    """Reads the newest ones. Raises redis.RedisError, psycopg.Error."""

    def __init__(self, jobs: AnyJobs, pages: JobPages, segments: SegmentRows, tasks: TaskReader) -> None:
        self._jobs = jobs
        self._pages = pages
        self._segments = segments
        self._tasks = tasks

    def of(self, task: Task) -> list[Part]:
        """The newest `SHOWN`, the newest first."""
        if task.type == LOAD.name:
            return self._of_load(task)
        found = self._pages.page(task.tenant_id, JobFilter(parent=task.id), before=None, limit=SHOWN).jobs
        names = self.file_names([task for task in found if isinstance(task, Task)])
        return [Part(job=job, file=names.get(job.id, "")) for job in found]

    def file_names(self, tasks: list[Task]) -> dict[uuid.UUID, str]:
        """By task, the name of the file that it is about; files that are gone have none."""
        files = {task.id: uuid.UUID(file_id) for task in tasks if (file_id := task.parameters.get("file_id"))}
        names = self._tasks.file_names(tasks[0].tenant_id, list(files.values())) if files else {}
        return {task_id: names[file_id] for task_id, file_id in files.items() if file_id in names}

    def _of_load(self, task: Task) -> list[Part]:
        segments = self._segments.newest(task.tenant_id, task.id, limit=SHOWN)
        jobs = {job.id: job for job in self._jobs.find_all(task.tenant_id, [each.job_id for each in segments])}
        return [Part(job=jobs[each.job_id], segment=each) for each in segments if each.job_id in jobs]
