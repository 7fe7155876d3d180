"""/api/v1/workers and /api/v1/lanes: for operators, by scopes of their own."""

import uuid

import falcon
import msgspec
import structlog

from libs.contracts.queues import LANES
from libs.contracts.refusals import Refusal
from libs.contracts.workers import LaneList, WorkerList
from libs.intake.audit import audit_entry
from libs.intake.options import Origin
from libs.jobs.store import JobStore
from libs.lookup.system import SystemLookup
from services.ingest.http.auth import require
from services.ingest.http.parameters import known_parameters, wants_json
from services.ingest.jobs.reasons import ReasonReader

log = structlog.get_logger()

READ, WRITE = "system:read", "system:write"
NO_JOB = uuid.UUID(int=0)
"""What an entry of the audit trail names where it is about no job."""


class SystemResource:
    """Shows lanes and workers, and pauses and resumes lanes."""

    def __init__(self, store: JobStore, lookup: SystemLookup, reasons: ReasonReader) -> None:
        self._store = store
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
        self._steer(req, resp, lane, "lane.pause")

    def on_post_resume(self, req: falcon.Request, resp: falcon.Response, lane: str) -> None:
        """Have it go on."""
        self._steer(req, resp, lane, "lane.resume")

    def _show(self, req: falcon.Request, resp: falcon.Response) -> None:
        require(req, READ, WRITE)
        wants_json(req)
        known_parameters(req)
        resp.set_header("Cache-Control", "no-store")

    def _steer(self, req: falcon.Request, resp: falcon.Response, lane: str, action: str) -> None:
        caller = require(req, WRITE)
        wants_json(req)
        known_parameters(req)
        if lane not in LANES:
            raise Refusal("LANE_NOT_FOUND", known=", ".join(LANES))
        origin = Origin(caller, req.context.request_id, req.context.traceparent, "")
        entry = audit_entry(origin, action, NO_JOB, f"lane:{lane}", {}, self._reasons.read(req))
        steer = self._store.pause if action == "lane.pause" else self._store.resume
        changed = steer(lane, entry)
        log.info("lane_steered", action=action, lane=lane, changed=changed)
        resp.set_header("Cache-Control", "no-store")
        resp.data = msgspec.json.encode(self._lookup.lane(lane))


def add_system_routes(app: "falcon.App[falcon.Request, falcon.Response]", system: SystemResource) -> None:
    """Have the application answer for lanes and workers."""
    for name in ("workers", "lanes"):
        app.add_route(f"/api/v1/{name}", system, suffix=name)
    for name in ("pause", "resume"):
        app.add_route(f"/api/v1/lanes/{{lane}}/{name}", system, suffix=name)
