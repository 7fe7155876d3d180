"""/api/v1/workers and /api/v1/lanes: for operators, by scopes of their own."""

import falcon
import msgspec

from libs.contracts.system.workers import LaneList, WorkerList
from libs.lookup.system import SystemLookup
from libs.steering.lanes import LaneAction, LaneSteering, lane_of
from services.ingest.http.auth import origin_of, require
from services.ingest.http.parameters import known_parameters, wants_json
from services.ingest.jobs.reasons import ReasonReader

READ, WRITE = "system:read", "system:write"


class SystemResource:
    """Shows lanes and workers, and pauses and resumes lanes."""

    def __init__(self, steering: LaneSteering, lookup: SystemLookup, reasons: ReasonReader) -> None:
        self._steering = steering
        self._lookup = lookup
        self._reasons = reasons

    def on_get_workers(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Who works, on what and since when."""
        self._show(req, resp)
        resp.data = msgspec.json.encode(WorkerList(self._lookup.workers()))

    def on_get_lanes(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What waits in each lane, and which are paused."""
        self._show(req, resp)
        resp.data = msgspec.json.encode(LaneList(self._lookup.lanes()))

    def on_post_pause(self, req: falcon.Request, resp: falcon.Response, lane: str) -> None:
        """Have a lane stand still: what runs goes on, and nothing more of it begins."""
        self._steer(req, resp, lane, "pause")

    def on_post_resume(self, req: falcon.Request, resp: falcon.Response, lane: str) -> None:
        """Have it go on."""
        self._steer(req, resp, lane, "resume")

    def _show(self, req: falcon.Request, resp: falcon.Response) -> None:
        require(req, READ, WRITE)
        wants_json(req)
        known_parameters(req)
        resp.set_header("Cache-Control", "no-store")

    def _steer(self, req: falcon.Request, resp: falcon.Response, name: str, action: LaneAction) -> None:
        caller = require(req, WRITE)
        wants_json(req)
        known_parameters(req)
        lane = lane_of(name)
        self._steering.steer(origin_of(req, caller), lane, action, self._reasons.read(req))
        resp.set_header("Cache-Control", "no-store")
        resp.data = msgspec.json.encode(self._lookup.lane(lane))


def add_system_routes(app: "falcon.App[falcon.Request, falcon.Response]", system: SystemResource) -> None:
    """Have the application answer for lanes and workers."""
    for name in ("workers", "lanes"):
        app.add_route(f"/api/v1/{name}", system, suffix=name)
    for name in ("pause", "resume"):
        app.add_route(f"/api/v1/lanes/{{lane}}/{name}", system, suffix=name)
