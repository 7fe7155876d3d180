"""Cancels and retries jobs of every type."""

import uuid

from libs.broker.publisher import Publisher
from libs.contracts.jobs import STATUS_VI, Job, JobStatus, RetryStrategy
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task, TaskRef
from libs.contracts.texts import worded
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.jobs.events import Events
from libs.jobs.store import JobStore
from libs.jobs.values import Changed
from libs.lookup.everything import AnyJobs
from libs.tasks.desk import Steered, TaskDesk


class Steering:
    """Each method gives the job as it is afterwards. Raises Refusal where it is in no state for that.

    A `step` names what is asked for: where it comes again, by whoever does not know whether it came before, it is done
    already.
    """

    def __init__(self, store: JobStore, desk: TaskDesk, jobs: AnyJobs, publisher: Publisher, events: Events) -> None:
        self._store = store
        self._desk = desk
        self._jobs = jobs
        self._publisher = publisher
        self._events = events

    def cancel(self, job: Job | Task, origin: Origin, reason: str, *, step: uuid.UUID | None = None) -> Job | Task:
        """Ask for a job's end."""
        entry = audit_entry(origin, "job.cancel", job.id, job.entity or "", {}, reason, step=step)
        if isinstance(job, Task):
            return self._steered(job, self._desk.cancel(job.tenant_id, job.id, entry, reason), "JOB_HAS_ENDED")
        return self._changed(job, self._store.cancel(job.tenant_id, job.id, entry), "JOB_HAS_ENDED")

    def retry(
        self,
        job: Job | Task,
        origin: Origin,
        strategy: RetryStrategy,
        reason: str,
        *,
        step: uuid.UUID | None = None,
    ) -> Job | Task:
        """Try the failed chunks of a batch again, or have a task go on from its last checkpoint."""
        counts = {"chunks": job.chunks.failed} if isinstance(job, Job) else {}
        entry = audit_entry(origin, "job.retry", job.id, job.entity or "", counts, reason, step=step)
        if isinstance(job, Task):
            why = "TASK_COMPLETED" if job.status.ended else "JOB_IS_OPEN"
            return self._steered(job, self._desk.retry(job.tenant_id, job.id, entry, reason), why)
        changed = self._store.retry(job.tenant_id, job.id, strategy, entry)
        return self._changed(job, changed, "JOB_IS_OPEN" if changed.result == "open" else "NOTHING_TO_RETRY")

    def _steered(self, task: Task, done: Steered | None, reason: str) -> Job | Task:
        """Wake a processor, and say what happened; refuse for this reason where nothing did."""
        if done is None:
            raise _wrong_state(task.status, reason)
        self._publisher.publish([TaskRef(task.tenant_id, task.id, done.lane)])
        self._events.changed(task.tenant_id, task.id, done.type, done.status, done.version, done.progress)
        return self._jobs.find(task.tenant_id, task.id) or task

    def _changed(self, job: Job, changed: Changed, reason: str) -> Job | Task:
        """Wake writers, where something was set going; refuse for this reason where nothing was."""
        if changed.result not in ("cancelling", "retrying"):
            gone = changed.result == "gone" and reason == "NOTHING_TO_RETRY"
            raise _wrong_state(changed.status or job.status, "PAYLOAD_FORGOTTEN" if gone else reason)
        self._publisher.publish(changed.refs)
        return self._jobs.find(job.tenant_id, job.id) or job


def _wrong_state(status: JobStatus, reason: str) -> Refusal:
    why, why_vi = worded(reason)
    return Refusal(
        "JOB_STATE", members={"reason": reason}, status=status.value, status_vi=STATUS_VI[status], reason=why,
        reason_vi=why_vi,
    )  # fmt: skip
