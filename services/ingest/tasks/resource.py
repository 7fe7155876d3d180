"""POST /api/v1/jobs/{type}: one address a type."""

import falcon
import msgspec

from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import TaskKind
from libs.contracts.tasks.registry import KINDS
from libs.contracts.views import job_view
from libs.lookup.everything import AnyJobs
from services.ingest.http.auth import require
from services.ingest.tasks.opening import TaskOpener


class TypeResource:
    """Opens tasks of one type."""

    def __init__(self, kind: TaskKind, opener: TaskOpener, jobs: AnyJobs) -> None:
        self._kind = kind
        self._opener = opener
        self._jobs = jobs

    def on_post(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Open a task, and answer as soon as it is durable."""
        caller = require(req, self._kind.scope)
        opened = self._opener.take(req, caller, self._kind)
        found = self._jobs.find(caller.tenant_id, opened.task_id)
        if found is None:
            raise Refusal("JOB_NOT_FOUND")
        if opened.replayed:
            resp.set_header("Idempotent-Replayed", "true")
        shown = job_view(found)
        resp.status = falcon.HTTP_202
        resp.set_header("Location", shown.links.self)
        resp.set_header("Retry-After", "1")
        resp.data = msgspec.json.encode(shown)


def add_type_routes(app: "falcon.App[falcon.Request, falcon.Response]", opener: TaskOpener, jobs: AnyJobs) -> None:
    """Give each type its address, beside those of jobs by their ids."""
    for kind in KINDS.values():
        app.add_route(f"/api/v1/jobs/{kind.name}", TypeResource(kind, opener, jobs))
    app.add_sink(unknown_job, r"/api/v1/jobs/[^/]+\Z")


def unknown_job(req: falcon.Request, resp: falcon.Response, **_: object) -> None:
    """Refuse what stands where a job's id or a type belongs and is neither. Raises Refusal."""
    require(req, "jobs:read", "ingest:write", "jobs:write")
    if req.method == "POST":
        raise Refusal("TASK_TYPE_NOT_FOUND", known=", ".join(KINDS))
    raise Refusal("JOB_NOT_FOUND")
