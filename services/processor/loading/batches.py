"""The batches of a load: each is opened under a key of its own, so that the same segment is always the same job."""

import uuid
from collections.abc import Mapping, Sequence

from libs.contracts.chunks import Fault
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import Job
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.load import LoadParameters
from libs.identity.callers import Caller
from libs.intake.audit import audit_entry
from libs.intake.opening import Prepared, Ticket
from libs.intake.options import BatchOptions, Origin
from libs.intake.validation.rows import Rows
from services.processor.tools import Tools

ROUTE = "load"
QUEUE_LOST = "QUEUE_LOST"
LOST = (QUEUE_LOST, "DATABASE_SET_BACK")
"""Why a job ended that one of the stores has lost."""


class Batches:
    """Opens and cancels the batches of one load. Raises redis.RedisError, and Refusal where a batch is refused."""

    def __init__(self, task: Task, parameters: LoadParameters, tools: Tools) -> None:
        self._task = task
        self._parameters = parameters
        self._tools = tools
        caller = Caller(task.created_by, task.tenant_id, frozenset())
        self._origin = Origin(caller, task.request_id, task.traceparent, ROUTE, task.task_id)

    def prepare(
        self, number: int, raws: Sequence[bytes], faults: Mapping[int, list[Fault]], chunk_records: int
    ) -> Prepared:
        """The batch of a segment: the same one, under the same id, whenever it is prepared again."""
        options = self._options(number)
        return self._tools.intake.prepare_rows(self._origin, options, Rows(raws, faults), chunk_records=chunk_records)

    def open(self, prepared: Prepared) -> Ticket:
        """Open a batch; one that was opened before is found."""
        return self._tools.intake.accept(prepared)

    def open_again(self, number: int, prepared: Prepared) -> Ticket:
        """Have what is not written of a segment written after all; what is written, the ledger knows."""
        ticket = self.open(prepared)
        if ticket.replayed and self._tools.jobs.job(self._task.tenant_id, ticket.job_id) is None:
            self._tools.intake.forget(self._origin, self._options(number))
            return self.open(prepared)
        if ticket.replayed:
            self._tools.intake.reopen(self._origin, ticket.job_id)
        return ticket

    def jobs(self, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Job]:
        """Those of these jobs that a store knows. Raises psycopg.Error."""
        tenant_id = self._task.tenant_id
        known = {job.id: job for job in self._tools.jobs.jobs_by_id([(tenant_id, each) for each in ids])}
        for each in ids:
            if each not in known and (job := self._tools.lookup.job(tenant_id, each)):
                known[each] = job
        return known

    def cancel(self, job_id: uuid.UUID) -> None:
        """Ask for the end of one."""
        entry = audit_entry(self._origin, "job.cancel", job_id, self._parameters.entity, {})
        self._tools.jobs.cancel(self._task.tenant_id, job_id, entry)

    def _options(self, number: int) -> BatchOptions:
        parameters = self._parameters
        return BatchOptions(
            ENTITIES[parameters.entity], ROUTE, parameters.mode, "continue", parameters.lane, parameters.dry_run,
            f"{self._task.task_id}/{number}",
        )  # fmt: skip


def why_lost(job: Job | None) -> str:
    """Why a job has to be opened again, that a store has lost; empty where it has not."""
    if job is None:
        return QUEUE_LOST
    return job.last_error or "" if job.status.ended and job.last_error in LOST else ""
