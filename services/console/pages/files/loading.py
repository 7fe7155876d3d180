"""/load: files become records, one or several, by mappings that somebody has approved."""

import uuid
from collections.abc import Sequence
from typing import get_args

import falcon
import falcon.asgi
import msgspec
from msgspec import Struct

from libs.contracts.files.mappings import MappingSummary
from libs.contracts.jobs import Lane, Mode
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.types.files import FILES, MOST_FILES, FilesParameters, LoadItem, TransformItem
from libs.contracts.tasks.types.load import LOAD, LoadParameters
from libs.intake.options import Origin
from libs.steering.opening import TaskOpening
from libs.uploads.files import FileStore
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.files.reading import FileReading
from services.console.pages.files.steps import Way
from services.console.pages.files.uploads import file_id, origin_of
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

LONGEST_FIELD = 100


class Options(Struct, frozen=True):
    """How records are written."""

    mode: Mode
    lane: Lane
    dry_run: bool


class LoadResource:
    """Shows what is about to be loaded, and opens the job."""

    def __init__(
        self, view: View, gate: Gate, threads: Threads, store: FileStore, reading: FileReading, opening: TaskOpening
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._store = store
        self._reading = reading
        self._opening = opening

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The files that are chosen, each with what it can be loaded with."""
        person = await self._gate.person(req, Right.INGEST)
        given = req.params.get("file", [])
        ways = await self._threads.run(self._ways, person, [given] if isinstance(given, str) else given)
        self._view.show(req, resp, "files/load.html", person, section="files", ways=ways, once=uuid.uuid4())

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Open a job for them: a load, or one of several files."""
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.INGEST)
        form = await read_form(req)
        opened = await self._threads.run(self._open, origin_of(req, person), person, form)
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(f"/jobs/{opened}")

    def _ways(self, person: Person, files: Sequence[str]) -> list[Way]:
        chosen = list(dict.fromkeys(map(file_id, files)))
        if not 0 < len(chosen) <= MOST_FILES:
            raise Refusal("FILES_CHOSEN", limit=MOST_FILES)
        found = self._store.some(person.caller.tenant_id, chosen)
        if len(found) < len(chosen):
            raise Refusal("FILE_NOT_FOUND")
        return self._reading.ways(person.caller.tenant_id, [found[each] for each in chosen])

    def _open(self, origin: Origin, person: Person, form: Form) -> uuid.UUID:
        options = _options(form)
        loads = [_load(way, form.text(f"how.{way.file.file_id}", LONGEST_FIELD), options) for way in
                 self._ways(person, form.each("file"))]  # fmt: skip
        key = f"page/{form.text('once', LONGEST_FIELD)}" if form.has("once") else None
        if len(loads) == 1:
            return self._opening.open(origin, LOAD, loads[0], key=key).task_id
        items: list[LoadItem | TransformItem] = [LoadItem(**msgspec.structs.asdict(load)) for load in loads]
        return self._opening.open(origin, FILES, FilesParameters(files=items, lane=options.lane), key=key).task_id


def _options(form: Form) -> Options:
    mode, lane = form.text("mode", LONGEST_FIELD) or "insert", form.text("lane", LONGEST_FIELD) or "normal"
    if mode not in get_args(Mode) or lane not in get_args(Lane):
        raise Refusal("TASK_PARAMETERS", reason="mode, lane", reason_vi="mode, lane")
    return Options(mode, lane, form.has("dry_run"))  # type: ignore[arg-type]


def _load(way: Way, how: str, options: Options) -> LoadParameters:
    """What is asked of one file. Raises Refusal where it cannot be loaded like this."""
    kind, _, name = how.partition(":")
    mapping = _mapping(way, name) if kind == "mapping" else None
    entity = mapping.entity if mapping else name
    if mapping is None and (kind != "own" or name not in way.own):
        raise Refusal("FILE_NOT_MAPPED", name=way.file.name)
    return LoadParameters(
        file_id=way.file.file_id, entity=entity,  # type: ignore[arg-type]
        mapping_id=mapping.mapping_id if mapping else None, mode=options.mode, lane=options.lane,
        dry_run=options.dry_run,
    )  # fmt: skip


def _mapping(way: Way, text: str) -> MappingSummary | None:
    return next((each for each in way.approved if str(each.mapping_id) == text), None)
