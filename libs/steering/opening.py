"""Opens tasks, whoever asks: from parameters to a durable row, a message and an event."""

import hashlib
import time

import msgspec
from msgspec import Struct

from libs.broker.publisher import Publisher
from libs.contracts.ids import uuid7
from libs.contracts.jobs import JobStatus
from libs.contracts.tasks.kinds import NewTask, TaskKind, TaskRef
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.jobs.events import Events
from libs.tasks.desk import Opened, TaskDesk

MOST_OPEN_TASKS = 1_000
"""Of one tenant."""


class TaskOpening:
    """Opens tasks of every type. Raises Refusal, psycopg.Error; then there is none."""

    def __init__(self, desk: TaskDesk, publisher: Publisher, events: Events) -> None:
        self._desk = desk
        self._publisher = publisher
        self._events = events

    def open(
        self, origin: Origin, kind: TaskKind, asked: Struct, *, key: str | None = None, fingerprint: str | None = None
    ) -> Opened:
        """Make a task durable, and wake a processor. The same again, under the same key, is a replay.

        What makes two requests the same are their parameters, unless a fingerprint says otherwise.
        """
        given = msgspec.to_builtins(asked)
        new = NewTask(
            tenant_id=origin.caller.tenant_id, task_id=uuid7(time.time_ns() // 1_000_000), type=kind.name,
            parameters=given, lane=given.get("lane", "normal"), entity=given.get("entity"),
            created_by=origin.caller.subject, request_id=origin.request_id, traceparent=origin.traceparent,
            idempotency_key=key, fingerprint=fingerprint or fingerprint_of(asked),
        )  # fmt: skip
        audit = audit_entry(origin, f"{kind.name}.open", new.task_id, new.entity or "", {})
        opened = self._desk.open(new, audit, most_open=MOST_OPEN_TASKS)
        if not opened.replayed:
            self._publisher.publish([TaskRef(new.tenant_id, new.task_id, new.lane)])
            self._events.changed(new.tenant_id, new.task_id, new.type, JobStatus.PENDING, 1, 0.0)
        return opened


def fingerprint_of(asked: Struct, content: str = "") -> str:
    """What makes two requests the same: their parameters, and a digest of what came with them."""
    return hashlib.sha256(msgspec.json.encode([asked, content], order="deterministic")).hexdigest()
