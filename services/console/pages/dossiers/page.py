"""/dossiers: what was made of the inventory, reports among it, and forms to have something made."""

import uuid
from typing import Any, get_args

import falcon
import falcon.asgi
import msgspec
from msgspec import Struct

from libs.contracts.files.file import StoredFile
from libs.contracts.filters import JobFilter
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task, TaskKind
from libs.contracts.tasks.types.package import PACKAGE, PackageFormat, PackageName, PackageResult
from libs.contracts.tasks.types.report import REPORT, ReportResult
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
    """One package, or report, as the page shows it."""

    task: Task
    name: str
    result: PackageResult | ReportResult | None
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
            names=get_args(PackageName), formats=get_args(PackageFormat), once=uuid.uuid4(),
            once_more=uuid.uuid4(), most=MISSING_SHOWN,
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
        kind, members = _asked(form)
        try:
            asked = msgspec.convert(members, kind.parameters)
        except msgspec.ValidationError as error:
            fields = ", ".join(members)
            raise Refusal("TASK_PARAMETERS", reason=fields, reason_vi=fields) from error
        self._opening.open(origin, kind, asked, key=f"page/{form.text('once', LONGEST_FIELD)}")

    def _read(self, tenant_id: uuid.UUID) -> list[ShownPackage]:
        newest = self._tasks.tasks(tenant_id, JobFilter(types=(PACKAGE.name, REPORT.name)), before=None, limit=SHOWN)
        tasks = self._tasks.tasks_by_id(tenant_id, [task.id for task in newest])  # with their results
        tasks.sort(key=lambda task: (task.created_at, task.id), reverse=True)
        results = {task.id: _result(task) for task in tasks if task.result}
        kept = self._store.some(tenant_id, [file.file_id for result in results.values() for file in result.files])
        return [ShownPackage(task, _name(task), results.get(task.id), kept) for task in tasks]


def _asked(form: Form) -> tuple[TaskKind, dict[str, Any]]:
    """What is to be made, and the members that say how."""
    name, language = form.text("package", LONGEST_FIELD), form.text("language", LONGEST_FIELD)
    if name == REPORT.name:
        days = {each: form.text(each, LONGEST_FIELD) for each in ("from", "to")}
        return REPORT, {"language": language, **{each: day for each, day in days.items() if day}}
    return PACKAGE, {"package": name, "formats": form.each("format"), "language": language}


def _name(task: Task) -> str:
    return REPORT.name if task.type == REPORT.name else str(task.parameters["package"])


def _result(task: Task) -> PackageResult | ReportResult:
    if task.type == REPORT.name:
        return msgspec.convert(task.result, ReportResult)
    return msgspec.convert(task.result, PackageResult)
