"""Many files at once: a task for each, which this one waits for without holding a thread."""

import uuid
from collections import Counter
from collections.abc import Sequence
from typing import Any

from libs.contracts.jobs import AuditEntry, JobStatus
from libs.contracts.tasks.kinds import NewTask, Task, TaskRef
from libs.contracts.tasks.types.files import FileOutcome, FilesResult, FilesState, parameters_of
from libs.identity.callers import Caller
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.tasks.context import CancelledError, Context, TaskFailedError
from libs.telemetry.process.crashpoints import crash_point
from services.processor.tools import Tools

LOOK_S = 1.0
"""How often the tasks are looked at."""
SOON_S = 0.25


def run(context: Context, tools: Tools) -> FilesResult:
    """Open a task for each file, and wait for them all."""
    try:
        return _run(context, tools)
    except CancelledError:
        for child in _children(context, tools):
            if not child.status.ended:
                _steer(context, tools, child, "cancel")
        raise


def _run(context: Context, tools: Tools) -> FilesResult:
    state: FilesState = context.restored(FilesState) or FilesState()
    context.progress("open", 0.0)
    if not state.opened:
        _open_all(context, tools)
    if context.task.retries > state.retries:
        _retry_all(context, tools)
    if not state.opened or context.task.retries > state.retries:
        context.checkpoint("run", 0.0, FilesState(opened=True, retries=context.task.retries))
    children = _children(context, tools)
    if not all(child.status.ended for child in children):
        context.progress("run", sum(child.progress for child in children) / 100 / len(children), _sums(children))
        context.park(LOOK_S)
    context.checkpoint("run", 1.0, FilesState(opened=True, retries=context.task.retries), _sums(children))
    return _result(children)


def _open_all(context: Context, tools: Tools) -> None:
    """Open the tasks; those that a run before has opened are found by their keys."""
    for place, item in enumerate(context.task.parameters["files"]):
        context.stop_if_cancelled()
        new = _new(context.task, place, item)
        if not tools.desk.open(new, _audit(context.task, f"{new.type}.open", new.task_id, new.entity)).replayed:
            tools.publisher.publish([TaskRef(new.tenant_id, new.task_id, new.lane)])
        crash_point("files.after_open")


def _retry_all(context: Context, tools: Tools) -> None:
    """Have those go on that have failed or were cancelled, once they have heard of it."""
    children = _children(context, tools)
    if any(child.cancelling for child in children):
        context.park(SOON_S)
    for child in children:
        if child.status in (JobStatus.FAILED, JobStatus.CANCELLED):
            _steer(context, tools, child, "retry")


def _new(task: Task, place: int, item: dict[str, Any]) -> NewTask:
    child = uuid.uuid5(task.task_id, str(place))
    parameters = parameters_of(item)
    return NewTask(
        tenant_id=task.tenant_id, task_id=child, parent_id=task.task_id, type=item["type"], parameters=parameters,
        lane=parameters.get("lane", task.lane), entity=parameters.get("entity"), created_by=task.created_by,
        request_id=task.request_id, traceparent=task.traceparent, idempotency_key=f"{task.task_id}/{place}",
    )  # fmt: skip


def _children(context: Context, tools: Tools) -> list[Task]:
    """In the order of the files."""
    task = context.task
    places = {uuid.uuid5(task.task_id, str(place)): place for place in range(len(task.parameters["files"]))}
    found = tools.desk.children(task.tenant_id, task.task_id)
    return sorted(found, key=lambda child: places.get(child.task_id, 0))


def _steer(context: Context, tools: Tools, child: Task, action: str) -> None:
    audit = _audit(context.task, f"job.{action}", child.task_id, child.entity)
    steer = tools.desk.cancel if action == "cancel" else tools.desk.retry
    if steer(child.tenant_id, child.task_id, audit):
        tools.publisher.publish([TaskRef(child.tenant_id, child.task_id, child.lane)])


def _audit(task: Task, action: str, child: uuid.UUID, entity: str | None) -> AuditEntry:
    origin = Origin(Caller(task.created_by, task.tenant_id, frozenset()), task.request_id, task.traceparent, "files")
    return audit_entry(origin, action, child, entity or "", {})


def _sums(children: Sequence[Task]) -> dict[str, int]:
    sums: Counter[str] = Counter()
    for child in children:
        sums.update(child.counters)
    return dict(sums)


def _result(children: Sequence[Task]) -> FilesResult:
    """What became of them. Raises TaskFailedError where none was completed."""
    ends = Counter(child.status for child in children)
    if not ends[JobStatus.COMPLETED]:
        raise TaskFailedError("FILES_ALL_FAILED")
    outcomes = [
        FileOutcome(
            job_id=child.task_id, type=child.type, file_id=child.parameters["file_id"],  # type: ignore[arg-type]
            status=child.status, records=child.counters, error=child.error,
        )
        for child in children
    ]  # fmt: skip
    return FilesResult(
        completed=ends[JobStatus.COMPLETED], failed=ends[JobStatus.FAILED], cancelled=ends[JobStatus.CANCELLED],
        files=outcomes,
    )  # fmt: skip
