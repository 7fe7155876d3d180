"""Opens the tasks that requests ask for, with the file that some of them bring."""

import uuid
from contextlib import ExitStack, suppress

import falcon
import msgspec
import psycopg
from msgspec import Struct

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import TaskKind
from libs.identity.callers import Caller
from libs.steering.opening import TaskOpening, fingerprint_of
from libs.tasks.desk import Opened
from services.ingest.files.protocols.forms import MEDIA_TYPE as FORM
from services.ingest.files.wiring import Files
from services.ingest.http.auth import origin_of
from services.ingest.http.body import BodyReader
from services.ingest.http.headers import idempotency_key
from services.ingest.http.parameters import known_parameters, wants_json
from services.ingest.tasks import parameters

FILE_ID = "file_id"
NO_FILE = uuid.UUID(int=0)


class TaskOpener:
    """Opens the tasks of one process' requests."""

    def __init__(self, bodies: BodyReader, files: Files, opening: TaskOpening) -> None:
        self._bodies = bodies
        self._files = files
        self._opening = opening

    def take(self, req: falcon.Request, caller: Caller, kind: TaskKind) -> Opened:
        """Open the task that a request asks for. Raises Refusal, psycopg.Error; then there is none."""
        wants_json(req)
        known_parameters(req)
        key = idempotency_key(req)
        media, _ = falcon.parse_header(req.content_type or "")
        if media.lower() == FORM and FILE_ID in kind.parameters.__struct_fields__:
            return self._open_with_file(req, caller, kind, key)
        asked = parameters.of_body(self._bodies, req, kind)
        return self._open(req, caller, kind, asked, key, fingerprint_of(asked))

    def _open_with_file(self, req: falcon.Request, caller: Caller, kind: TaskKind, key: str | None) -> Opened:
        """Keep the file of a form and open the task with it; the file goes where the task is refused or a replay.

        The same file with the same fields is the same request, though its id is another.
        """
        form = self._files.forms.read(req, origin_of(req, caller), kind.parameters.__struct_fields__)
        if form.file is None:
            asked = parameters.of_form(form.fields, kind)
            return self._open(req, caller, kind, asked, key, fingerprint_of(asked))
        with ExitStack() as undo:
            undo.callback(self._drop, form.file)
            asked = parameters.of_form(form.fields | {FILE_ID: str(form.file.file_id)}, kind)
            same = msgspec.structs.replace(asked, **{FILE_ID: NO_FILE})
            opened = self._open(req, caller, kind, asked, key, fingerprint_of(same, form.file.sha256 or ""))
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
        return self._opening.open(origin_of(req, caller), kind, asked, key=key, fingerprint=fingerprint)
