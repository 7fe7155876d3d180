"""/api/v1/files: takes files, shows them, hands them out and takes them away."""

import falcon
import msgspec

from libs.contracts.files.file import FilePage, StoredFile, file_url, file_view
from libs.contracts.jobs import Before
from libs.contracts.refusals import Refusal
from libs.identity.callers import Caller
from libs.lookup import page_tokens
from libs.telemetry.metrics.requests import UPLOADS
from libs.uploads.files import FileStore
from libs.uploads.rows import After
from libs.uploads.settings import FileSettings
from services.ingest.files.protocols import announced, draft, tus
from services.ingest.files.protocols.forms import MEDIA_TYPE, FormReader
from services.ingest.files.receiver import Receiver
from services.ingest.http.auth import origin_of, require
from services.ingest.http.headers import idempotency_key
from services.ingest.http.parameters import known_parameters, number, wants_json

LARGEST_PAGE = 200
DEFAULT_PAGE = 50


class FilesResource:
    """Takes files by three protocols, and lists them."""

    def __init__(self, store: FileStore, receiver: Receiver, forms: FormReader, settings: FileSettings) -> None:
        self._store, self._receiver, self._forms, self._settings = store, receiver, forms, settings

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """A page of the tenant's files, newest first."""
        caller = require(req, "jobs:read")
        wants_json(req)
        known_parameters(req, "limit", "page_token")
        limit = number(req, "limit", DEFAULT_PAGE, 1, LARGEST_PAGE)
        before = page_tokens.read_job_token(caller.tenant_id, req.params.get("page_token"))
        after = After(before.created_at, before.job_id) if before else None
        files = self._store.files(caller.tenant_id, after=after, limit=limit + 1)
        token = page_tokens.after_job(caller.tenant_id, _place(files[limit - 1])) if len(files) > limit else None
        resp.data = msgspec.json.encode(FilePage([file_view(file) for file in files[:limit]], token))

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Take a file, or announce one."""
        by_tus = tus.speaks(req, resp)
        caller = require(req, "ingest:write")
        known_parameters(req)
        if by_tus:
            self._create_by_tus(req, resp, caller)
        elif draft.speaks(req):
            self._create_by_draft(req, resp, caller)
        elif announced.media_type(req) == MEDIA_TYPE:
            self._create_by_form(req, resp, caller)
        else:
            expected = f"{MEDIA_TYPE} / {tus.MEDIA_TYPE} (Tus-Resumable: {tus.VERSION}) / * (Upload-Complete: ?1)"
            raise Refusal("UPLOAD_MEDIA_TYPE", expected=expected)

    def on_options(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What can be done here."""
        say_abilities(resp, self._settings, "GET, HEAD, OPTIONS, POST")

    def _create_by_tus(self, req: falcon.Request, resp: falcon.Response, caller: Caller) -> None:
        file, checksum = tus.announced(req), tus.checksum(req)
        brings = announced.media_type(req) == tus.MEDIA_TYPE or file.size == 0
        key = None if brings else idempotency_key(req)
        with self._receiver.place(caller.tenant_id):
            if key:
                made = self._receiver.announce_once(origin_of(req, caller), file, key)
                resp.set_header("Location", file_url(made.file_id))
            else:
                receiving = self._receiver.begin(origin_of(req, caller), file, together=checksum is not None)
                resp.set_header("Location", file_url(receiving.file.file_id))
                made = (
                    self._receiver.stretch(req, receiving, ends=False, checksum=checksum) if brings else receiving.file
                )
        tus.say_state(resp, made)
        say_created(resp, made, "tus")

    def _create_by_draft(self, req: falcon.Request, resp: falcon.Response, caller: Caller) -> None:
        file, ends = draft.announced(req), draft.completes(req)
        draft.say_limits(resp, self._settings)
        with self._receiver.place(caller.tenant_id):
            receiving = self._receiver.begin(origin_of(req, caller), file)
            resp.set_header("Location", file_url(receiving.file.file_id))
            made = self._receiver.stretch(req, receiving, ends=ends)
        draft.say_state(resp, made)
        say_created(resp, made, "draft")

    def _create_by_form(self, req: falcon.Request, resp: falcon.Response, caller: Caller) -> None:
        form = self._forms.read(req, origin_of(req, caller))
        if form.file is None:
            raise Refusal("MULTIPART", allowed="-")
        resp.set_header("Location", file_url(form.file.file_id))
        say_created(resp, form.file, "multipart")


def say_created(resp: falcon.Response, file: StoredFile, protocol: str) -> None:
    """Answer 201 with a file that is there now, or begun."""
    resp.status = falcon.HTTP_201
    say_file(resp, file, protocol)


def say_file(resp: falcon.Response, file: StoredFile, protocol: str) -> None:
    """Answer with a file; one that is complete has become so by this request."""
    if file.state == "complete":
        UPLOADS.labels(protocol).inc()
    resp.data = msgspec.json.encode(file_view(file))


def say_abilities(resp: falcon.Response, settings: FileSettings, methods: str) -> None:
    """Answer OPTIONS."""
    resp.status = falcon.HTTP_204
    resp.set_header("Allow", methods)
    resp.set_header("Accept-Patch", f"{tus.MEDIA_TYPE}, {draft.MEDIA_TYPE}")
    tus.say_abilities(resp, settings.max_file_bytes)
    draft.say_limits(resp, settings)


def _place(file: StoredFile) -> Before:
    return Before(file.created_at, file.file_id)
