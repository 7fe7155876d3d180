"""Runs tasks: from a message to an end, or to a time when it is tried again. Never raises: a message is a hint."""

import threading
import time
from collections.abc import Callable, Mapping

import msgspec
import psycopg
import redis
import structlog
from msgspec.structs import replace

from libs.contracts.jobs import JobStatus, Lane
from libs.contracts.refusals import Refusal
from libs.contracts.system.workers import Doing
from libs.contracts.tasks.kinds import Task, TaskKind, TaskRef
from libs.tasks.context import CancelledError, Context, ParkError, TaskFailedError, TransientError
from libs.tasks.store import Lease, LeaseLostError, Noted, TaskStore
from libs.telemetry.metrics.known import known
from libs.telemetry.metrics.tasks import TASK_RUN_SECONDS, TASKS_ENDED
from libs.telemetry.process.crashpoints import crash_point
from libs.telemetry.traces.spans import current, span
from libs.telemetry.traces.tracing import trace_id

log = structlog.get_logger()

MOST_STRIKES = 3
MOST_CRASHES = 5
"""Processors in a row that a task may cost, before it is taken for the cause."""
BACKOFF_S = (1.0, 5.0, 30.0)
CANCEL_LIMIT = 100

Function = Callable[[Context], msgspec.Struct]
"""Does a task's work and returns its result, a struct of its kind's type."""
Announce = Callable[[Task, JobStatus, Noted], None]
"""Tells whoever listens that a task has changed."""


