"""Cancels or retries all jobs that match a filter, page by page.

The jobs of a page are noted before anything is done with them, and each step has a name that this task and the job give
it: a run that dies repeats a page at most, and what is repeated of it is done already.
"""

import uuid
from collections import Counter

import redis
import structlog
from msgspec.structs import replace

from libs.contracts.filters import JobFilter
from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.bulk import BulkFailure, BulkParameters, BulkResult, BulkState
from libs.identity.callers import Caller
from libs.intake.options import Origin
from libs.lookup.pages import PAGE
from libs.tasks.context import Context, ParkError, TaskFailedError
from libs.telemetry.process.crashpoints import crash_point
from services.processor.tools import Tools

log = structlog.get_logger()

AWAY_S = 2.0
"""How long it rests where Redis does not answer."""
FAILURES_KEPT = 100
LOST = "PAYLOAD_FORGOTTEN"
"""Why a job that failed cannot be tried again, though it should be."""


def run(context: Context, tools: Tools) -> BulkResult:
    """Act on all that match."""
    try:
        return _run(context, tools)
    except redis.RedisError as error:
        log.warning("bulk_interrupted", exc_info=error)
        raise ParkError(AWAY_S) from error


def _run(context: Context, tools: Tools) -> BulkResult:
    wanted = context.parameters.filter.opened_by(context.parameters.before or context.task.created_at)
    state: BulkState = context.restored(BulkState) or _counted(context, tools, wanted)
    while True:
        state = _acted(context, tools, state)
        if state.read:
            return _result(state)
        state = _turned(context, tools, wanted, state)


def _counted(context: Context, tools: Tools, wanted: JobFilter) -> BulkState:
    """How many match now, this task aside. Raises TaskFailedError where they are more than somebody has seen."""
    total = 0
    for page in tools.pages.each(context.task.tenant_id, wanted):
        context.progress("count", 0.0)
        total += len(_others(context, page.jobs))
        _require_expected(context, total)
    context.log("BULK_COUNTED", count=total)
    return BulkState(total=total)


def _turned(context: Context, tools: Tools, wanted: JobFilter, state: BulkState) -> BulkState:
    """The next page, noted."""
    page = tools.pages.page(context.task.tenant_id, wanted, before=state.after, limit=PAGE)
    jobs = _others(context, page.jobs)
    _require_expected(context, state.acted + len(jobs))
    state = replace(state, jobs=jobs, after=page.after, read=page.after is None)
    context.checkpoint("act", _share(state, 0), state, _counters(state))
    return state


def _acted(context: Context, tools: Tools, state: BulkState) -> BulkState:
    """What became of the jobs of the page, and of those before."""
    found = {job.id: job for job in tools.every.find_all(context.task.tenant_id, state.jobs)}
    came: Counter[str] = Counter()
    failures = list(state.failures)
    for number, job_id in enumerate(state.jobs, 1):
        code = _tried(context, tools, found.get(job_id))
        came["done" if not code else "failed" if code == LOST else "skipped"] += 1
        if code == LOST:
            failures.append(BulkFailure(job_id=job_id, code=code))
        crash_point("bulk.after_job")
        context.progress("act", _share(state, number))
    return replace(
        state, done=state.done + came["done"], skipped=state.skipped + came["skipped"],
        failed=state.failed + came["failed"], failures=failures[:FAILURES_KEPT], jobs=[],
    )  # fmt: skip


def _tried(context: Context, tools: Tools, job: Job | Task | None) -> str:
    """Act on one job; why not, where nothing was done with it."""
    parameters: BulkParameters = context.parameters
    if job is None:
        return "GONE"
    origin, step = _origin(context.task), uuid.uuid5(context.task.task_id, str(job.id))
    try:
        if parameters.action == "cancel":
            tools.steering.cancel(job, origin, parameters.reason, step=step)
        else:
            tools.steering.retry(job, origin, parameters.strategy, parameters.reason, step=step)
    except Refusal as refusal:
        if refusal.problem.code != "JOB_STATE":
            raise
        return str(refusal.members["reason"])
    return ""


def _origin(task: Task) -> Origin:
    return Origin(Caller(task.created_by, task.tenant_id, frozenset()), task.request_id, task.traceparent, "bulk")


def _others(context: Context, jobs: list[Job | Task]) -> list[uuid.UUID]:
    return [job.id for job in jobs if job.id != context.task.task_id]


def _require_expected(context: Context, count: int) -> None:
    if count > context.parameters.expected:
        raise TaskFailedError("BULK_MORE", expected=context.parameters.expected)


def _share(state: BulkState, more: int) -> float:
    return (state.acted + more) / max(state.total, 1)


def _counters(state: BulkState) -> dict[str, int]:
    """For people; none of them counts records."""
    return {
        "jobs": state.total, "jobs_done": state.done, "jobs_skipped": state.skipped, "jobs_failed": state.failed,
    }  # fmt: skip


def _result(state: BulkState) -> BulkResult:
    return BulkResult(
        matched=state.acted, done=state.done, skipped=state.skipped, failed=state.failed, failures=state.failures
    )
