"""/api/v1/files/{file}: one file, whole or still coming."""

import uuid

import falcon
import msgspec

from libs.contracts.files.file import StoredFile, file_view
from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from libs.steering.files import file_audit
from libs.uploads.files import FileStore
from libs.uploads.settings import FileSettings
from services.ingest.files.protocols import announced, draft, tus
from services.ingest.files.receiver import Receiver
from services.ingest.files.resource import say_abilities, say_file
from services.ingest.http.auth import origin_of, require
from services.ingest.http.parameters import known_parameters, wants_json

OVERRIDE = "X-HTTP-Method-Override"


class FileResource:
    """Shows a file, goes on with its upload, and takes it away."""

    def __init__(self, store: FileStore, receiver: Receiver, settings: FileSettings) -> None:
        self._store, self._receiver, self._settings = store, receiver, settings

    def on_get(self, req: falcon.Request, resp: falcon.Response, file: str) -> None:
        """What is known of a file; by HEAD, how far its upload is."""
        by_tus = tus.speaks(req, resp)
        known_parameters(req)
        resp.set_header("Cache-Control", "no-store")
        if req.context.method == "HEAD" and (by_tus or draft.speaks(req)):
            self._say_offset(req, resp, file, by_tus=by_tus)
            return
        wants_json(req)
        found = find(self._store, require(req, "jobs:read"), file)
        draft.say_state(resp, found)
        resp.data = msgspec.json.encode(file_view(found))

    def on_patch(self, req: falcon.Request, resp: falcon.Response, file: str) -> None:
        """Go on with an upload."""
        by_tus = tus.speaks(req, resp)
        caller = require(req, "ingest:write")
        known_parameters(req)
        with self._receiver.place(caller.tenant_id):
            if by_tus:
                self._go_on_by_tus(req, resp, caller, file_id(file))
            else:
                self._go_on_by_draft(req, resp, caller, file_id(file))

    def on_delete(self, req: falcon.Request, resp: falcon.Response, file: str) -> None:
        """Have nobody find a file any more."""
        tus.speaks(req, resp)
        caller = require(req, "ingest:write")
        known_parameters(req)
        known = file_id(file)
        self._store.delete(caller.tenant_id, known, file_audit(origin_of(req, caller), "delete", known))
        resp.status = falcon.HTTP_204

    def on_post(self, req: falcon.Request, resp: falcon.Response, file: str) -> None:
        """PATCH and DELETE, for whoever can send neither."""
        meant = {"PATCH": self.on_patch, "DELETE": self.on_delete}.get(req.get_header(OVERRIDE, default="").upper())
        if meant is None:
            raise falcon.HTTPMethodNotAllowed(["DELETE", "GET", "PATCH"])
        meant(req, resp, file)

    def on_options(self, req: falcon.Request, resp: falcon.Response, file: str) -> None:
        """What can be done here."""
        say_abilities(resp, self._settings, "DELETE, GET, HEAD, OPTIONS, PATCH")

    def _say_offset(self, req: falcon.Request, resp: falcon.Response, file: str, *, by_tus: bool) -> None:
        """Say where to go on. An older request adds nothing from now on, so that this stays true."""
        caller = require(req, "ingest:write")
        found = find(self._store, caller, file)
        if found.state != "complete":
            found = self._receiver.take_over(caller.tenant_id, found.file_id)
        if by_tus:
            tus.say_state(resp, found)
        else:
            resp.status = falcon.HTTP_204
            draft.say_state(resp, found)
            draft.say_limits(resp, self._settings)

    def _go_on_by_tus(self, req: falcon.Request, resp: falcon.Response, caller: Caller, known: uuid.UUID) -> None:
        announced.require_media_type(req, tus.MEDIA_TYPE)
        checksum = tus.checksum(req)
        receiving = self._store.go_on(
            caller.tenant_id, known, offset=tus.offset(req), size=announced.number(req, "Upload-Length"),
            together=checksum is not None,
        )  # fmt: skip
        now = self._receiver.stretch(req, receiving, ends=False, checksum=checksum)
        tus.say_state(resp, now)
        say_file(resp, now, "tus")
        resp.data, resp.status = None, falcon.HTTP_204

    def _go_on_by_draft(self, req: falcon.Request, resp: falcon.Response, caller: Caller, known: uuid.UUID) -> None:
        announced.require_media_type(req, draft.MEDIA_TYPE, draft.PLAIN)
        offset, ends = announced.required(req, "Upload-Offset"), draft.completes(req)
        receiving = self._store.go_on(caller.tenant_id, known, offset=offset, size=draft.size(req, offset))
        now = self._receiver.stretch(req, receiving, ends=ends)
        draft.say_state(resp, now)
        say_file(resp, now, "draft")
        if now.state != "complete":
            resp.data, resp.status = None, falcon.HTTP_204


def file_id(text: str) -> uuid.UUID:
    """A file's id from the path; what is no UUID names no file. Raises Refusal."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Refusal("FILE_NOT_FOUND") from error


def find(store: FileStore, caller: Caller, text: str) -> StoredFile:
    """The file that a path names. Raises Refusal."""
    found = store.file(caller.tenant_id, file_id(text))
    if found is None:
        raise Refusal("FILE_NOT_FOUND")
    return found
