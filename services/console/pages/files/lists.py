"""/files: the tenant's files, and where new ones are brought to."""

import falcon
import falcon.asgi

from services.console.http.threads import Threads
from services.console.pages.files.forms import FormReader
from services.console.pages.files.reading import FileReading
from services.console.pages.files.steps import brief_of
from services.console.pages.files.uploads import origin_of
from services.console.pages.now import STREAM
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right


class FileListResource:
    """Shows them and takes them, from browsers without scripts as a form."""

    def __init__(
        self, view: View, gate: Gate, threads: Threads, reading: FileReading, forms: FormReader, limit: int
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._reading = reading
        self._forms = forms
        self._limit = limit

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """A page of them, newest first."""
        person = await self._gate.person(req, Right.VIEW)
        token = req.params.get("page_token")
        page = await self._threads.run(self._reading.page, person.caller.tenant_id, token)
        self._view.show(
            req, resp, "files/list.html", person, section="files", page=page, first=token is None, stream=STREAM,
            limit=self._limit,
            briefs={file.file_id: brief_of(file) for file in page.files},
        )  # fmt: skip

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Take the files of a form."""
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.INGEST)
        files = await self._forms.read(req, origin_of(req, person))
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(f"/files/{files[0].file_id}" if len(files) == 1 else "/files")
