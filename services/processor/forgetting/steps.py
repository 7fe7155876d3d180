"""The kinds of things that are forgotten. To add one: a step here, its statements, its time in the settings."""

import datetime
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
from msgspec import Struct
from psycopg_pool import ConnectionPool

from libs.database.queries import QUERIES
from libs.database.server.local import set_local
from services.processor.forgetting.settings import RetentionSettings

AT_ONCE = 1_000
"""Rows of one transaction, of those that are forgotten one by one."""
JOBS_AT_ONCE = 50
"""Jobs of one transaction; a batch has some dozens of rows in the ledger."""
NEVER_IN_THE_WAY = {"lock_timeout": "500ms"}
START = datetime.datetime.min.replace(tzinfo=datetime.UTC), uuid.UUID(int=0)

Settle = Callable[[], None]
"""Called after each transaction: notes how far it is, gives others time. Raises what ends the task."""


class Step(Struct, frozen=True, kw_only=True):
    """One kind of things that are forgotten."""

    name: str
    """As its stage, and as what counts it."""
    days: Callable[[RetentionSettings], int]
    jobs: str = ""
    """What lists the jobs that ended long ago, whose things they are."""
    rows: tuple[str, ...] = ()
    """What forgets rows of theirs, some at a time; the first is what is counted unless `whole` is there."""
    whole: str = ""
    """What forgets such jobs, each in one piece, once the rows are gone."""


STEPS = (
    Step(name="rejects", days=lambda keep: keep.keep_rejects_days, jobs="old_jobs", rows=("forget_old_rejects",)),
    Step(name="log_lines", days=lambda keep: keep.keep_logs_days, jobs="old_tasks", rows=("forget_log_lines",)),
    Step(
        name="tasks", days=lambda keep: keep.keep_jobs_days, jobs="old_tasks", whole="forget_tasks",
        rows=("forget_log_lines", "forget_segments", "forget_sent_again", "forget_mendings"),
    ),
    Step(
        name="jobs", days=lambda keep: keep.keep_jobs_days, jobs="old_jobs", whole="forget_jobs",
        rows=("forget_old_rejects", "forget_sent_again", "forget_mendings"),
    ),
    Step(name="findings", days=lambda keep: keep.keep_findings_days, rows=("forget_findings",)),
    Step(name="statistics", days=lambda keep: keep.keep_statistics_days, rows=("forget_statistics",)),
)  # fmt: skip


class Forgetting:
    """Forgets one kind of one tenant's things. Raises psycopg.Error."""

    def __init__(self, pool: ConnectionPool, step: Step, tenant: uuid.UUID, before: datetime.datetime) -> None:
        self._pool, self._step = pool, step
        self._values: dict[str, Any] = {"tenant": tenant, "before": before, "limit": AT_ONCE}

    def run(self, settle: Settle) -> int:
        """Forget all of it that is old; returns how much that was."""
        counts = self._step.whole or self._step.rows[0]
        forgotten = 0
        for ids in self._slices():
            for query in self._step.rows:
                while deleted := self._delete(query, ids):
                    forgotten += deleted if query == counts else 0
                    settle()
            if self._step.whole:
                forgotten += self._delete(self._step.whole, ids)
            settle()
        return forgotten

    def _slices(self) -> Iterator[list[uuid.UUID]]:
        """Jobs in the order of their ends; one slice of none where the step is about no jobs."""
        if not self._step.jobs:
            yield []
            return
        after_at, after_id = START
        while True:
            place = {**self._values, "after_at": after_at, "after_id": after_id, "limit": JOBS_AT_ONCE}
            with self._pool.connection() as connection:
                found = connection.execute(QUERIES[self._step.jobs], place).fetchall()
            if not found:
                return
            yield [job for job, _ in found]
            after_id, after_at = found[-1]

    def _delete(self, query: str, ids: list[uuid.UUID]) -> int:
        """How much was deleted; what somebody holds is left to the next night."""
        try:
            with self._pool.connection() as connection, connection.transaction():
                set_local(connection, NEVER_IN_THE_WAY)
                return connection.execute(QUERIES[query], {**self._values, "ids": ids}).rowcount
        except psycopg.errors.LockNotAvailable:
            return 0
