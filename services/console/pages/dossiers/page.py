"""/dossiers: what was made of the inventory, and a form to have something made."""

import uuid
from typing import get_args

import falcon
import falcon.asgi
import msgspec
from msgspec import Struct

from libs.contracts.files.file import StoredFile
from libs.contracts.filters import JobFilter
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.package import PACKAGE, PackageFormat, PackageName, PackageParameters, PackageResult
from libs.database.task_reader import TaskReader
from libs.intake.options import Origin
from libs.steering.opening import TaskOpening
from libs.uploads.files import FileStore
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.files.uploads import origin_of
from services.console.pages.now import STREAM
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

SHOWN = 20
MISSING_SHOWN = 50
LONGEST_FIELD = 100


class ShownPackage(Struct, frozen=True):
    """One package as the page shows it."""

    task: Task
    asked: PackageParameters
    result: PackageResult | None
    kept: dict[uuid.UUID, StoredFile]
    """Those of its files that are still there."""


class DossiersPage:
    """Shows them to those who may see the inventory, and has them made for those who may steer jobs."""

    def __init__(
        self, view: View, gate: Gate, threads: Threads, tasks: TaskReader, store: FileStore, opening: TaskOpening
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._tasks = tasks
        self._store = store
        self._opening = opening

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The newest, and the form."""
        person = await self._gate.person(req, Right.INVENTORY)
        packages = await self._threads.run(self._read, person.caller.tenant_id)
        self._view.show(
            req, resp, "dossiers/list.html", person, section="dossiers", packages=packages, stream=STREAM,
            names=get_args(PackageName), formats=get_args(PackageFormat), once=uuid.uuid4(), most=MISSING_SHOWN,
        )  # fmt: skip

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Have one made; sent twice, it is one."""
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.OPERATE)
        form = await read_form(req)
        await self._threads.run(self._open, origin_of(req, person), form)
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path("/dossiers")

    def _open(self, origin: Origin, form: Form) -> None:
        try:
            asked = msgspec.convert(
                {
                    "package": form.text("package", LONGEST_FIELD), "formats": form.each("format"),
                    "language": form.text("language", LONGEST_FIELD),
                },
                PackageParameters,
            )  # fmt: skip
        except msgspec.ValidationError as error:
            raise Refusal("TASK_PARAMETERS", reason="package, formats", reason_vi="package, formats") from error
        self._opening.open(origin, PACKAGE, asked, key=f"page/{form.text('once', LONGEST_FIELD)}")

    def _read(self, tenant_id: uuid.UUID) -> list[ShownPackage]:
        newest = self._tasks.tasks(tenant_id, JobFilter(types=(PACKAGE.name,)), before=None, limit=SHOWN)
        tasks = self._tasks.tasks_by_id(tenant_id, [task.id for task in newest])  # with their results
        tasks.sort(key=lambda task: (task.created_at, task.id), reverse=True)
        results = {task.id: msgspec.convert(task.result, PackageResult) for task in tasks if task.result}
        kept = self._store.some(tenant_id, [file.file_id for result in results.values() for file in result.files])
        return [ShownPackage(task, task.parameters_as(PACKAGE), results.get(task.id), kept) for task in tasks]
