"""Opens tasks: from a request to a durable row, a message and an event."""

import hashlib
import time
import uuid
from contextlib import ExitStack, suppress

import falcon
import msgspec
import psycopg
from msgspec import Struct

from libs.broker.publisher import Publisher
from libs.contracts.files import StoredFile
from libs.contracts.ids import uuid7
from libs.contracts.jobs import JobStatus
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import NewTask, TaskKind, TaskRef
from libs.identity.callers import Caller
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.jobs.events import Events
from libs.tasks.desk import Opened, TaskDesk
from services.ingest.files.forms import MEDIA_TYPE as FORM
from services.ingest.files.wiring import Files
from services.ingest.http.body import BodyReader
from services.ingest.http.headers import idempotency_key
from services.ingest.http.parameters import known_parameters, wants_json
from services.ingest.tasks import parameters

FILE_ID = "file_id"
NO_FILE = uuid.UUID(int=0)
MOST_OPEN_TASKS = 1_000
"""Of one tenant."""


class TaskOpener:
    """Opens the tasks of one process' requests."""

    def __init__(self, bodies: BodyReader, files: Files, desk: TaskDesk, publisher: Publisher, events: Events) -> None:
        self._bodies = bodies
        self._files = files
        self._desk = desk
        self._publisher = publisher
        self._events = events

    def take(self, req: falcon.Request, caller: Caller, kind: TaskKind) -> Opened:
        """Open the task that a request asks for. Raises Refusal, psycopg.Error; then there is none."""
        wants_json(req)
        known_parameters(req)
        key = idempotency_key(req)
        media, _ = falcon.parse_header(req.content_type or "")
        if media.lower() == FORM and FILE_ID in kind.parameters.__struct_fields__:
            return self._open_with_file(req, caller, kind, key)
        asked = parameters.of_body(self._bodies, req, kind)
        return self._open(req, caller, kind, asked, key, _fingerprint(asked))

    def _open_with_file(self, req: falcon.Request, caller: Caller, kind: TaskKind, key: str | None) -> Opened:
        """Keep the file of a form and open the task with it; the file goes where the task is refused or a replay.

        The same file with the same fields is the same request, though its id is another.
        """
        form = self._files.forms.read(req, caller, kind.parameters.__struct_fields__)
        if form.file is None:
            asked = parameters.of_form(form.fields, kind)
            return self._open(req, caller, kind, asked, key, _fingerprint(asked))
        with ExitStack() as undo:
            undo.callback(self._drop, form.file)
            asked = parameters.of_form(form.fields | {FILE_ID: str(form.file.file_id)}, kind)
            same = msgspec.structs.replace(asked, **{FILE_ID: NO_FILE})
            opened = self._open(req, caller, kind, asked, key, _fingerprint(same, form.file.sha256 or ""))
            if not opened.replayed:
                undo.pop_all()
            return opened

    def _drop(self, file: StoredFile) -> None:
        """Have a file go, unless a task has it after all, whose durability nobody heard of."""
        with suppress(psycopg.Error, Refusal):
            self._files.store.delete(file.tenant_id, file.file_id)

    def _open(
        self, req: falcon.Request, caller: Caller, kind: TaskKind, asked: Struct, key: str | None, fingerprint: str
    ) -> Opened:
        """Make the task durable, and wake a processor."""
        given = msgspec.to_builtins(asked)
        new = NewTask(
            tenant_id=caller.tenant_id, task_id=uuid7(time.time_ns() // 1_000_000), type=kind.name, parameters=given,
            lane=given.get("lane", "normal"), entity=given.get("entity"), created_by=caller.subject,
            request_id=req.context.request_id, traceparent=req.context.traceparent, idempotency_key=key,
            fingerprint=fingerprint,
        )  # fmt: skip
        origin = Origin(caller, req.context.request_id, req.context.traceparent, "")
        audit = audit_entry(origin, f"{kind.name}.open", new.task_id, new.entity or "", {})
        opened = self._desk.open(new, audit, most_open=MOST_OPEN_TASKS)
        if not opened.replayed:
            self._publisher.publish([TaskRef(new.tenant_id, new.task_id, new.lane)])
            self._events.changed(new.tenant_id, new.task_id, new.type, JobStatus.PENDING, 1, 0.0)
        return opened


def _fingerprint(asked: Struct, content: str = "") -> str:
    return hashlib.sha256(msgspec.json.encode([asked, content], order="deterministic")).hexdigest()
