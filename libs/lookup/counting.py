"""How many jobs a list has, without counting all of them."""

import uuid

from libs.contracts.filters import JobFilter
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import JobStatus
from libs.database.reader import JobReader
from libs.database.task_reader import TaskReader
from libs.jobs.store import JobStore

MOST = 10_000
"""What is counted; of more it is said that there are more."""


class JobCounter:
    """Counts as far as `MOST`. Raises redis.RedisError, psycopg.Error."""

    def __init__(self, store: JobStore, reader: JobReader, tasks: TaskReader) -> None:
        self._store = store
        self._reader = reader
        self._tasks = tasks

    def count(self, tenant_id: uuid.UUID, wanted: JobFilter) -> int | None:
        """At most `MOST` and one; None where it would take looking at each, as it does for a search."""
        if wanted.q is not None or wanted.parent is not None:
            return None
        found = self._batches(tenant_id, wanted) if wanted.batches else 0
        if wanted.tasks and found <= MOST:
            found += self._tasks.count(tenant_id, wanted, most=MOST + 1)
        return min(found, MOST + 1)

    def _batches(self, tenant_id: uuid.UUID, wanted: JobFilter) -> int:
        open_states = [status for status in wanted.statuses if not status.ended]
        ended = [status for status in wanted.statuses if status.ended]
        if wanted.plain and wanted.until is None:
            found = self._store.count_open(tenant_id, open_states, wanted.entities or tuple(ENTITIES))
        else:  # of what PostgreSQL has heard of: a few are missing that no writer has begun
            found, ended = 0, [*ended, *([JobStatus.PROCESSING] if open_states else [])]
        return found + (self._reader.count(tenant_id, wanted, ended, most=MOST + 1) if ended else 0)
