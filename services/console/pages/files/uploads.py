"""/uploads: what the script of the page of files speaks, tus 1.0 as far as it needs it."""

import uuid

import falcon
import falcon.asgi

from libs.contracts.files.file import StoredFile
from libs.contracts.refusals import Refusal
from libs.intake.options import Origin
from libs.steering.files import file_audit
from libs.uploads.announcing import metadata_name, whole_number
from libs.uploads.files import FileStore
from services.console.http.site import Site
from services.console.http.threads import Threads
from services.console.pages.files.receiving import Receiver
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

VERSION = "1.0.0"
MEDIA_TYPE = "application/offset+octet-stream"


class UploadResource:
    """Uploads that go on where they were cut."""

    def __init__(self, site: Site, gate: Gate, threads: Threads, store: FileStore, receiver: Receiver) -> None:
        self._site = site
        self._gate = gate
        self._threads = threads
        self._store = store
        self._receiver = receiver

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Begin to bring a file, or go on with one that the same person has begun."""
        origin = await self._origin(req, resp)
        metadata = req.get_header("Upload-Metadata", default="")
        name, size = metadata_name(metadata), _required(req, "Upload-Length")
        file = await self._threads.run(self._receiver.announce, origin, name, size, metadata)
        resp.status = falcon.HTTP_201
        resp.location = self._site.path(f"/uploads/{file.file_id}")
        resp.set_header("Content-Location", self._site.path(f"/files/{file.file_id}"))
        _say(resp, file)

    async def on_head(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """How far an upload is."""
        _speaks(req, resp)
        person = await self._gate.person(req, Right.INGEST)
        _say(resp, await self._threads.run(find, self._store, person, file))

    async def on_patch(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """Go on with one."""
        origin = await self._origin(req, resp)
        if (req.content_type or "").partition(";")[0].strip().lower() != MEDIA_TYPE:
            raise Refusal("UPLOAD_MEDIA_TYPE", expected=MEDIA_TYPE)
        offset = _required(req, "Upload-Offset")
        now = await self._receiver.stretch(req, origin, file_id(file), offset)
        resp.status = falcon.HTTP_204
        _say(resp, now)

    async def on_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """Give one up."""
        origin = await self._origin(req, resp)
        known = file_id(file)
        await self._threads.run(self._store.delete, origin.caller.tenant_id, known, file_audit(origin, "delete", known))
        resp.status = falcon.HTTP_204

    async def _origin(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> Origin:
        self._gate.require_own(req)
        _speaks(req, resp)
        return origin_of(req, await self._gate.person(req, Right.INGEST))


def origin_of(req: falcon.asgi.Request, person: Person) -> Origin:
    """What of a request goes with what it changes."""
    return Origin(person.caller, req.context.request_id, req.context.traceparent, "")


def file_id(text: str) -> uuid.UUID:
    """A file's id from the path; what is no UUID names no file. Raises Refusal."""
    try:
        return uuid.UUID(text)
    except ValueError as error:
        raise Refusal("FILE_NOT_FOUND") from error


def find(store: FileStore, person: Person, text: str) -> StoredFile:
    """The file that a path names. Raises Refusal."""
    found = store.file(person.caller.tenant_id, file_id(text))
    if found is None:
        raise Refusal("FILE_NOT_FOUND")
    return found


def _speaks(req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
    resp.set_header("Tus-Resumable", VERSION)
    if req.get_header("Tus-Resumable") != VERSION:
        raise Refusal("TUS_VERSION", headers={"Tus-Version": VERSION})


def _required(req: falcon.asgi.Request, name: str) -> int:
    value = whole_number(name, req.get_header(name))
    if value is None:
        raise Refusal("UPLOAD_HEADER", name=name, expected="0, 1, 2, …")
    return value


def _say(resp: falcon.asgi.Response, file: StoredFile) -> None:
    resp.set_header("Upload-Offset", str(file.received))
    if file.size is not None:
        resp.set_header("Upload-Length", str(file.size))
