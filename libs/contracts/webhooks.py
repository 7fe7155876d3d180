"""What is told to whoever listens outside: events, as the body of a webhook. None holds a value of a record."""

import datetime
import uuid
from typing import Literal, get_args

import msgspec
from msgspec import Struct

from libs.contracts.ids import uuid7
from libs.contracts.jobs import JobStatus, RecordCounts
from libs.contracts.tasks.types.report import ReportResult

EventType = Literal["report.made", "job.ended"]
EVENT_TYPES: tuple[EventType, ...] = get_args(EventType)


class JobEnded(Struct, frozen=True, kw_only=True):
    """A job of a type that processors run has ended."""

    tenant_id: uuid.UUID
    job_id: uuid.UUID
    type: str
    entity: str | None
    status: JobStatus
    error: str | None
    """A code of the catalogue."""
    records: RecordCounts
    created_at: datetime.datetime
    finished_at: datetime.datetime | None


class ReportMade(Struct, frozen=True, kw_only=True):
    """A report is there."""

    tenant_id: uuid.UUID
    job_id: uuid.UUID
    report: ReportResult


class Event(Struct, frozen=True, kw_only=True):
    """Something that has happened; its members are named as Standard Webhooks names them."""

    type: EventType
    timestamp: datetime.datetime
    data: Struct


class NewLetter(Struct, frozen=True, kw_only=True):
    """An event on its way into the outbox."""

    tenant_id: uuid.UUID
    event_id: uuid.UUID
    type: EventType
    body: str
    """As it is signed and sent, each time the same."""


def letter(tenant_id: uuid.UUID, event: Event) -> NewLetter:
    """An event as it will be sent."""
    body = msgspec.json.encode(event).decode()
    event_id = uuid7(int(event.timestamp.timestamp() * 1000))
    return NewLetter(tenant_id=tenant_id, event_id=event_id, type=event.type, body=body)
