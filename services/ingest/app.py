"""Wires the ingest service. Everything is made here and handed down; nothing is made at import."""

from importlib.metadata import version

import falcon
from falcon import App
from msgspec import Struct

from libs.broker.factory import LaneBroker, build_broker
from libs.broker.publisher import Publisher
from libs.database.pool import open_pool
from libs.database.reader import JobReader
from libs.jobs.connection import check_durability, connect
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from services.ingest import refusals
from services.ingest.admission import Admission
from services.ingest.auth import TokenVerifier
from services.ingest.body import BodyReader
from services.ingest.intake import Intake
from services.ingest.job_lookup import JobLookup
from services.ingest.middleware import RequestScope
from services.ingest.resources.batches import BatchResource
from services.ingest.resources.jobs import JobResource
from services.ingest.resources.operators import OperatorResource
from services.ingest.settings import IngestSettings
from services.ingest.waiting import JobWaiter


class Service(Struct, frozen=True):
    """The application and what its process needs besides."""

    app: "App[falcon.Request, falcon.Response]"
    operators: OperatorResource
    store: JobStore
    broker: LaneBroker


def create_service(settings: IngestSettings) -> Service:
    """Build the service. Raises DurabilityError, redis.RedisError, ValueError where the surroundings are not fit."""
    client = connect(settings.redis_url)
    waitaof = check_durability(client)
    timing = Timing(window_chunks=settings.window_chunks, grace_ms=settings.grace_ms)
    store = JobStore(client, settings.namespace, timing, waitaof=waitaof, replicas=settings.redis_replicas)
    broker = build_broker(client, settings.namespace)
    publisher = Publisher(broker)
    pool = open_pool(
        settings.database_url, "sluice_reader", name="ingest", size=settings.reader_connections,
        statement_timeout_s=15, timeout_s=3.0,
    )  # fmt: skip
    lookup = JobLookup(store, JobReader(pool))
    bodies = BodyReader(settings)
    batches = BatchResource(
        bodies,
        Admission(store, settings),
        Intake(store, publisher, settings.chunk_records),
        JobWaiter(store),
        lookup,
    )
    jobs = JobResource(store, lookup, publisher)
    operators = OperatorResource(store, settings, version("sluice"))

    app = App(middleware=[RequestScope(TokenVerifier(settings), bodies)])
    app.req_options.auto_parse_qs_csv = False
    app.req_options.keep_blank_qs_values = True
    app.resp_options.secure_cookies_by_default = True
    refusals.install(app)
    _add_routes(app, batches, jobs, operators)
    return Service(app, operators, store, broker)


def _add_routes(
    app: "App[falcon.Request, falcon.Response]", batches: BatchResource, jobs: JobResource, operators: OperatorResource
) -> None:
    batch = "/api/v1/tenants/{tenant_id}/batch/{entity}"
    app.add_route(batch, batches)
    app.add_route(f"{batch}/async", batches, suffix="async")
    app.add_route("/api/v1/jobs", jobs, suffix="list")
    app.add_route("/api/v1/jobs/{job}", jobs)
    for name in ("progress", "errors", "rejects", "cancel", "retry"):
        app.add_route(f"/api/v1/jobs/{{job}}/{name}", jobs, suffix=name)
    app.add_route("/livez", operators, suffix="livez")
    app.add_route("/readyz", operators, suffix="readyz")
    app.add_route("/openapi.json", operators, suffix="openapi")
    app.add_route("/api/v1/limits", operators, suffix="limits")
