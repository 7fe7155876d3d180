"""/api/v1/schedules. A schedule is the tenant's of the token, or with `system=true` one that concerns no tenant."""

import falcon
import msgspec
from msgspec.structs import replace

from libs.contracts.refusals import Refusal
from libs.contracts.tasks.schedules import Schedule, ScheduleBody, ScheduleList
from libs.contracts.texts import worded
from libs.contracts.views import job_view
from libs.identity.callers import Caller
from libs.lookup.everything import AnyJobs
from libs.steering.schedules import Scheduling, kind_of
from services.ingest.http.auth import origin_of, require
from services.ingest.http.body import BodyReader
from services.ingest.http.json_body import MisfitError, read_json
from services.ingest.http.parameters import choice, known_parameters, wants_json
from services.ingest.jobs.reasons import ReasonReader
from services.ingest.system.resource import READ, WRITE
from services.ingest.tasks.parameters import of_members


class ScheduleResource:
    """Lists, shows, makes, deletes and runs schedules.

    Who looks needs `jobs:read`. Who changes or runs one needs what opening a job of its type takes: a schedule opens
    it on his behalf. Those of the system take system:read and system:write.
    """

    def __init__(self, scheduling: Scheduling, jobs: AnyJobs, bodies: BodyReader, reasons: ReasonReader) -> None:
        self._scheduling = scheduling
        self._jobs = jobs
        self._bodies = bodies
        self._reasons = reasons

    def on_get_list(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The tenant's schedules; with those of the system for whoever may see it."""
        caller = require(req, "jobs:read", READ, WRITE)
        _plain(req)
        own = not caller.scopes.isdisjoint({"jobs:read"})
        found = self._scheduling.all(caller.tenant_id, system=_sees_system(caller))
        _show(resp, ScheduleList([each for each in found if own or each.system]))

    def on_get(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """One of them, and when it ran."""
        system = _of_system(req)
        caller = require(req, READ, WRITE) if system else require(req, "jobs:read")
        _plain(req, "system")
        _show(resp, self._scheduling.story(caller.tenant_id, name, system=system))

    def on_put(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Make it, or have it be another."""
        caller, system = self._writer(req)
        body = self._body(req)
        require(req, kind_of(body.type).scope)
        put = self._scheduling.put(origin_of(req, caller), name, body, system=system)
        if put.made:
            resp.status = falcon.HTTP_201
            resp.set_header("Location", req.path)
        _show(resp, put.schedule)

    def on_delete(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Have it be no more; its jobs stay."""
        caller, system = self._writer(req)
        self._found(req, caller, name, system)
        self._scheduling.drop(origin_of(req, caller), name, system=system)
        resp.status = falcon.HTTP_204

    def on_post_run(self, req: falcon.Request, resp: falcon.Response, name: str) -> None:
        """Open its job now; when it is due next stays as it is."""
        caller, system = self._writer(req)
        schedule = self._found(req, caller, name, system)
        job_id = self._scheduling.act(origin_of(req, caller), schedule, "run", self._reasons.read(req))
        job = self._jobs.find(caller.tenant_id, job_id) if job_id and not system else None
        resp.status = falcon.HTTP_202
        if job:
            shown = job_view(job)
            resp.set_header("Location", shown.links.self)
            resp.data = msgspec.json.encode(shown)
        else:  # of the system, which is no tenant's to read
            resp.data = msgspec.json.encode({"job_id": job_id})

    def _writer(self, req: falcon.Request) -> tuple[Caller, bool]:
        """Who may write, and whether it is about the system. Raises Refusal."""
        system = _of_system(req)
        caller = require(req, WRITE) if system else require(req, "ingest:write", "jobs:write", WRITE)
        _plain(req, "system")
        return caller, system

    def _found(self, req: falcon.Request, caller: Caller, name: str, system: bool) -> Schedule:
        """A schedule that the caller may have run. Raises Refusal."""
        schedule = self._scheduling.story(caller.tenant_id, name, system=system).schedule
        require(req, kind_of(schedule.type).scope)
        return schedule

    def _body(self, req: falcon.Request) -> ScheduleBody:
        try:
            body = read_json(self._bodies, req, ScheduleBody)
        except MisfitError as error:
            reason, reason_vi = worded(error.code)
            members = {"pointer": error.pointer}
            raise Refusal("SCHEDULE_BODY", members=members, reason=reason, reason_vi=reason_vi) from None
        asked = of_members(body.parameters, kind_of(body.type), "/parameters")
        return replace(body, parameters=msgspec.to_builtins(asked))


def _of_system(req: falcon.Request) -> bool:
    return bool(choice(req, "system", ("true", "false"), "false") == "true")


def _sees_system(caller: Caller) -> bool:
    return not caller.scopes.isdisjoint({READ, WRITE})


def _plain(req: falcon.Request, *parameters: str) -> None:
    wants_json(req)
    known_parameters(req, *parameters)


def _show(resp: falcon.Response, shown: msgspec.Struct) -> None:
    resp.set_header("Cache-Control", "no-store")
    resp.data = msgspec.json.encode(shown)


def add_schedule_routes(app: "falcon.App[falcon.Request, falcon.Response]", schedules: ScheduleResource) -> None:
    """Have the application answer for schedules."""
    app.add_route("/api/v1/schedules", schedules, suffix="list")
    app.add_route("/api/v1/schedules/{name}", schedules)
    app.add_route("/api/v1/schedules/{name}/run", schedules, suffix="run")
