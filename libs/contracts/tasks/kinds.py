"""What every type of task declares, and a task as its store holds it."""

import datetime
import uuid
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.jobs import ChunkCounts, JobStatus, Lane, Mode, RecordCounts


class Stage(Struct, frozen=True):
    """A part of a task that people see by name."""

    name: str
    weight: int
    """Its share of the work, among the stages of its type."""
    en: str
    vi: str


class TaskKind(Struct, frozen=True):
    """One type of task."""

    name: str
    parameters: type[Struct]
    """What POST takes; unknown members are refused."""
    result: type[Struct]
    stages: tuple[Stage, ...]
    scope: str = "ingest:write"
    """What the caller must be allowed to."""

    def progress(self, stage: str, share: float) -> float:
        """Percent of the whole, from the share (0 to 1) of a stage that is done; below 100, which is the end alone."""
        total, before = sum(each.weight for each in self.stages), 0.0
        for each in self.stages:
            if each.name == stage:
                return min(100.0 * (before + each.weight * min(max(share, 0.0), 1.0)) / total, MOST_BEFORE_THE_END)
            before += each.weight
        raise KeyError(stage)


MOST_BEFORE_THE_END = 99.9


class Parameters(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a task is asked to do; every type's own parameters are fields of a subclass."""


class Task(Struct, frozen=True, kw_only=True):
    """A task as its store holds it; times are UTC."""

    tenant_id: uuid.UUID
    task_id: uuid.UUID
    parent_id: uuid.UUID | None
    type: str
    entity: str | None
    lane: Lane
    status: JobStatus
    parameters: dict[str, Any]
    result: dict[str, Any] | None
    checkpoint: dict[str, Any] | None
    stage: str
    progress: float
    counters: dict[str, int]
    error: str | None
    """A code of the catalogue, never a value."""
    created_by: str
    request_id: str
    traceparent: str
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    updated_at: datetime.datetime
    version: int
    attempts: int
    strikes: int
    crashes: int
    retries: int
    cancelling: bool

    @property
    def id(self) -> uuid.UUID:
        """As a job's."""
        return self.task_id

    @property
    def records(self) -> RecordCounts:
        """Its counters, as a job's."""
        return RecordCounts(**{name: self.counters.get(name, 0) for name in RecordCounts.__struct_fields__})

    @property
    def chunks(self) -> ChunkCounts:
        """None: it has no chunks of its own."""
        return ChunkCounts()

    @property
    def mode(self) -> Mode | None:
        """How records that exist are handled, if it writes any."""
        mode: Mode | None = self.parameters.get("mode")
        return mode

    @property
    def dry_run(self) -> bool:
        """Whether it writes nothing."""
        return self.parameters.get("dry_run") is True

    def parameters_as(self, kind: TaskKind) -> Any:
        """The parameters as the type's own struct."""
        return msgspec.convert(self.parameters, kind.parameters)


class NewTask(Struct, frozen=True, kw_only=True):
    """A task that somebody asks for."""

    tenant_id: uuid.UUID
    task_id: uuid.UUID
    type: str
    parameters: dict[str, Any]
    lane: Lane
    created_by: str
    request_id: str
    traceparent: str
    entity: str | None = None
    parent_id: uuid.UUID | None = None
    idempotency_key: str | None = None
    fingerprint: str = ""


class LogLine(Struct, frozen=True):
    """One line of a task's story."""

    seq: int
    at: datetime.datetime
    code: str
    params: dict[str, Any]
    actor: str


class TaskRef(Struct, frozen=True):
    """Where a task is; all that a message carries."""

    tenant_id: uuid.UUID
    task_id: uuid.UUID
    lane: Lane
