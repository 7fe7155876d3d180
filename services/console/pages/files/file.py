"""/files/{id}: one file, what is in it, and what is next."""

import uuid

import falcon
import falcon.asgi

from libs.contracts.files.file import StoredFile
from libs.contracts.files.mappings import Source
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.types.analyze import ANALYZE, AnalyzeParameters
from libs.contracts.tasks.types.mapping import MAPPING, MappingParameters
from libs.files.formats import FORMATS
from libs.files.sniffing.encoding import is_readable
from libs.steering.files import file_audit
from libs.steering.opening import TaskOpening
from libs.uploads.files import FileStore
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.files.reading import COLUMNS_ANALYSED, FileReading, source_with
from services.console.pages.files.steps import STAGES, Way, analysis_of
from services.console.pages.files.uploads import find, origin_of
from services.console.pages.files.words import words_of
from services.console.pages.now import STREAM
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

ENCODINGS = ("utf-8", "tcvn3", "vni", "cp1258", "utf-16-le", "utf-16-be", "cp1252")
LONGEST_FIELD = 200


class FileResource:
    """The page of a file."""

    def __init__(
        self,
        view: View,
        gate: Gate,
        threads: Threads,
        store: FileStore,
        reading: FileReading,
        opening: TaskOpening,
        limit: int,
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._store = store
        self._reading = reading
        self._opening = opening
        self._limit = limit

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """All that is known of it."""
        person = await self._gate.person(req, Right.VIEW)
        way = await self._threads.run(self._way, person, file)
        self._view.show(
            req, resp, "files/file.html", person, section="files", way=way, file=way.file, stages=STAGES,
            entities=tuple(ENTITIES), encodings=ENCODINGS, formats=FORMATS, most_columns=COLUMNS_ANALYSED,
            stream=STREAM, once=uuid.uuid4(), limit=self._limit, **words_of(self._view.speech(req)),
        )  # fmt: skip

    async def on_get_rows(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """Its first rows, as it is read or as it would be."""
        person = await self._gate.person(req, Right.REJECTS)
        found = await self._threads.run(find, self._store, person, file)
        asked = Form({name: [value] for name, value in req.params.items() if isinstance(value, str)})
        self._view.show(
            req, resp, "files/rows.html", person, section="files", file=found,
            **words_of(self._view.speech(req)), **await self._look(person, found, _source(asked, found)),
        )  # fmt: skip

    async def on_post_delete(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """Have nobody find it any more."""
        person = await self._operator(req)
        found = await self._threads.run(find, self._store, person, file)
        await self._threads.run(
            self._store.delete, person.caller.tenant_id, found.file_id,
            file_audit(origin_of(req, person), "delete", found.file_id),
        )  # fmt: skip
        _go(resp, self._view.site.path("/files"))

    async def on_post_analyze(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """Look at it, read as somebody says."""
        person = await self._operator(req)
        form = await read_form(req)
        found = await self._threads.run(find, self._store, person, file)
        source = _source(form, found)
        asked = AnalyzeParameters(file_id=found.file_id, source=source if source != Source() else None)
        await self._threads.run(self._opening.open, origin_of(req, person), ANALYZE, asked)
        _go(resp, self._view.site.path(f"/files/{found.file_id}"))

    async def on_post_map(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, file: str) -> None:
        """Have a mapping proposed, of the file as it was read when somebody looked at it."""
        person = await self._operator(req)
        form = await read_form(req)
        found = await self._threads.run(find, self._store, person, file)
        analysis = analysis_of(found)
        if analysis is None or not analysis.certain:
            raise Refusal("FILE_NOT_LOOKED_AT")
        entity = form.text("entity", LONGEST_FIELD)
        if entity not in ENTITIES:
            raise Refusal("TASK_PARAMETERS", reason="entity", reason_vi="entity")
        asked = MappingParameters(file_id=found.file_id, entity=entity, source=analysis.source)  # type: ignore[arg-type]
        await self._threads.run(self._opening.open, origin_of(req, person), MAPPING, asked)
        _go(resp, self._view.site.path(f"/files/{found.file_id}"))

    async def _look(self, person: Person, found: StoredFile, source: Source) -> dict[str, object]:
        """The rows, or why there are none."""
        try:
            look = await self._threads.run(self._reading.look, person.caller.tenant_id, found.file_id, source)
        except Refusal as refusal:
            return {"look": None, "refusal": refusal}
        return {"look": look, "refusal": None}

    async def _operator(self, req: falcon.asgi.Request) -> Person:
        self._gate.require_own(req)
        return await self._gate.person(req, Right.INGEST)

    def _way(self, person: Person, text: str) -> Way:
        return self._reading.way(person.caller.tenant_id, find(self._store, person, text))


def _source(form: Form, file: StoredFile) -> Source:
    """How a file is read: as it was looked at, but for what a form says. Raises Refusal."""
    known = analysis_of(file)
    encoding, delimiter = form.text("encoding", LONGEST_FIELD), form.raw("delimiter")
    row, sheet = form.text("header_row", LONGEST_FIELD), form.raw("sheet")
    delimiter = {"tab": "\t", "space": " "}.get(delimiter, delimiter)
    bad_row = row and not (row.isascii() and row.isdigit() and len(row) < 5 and int(row))  # noqa: PLR2004
    if (encoding and not is_readable(encoding)) or len(delimiter) > 1 or bad_row or len(sheet) > LONGEST_FIELD:
        raise Refusal("SOURCE_UNFIT")
    start = known.source if known else Source()
    return source_with(start, encoding=encoding, delimiter=delimiter, header_row=int(row) if row else None, sheet=sheet)


def _go(resp: falcon.asgi.Response, path: str) -> None:
    resp.status = falcon.HTTP_303
    resp.location = path