class Runner:
    """Runs the tasks of one processor; used by all its threads."""

    def __init__(
        self,
        store: TaskStore,
        types: Mapping[str, tuple[TaskKind, Function]],
        announce: Announce,
        stands_still: Callable[[Lane], bool] = lambda _: False,
    ) -> None:
        self._store = store
        self._stands_still = stands_still
        self._types = types
        self._announce = announce
        self._running: dict[str, Context] = {}
        self._lock = threading.Lock()
        self._leaving = False
        known(TASKS_ENDED, types, [status for status in JobStatus if status.ended])

    def handle(self, ref: TaskRef) -> None:
        """Run the task that a message hints at, if it is there to be run and its lane is not paused."""
        if not self._stands_still(ref.lane):
            self._handle(ref)

    def _handle(self, ref: TaskRef) -> None:
        if self._leaving:
            return
        try:
            lease = self._store.claim(ref)
            if lease is not None:
                crash_point("task.after_claim")
                self._run(lease)
        except LeaseLostError:
            log.warning("task_lease_lost", task_id=str(ref.task_id))
        except (psycopg.Error, redis.RedisError) as error:
            # Its lease runs out, and the sweeper brings it back.
            log.warning("task_interrupted", task_id=str(ref.task_id), exc_info=error)
        except Exception:  # the same holds; Dramatiq would move the message to its dead letters
            log.exception("task_delivery_failed", task_id=str(ref.task_id))

    def extend_leases(self) -> None:
        """Keep the leases of the tasks that run here, and hear which of them are cancelled; called every second."""
        with self._lock:
            running = list(self._running.values())
        if not running:
            return
        held = self._store.extend([context.lease for context in running])
        for context in running:
            cancelling = held.get(context.lease.token)
            if cancelling is None:
                context.lost.set()
            elif cancelling:
                context.cancelled.set()

    def end_cancelled(self) -> None:
        """Run what is to be cancelled and nobody runs, here and now: it takes no place, and waits for none."""
        for ref in self._store.cancelled(CANCEL_LIMIT):
            self._handle(ref)

    def leave(self) -> None:
        """Begin nothing more, and give back what runs here at its next step."""
        self._leaving = True
        with self._lock:
            for context in self._running.values():
                context.leaving.set()

    @property
    def running(self) -> int:
        """How many tasks run here now."""
        with self._lock:
            return len(self._running)

    def doing(self) -> list[Doing]:
        """What runs here now, without anything of its tenants."""
        now = time.monotonic()
        with self._lock:
            running = list(self._running.values())
        return [
            Doing(type=each.task.type, entity=each.task.entity, lane=each.task.lane, seconds=now - each.began)
            for each in running
        ]

    def _run(self, lease: Lease) -> None:
        found = self._types.get(lease.task.type)
        if found is None or lease.task.crashes > MOST_CRASHES:
            self._end(lease, JobStatus.FAILED, error="TASK_CRASHED" if found else "TASK_TYPE_UNKNOWN")
            return
        kind, function = found
        task = lease.task
        notes = {"sluice.job_id": str(task.task_id), "sluice.type": kind.name, "sluice.lane": task.lane}
        with span(f"task {kind.name}", task.traceparent, "consumer", notes) as told:
            # What the task opens goes on with the trace below this run of it.
            self._run_known(replace(lease, task=replace(task, traceparent=told.traceparent)), kind, function)

    def _run_known(self, lease: Lease, kind: TaskKind, function: Function) -> None:
        context = Context(self._store, lease, kind, self._announce)
        with self._lock:
            self._running[str(lease.token)] = context
            if self._leaving:
                context.leaving.set()
        self._announce(
            lease.task, JobStatus.PROCESSING, Noted(lease.task.version, lease.task.progress, cancelling=False)
        )
        try:
            with (
                structlog.contextvars.bound_contextvars(
                    task_id=str(lease.task.task_id), type=kind.name, request_id=lease.task.request_id,
                    trace_id=trace_id(lease.task.traceparent),
                ),
                TASK_RUN_SECONDS.labels(kind.name).time(),
            ):  # fmt: skip
                self._work(context, function)
        finally:
            with self._lock:
                del self._running[str(lease.token)]

    def _work(self, context: Context, function: Function) -> None:
        lease = context.lease
        try:
            result = function(context)
            crash_point("task.before_end")
            self._end(lease, JobStatus.COMPLETED, result=result)
        except LeaseLostError:
            raise
        except CancelledError:
            self._end(lease, JobStatus.CANCELLED)
        except ParkError as parked:
            self._store.park(lease, parked.seconds, story="HANDED_BACK" if context.leaving.is_set() else "")
        except TaskFailedError as failed:
            self._end(lease, JobStatus.FAILED, error=failed.code, params=failed.params)
        except Refusal as refusal:
            self._refused(lease, refusal)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it may pass; and the thread lives on
            self._put_off(lease, error)

    def _refused(self, lease: Lease, refusal: Refusal) -> None:
        """What a request would have been refused for is the end of a task, unless it may pass."""
        if refusal.problem.retryable:
            self._put_off(lease, TransientError(refusal.problem.code))
        else:
            self._end(lease, JobStatus.FAILED, error=refusal.problem.code, params=refusal.params)

    def _put_off(self, lease: Lease, error: Exception) -> None:
        code = error.code if isinstance(error, TransientError) else _code_of(error)
        current().fail(code)
        strikes = lease.task.strikes
        log.warning("task_put_off", code=code, strikes=strikes, exc_info=error)
        if strikes >= MOST_STRIKES:
            self._end(lease, JobStatus.FAILED, error=code)
        else:
            self._store.put_off(lease, BACKOFF_S[min(strikes, len(BACKOFF_S) - 1)], code)

    def _end(
        self,
        lease: Lease,
        status: JobStatus,
        *,
        result: msgspec.Struct | None = None,
        error: str | None = None,
        params: dict[str, object] | None = None,
    ) -> None:
        built = None if result is None else msgspec.to_builtins(result)
        noted = self._store.end(lease, status, result=built, error=error, params=params)
        crash_point("task.after_end")
        TASKS_ENDED.labels(lease.task.type, status.value).inc()
        current().note({"sluice.status": status.value})
        if error:
            current().fail(error)
        self._announce(lease.task, status, noted)
        log.info("task_ended", status=status.value, code=error)


def _code_of(error: Exception) -> str:
    """What people are told of an error that nobody foresaw: its kind, never its text."""
    return getattr(error, "sqlstate", None) or type(error).__name__
