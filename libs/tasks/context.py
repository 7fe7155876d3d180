"""What a type's function is given: its task, and the few things it may do besides its work."""

import threading
import time
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.jobs import JobStatus
from libs.contracts.tasks.kinds import Task, TaskKind
from libs.tasks.store import Lease, LeaseLostError, Noted, TaskStore
from libs.telemetry.process.crashpoints import crash_point

QUIET_S = 0.25
"""Progress is noted this often at most; a checkpoint always is."""


class CancelledError(Exception):
    """Somebody asked for the task's end; a type that has something to clean up catches it, and raises it again."""


class ParkError(Exception):
    """The task has to wait for something and gives its thread back meanwhile; raised by `Context.park`."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class TaskFailedError(Exception):
    """The task cannot be done, and doing it again would not help; `code` is one of the catalogue."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


class TransientError(Exception):
    """Something was not there that will be again; the task is put off. `code` is one of the catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Context:
    """One run of one task. Every method raises LeaseLostError once another processor has the task."""

    def __init__(
        self, store: TaskStore, lease: Lease, kind: TaskKind, announce: Callable[[Task, JobStatus, Noted], None]
    ) -> None:
        self.kind = kind
        self.lease = lease
        self.cancelled = threading.Event()
        self.lost = threading.Event()
        """Both are set by the heartbeat, which runs beside the task."""
        self.leaving = threading.Event()
        """Set when the processor shuts down: the task is given back at its next step."""
        if lease.task.cancelling:
            self.cancelled.set()
        self._store = store
        self._announce = announce
        self.began = time.monotonic()
        self._noted_at = 0.0
        self._stage = lease.task.stage

    @property
    def task(self) -> Task:
        """The task as it was when its run began."""
        return self.lease.task

    @property
    def parameters(self) -> Any:
        """The parameters, as the type's own struct."""
        return self.task.parameters_as(self.kind)

    def restored(self, checkpoint: type[Struct]) -> Any:
        """The last checkpoint of an earlier run; None where there is none."""
        return None if self.task.checkpoint is None else msgspec.convert(self.task.checkpoint, checkpoint)

    def progress(self, stage: str, share: float, counters: dict[str, int] | None = None) -> None:
        """Say that a share (0 to 1) of a stage is done. Cheap: it may be called for every stretch of work."""
        self.stop_if_cancelled()
        now = time.monotonic()
        if now - self._noted_at >= QUIET_S:
            self._noted_at = now
            self._note(stage, share, counters, None)

    def checkpoint(self, stage: str, share: float, state: Struct, counters: dict[str, int] | None = None) -> None:
        """Keep what the next run needs to go on from here."""
        self._note(stage, share, counters, msgspec.to_builtins(state))
        crash_point("task.after_checkpoint")
        self.stop_if_cancelled()

    def log(self, code: str, **params: Any) -> None:
        """Add a line to the task's story; `code` is one of the catalogue."""
        self._store.log(self.lease, code, params)

    def stop_if_cancelled(self) -> None:
        """Raises CancelledError where somebody asked for the end, LeaseLostError where the lease is gone.

        Where the processor shuts down it raises ParkError: another one goes on from the last checkpoint.
        """
        if self.lost.is_set():
            raise LeaseLostError
        if self.cancelled.is_set():
            raise CancelledError
        if self.leaving.is_set():
            raise ParkError(0.0)

    def park(self, seconds: float) -> None:
        """Give the thread back and be run again after a while. Raises ParkError, always."""
        self.stop_if_cancelled()
        raise ParkError(seconds)

    def _note(self, stage: str, share: float, counters: dict[str, int] | None, state: dict[str, Any] | None) -> None:
        percent = self.kind.progress(stage, share)
        if stage != self._stage:
            self._stage = stage
            self.log("STAGE", name=stage)
        noted = self._store.note(self.lease, stage, percent, counters=counters, checkpoint=state)
        self._announce(self.task, JobStatus.PROCESSING, noted)
        if noted.cancelling:
            self.cancelled.set()
