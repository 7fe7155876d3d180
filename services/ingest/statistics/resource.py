"""/api/v1/stats and /api/v1/stats/summary."""

import datetime

import falcon
import msgspec

from libs.contracts.inventory.records import ENTITIES
from libs.lookup.statistics import StatisticsLookup
from services.ingest.http.auth import require
from services.ingest.http.parameters import choice, known_parameters, wants_json
from services.ingest.statistics.period import read_period


class StatisticsResource:
    """A tenant's statistics, exact to the moment at which they are asked for."""

    def __init__(self, lookup: StatisticsLookup) -> None:
        self._lookup = lookup

    def on_get(self, req: falcon.Request, resp: falcon.Response) -> None:
        """What has happened, step by step."""
        caller = require(req, "jobs:read")
        wants_json(req)
        known_parameters(req, "from", "to", "step", "entity")
        period = read_period(req, datetime.datetime.now(datetime.UTC))
        entity = choice(req, "entity", tuple(ENTITIES), None)
        found = self._lookup.over_time(caller.tenant_id, period.since, period.until, period.step, entity)
        resp.set_header("Cache-Control", "no-store")
        resp.data = msgspec.json.encode(found)

    def on_get_summary(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Jobs at a glance."""
        caller = require(req, "jobs:read")
        wants_json(req)
        known_parameters(req)
        resp.set_header("Cache-Control", "no-store")
        resp.data = msgspec.json.encode(self._lookup.summary(caller.tenant_id, datetime.datetime.now(datetime.UTC)))


def add_statistics_routes(app: "falcon.App[falcon.Request, falcon.Response]", statistics: StatisticsResource) -> None:
    """Have the application answer for statistics."""
    app.add_route("/api/v1/stats", statistics)
    app.add_route("/api/v1/stats/summary", statistics, suffix="summary")
