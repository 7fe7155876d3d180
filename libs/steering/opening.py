"""Opens tasks: from what somebody asks for to a durable row, a message and an event."""

import hashlib
import time
import uuid
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeAlias

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

Check: TypeAlias = Callable[[uuid.UUID, Any], None]
"""Raises Refusal where a tenant may not have a task with these parameters now."""


NO_CHECKS: Mapping[str, Check] = {}


class TaskOpening:
    """Opens tasks of every type; some types are checked first, by their names."""

    def __init__(
        self, desk: TaskDesk, publisher: Publisher, events: Events, checks: Mapping[str, Check] = NO_CHECKS
    ) -> None:
        self._desk = desk
        self._publisher = publisher
        self._events = events
        self._checks = checks

    def open(
        self, origin: Origin, kind: TaskKind, asked: Struct, *, key: str | None = None, fingerprint: str | None = None
    ) -> Opened:
        """Make a task durable, and wake a processor. The same again, under the same key, is a replay.

        What makes two requests the same are their parameters, unless a fingerprint says otherwise. Raises Refusal,
        psycopg.Error; then there is none.
        """
        given, caller = msgspec.to_builtins(asked), origin.caller
        new = NewTask(
            tenant_id=caller.tenant_id, task_id=uuid7(time.time_ns() // 1_000_000), type=kind.name, parameters=given,
            lane=given.get("lane", "normal"), entity=given.get("entity"), created_by=caller.subject,
            request_id=origin.request_id, traceparent=origin.traceparent, idempotency_key=key,
            fingerprint=fingerprint or fingerprint_of(asked),
        )  # fmt: skip
        audit = audit_entry(origin, f"{kind.name}.open", new.task_id, new.entity or "", {}, given.get("reason", ""))
        check = self._checks.get(kind.name, lambda *_: None)
        opened = self._desk.open(new, audit, most_open=MOST_OPEN_TASKS, require=partial(check, caller.tenant_id, asked))
        if not opened.replayed:
            self._publisher.publish([TaskRef(new.tenant_id, new.task_id, new.lane)])
            self._events.changed(new.tenant_id, new.task_id, new.type, JobStatus.PENDING, 1, 0.0)
        return opened


def fingerprint_of(asked: Struct, content: str = "") -> str:
    """What makes two requests for a task the same."""
    return hashlib.sha256(msgspec.json.encode([asked, content], order="deterministic")).hexdigest()
