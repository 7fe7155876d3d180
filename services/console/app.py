"""Wires the console. Everything is made here and handed down; nothing is made at import."""

from typing import Any

import falcon.asgi
from msgspec import Struct

from libs.boot.installation import Installation
from libs.boot.surroundings import check_at_boot, check_redis
from libs.broker.factory import build_broker
from libs.broker.publisher import Publisher
from libs.compliance.deadlines import Calendar
from libs.compliance.decisions import DecisionStore
from libs.compliance.findings import FindingReader
from libs.compliance.own_rule_store import OwnRuleStore
from libs.contracts.tasks.types.bulk import BULK
from libs.database.inventory.reader import InventoryReader
from libs.database.mappings import MappingStore
from libs.database.mendings import MendingStore
from libs.database.organisations import OrganisationStore
from libs.database.reader import JobReader
from libs.database.segments import SegmentRows
from libs.database.server.pool import open_pool
from libs.database.statistics.reader import StatisticsReader
from libs.database.statistics.versions import VersionNotes
from libs.database.task_reader import TaskReader
from libs.files.storage import open_storage
from libs.identity.tokens import TokenVerifier
from libs.intake.admission import Admission
from libs.intake.opening import Intake
from libs.jobs.events import Events
from libs.jobs.server.connection import check_durability, connect
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from libs.lookup.counting import JobCounter
from libs.lookup.everything import AnyJobs
from libs.lookup.inventory import InventoryLookup
from libs.lookup.jobs import JobLookup
from libs.lookup.pages import JobPages
from libs.lookup.statistics import StatisticsLookup
from libs.lookup.system import SystemLookup
from libs.mending.filling import Filling
from libs.mending.loads.records import LoadRecords
from libs.mending.sending import Sending
from libs.steering.bulk import BulkCheck
from libs.steering.findings import FindingDesk
from libs.steering.jobs import Steering
from libs.steering.lanes import LaneSteering
from libs.steering.opening import TaskOpening
from libs.steering.organisations import OrganisationDesk
from libs.steering.schedules import Scheduling
from libs.tasks.desk import TaskDesk
from libs.tasks.schedules.desk import ScheduleDesk
from libs.telemetry.metrics.requests import CAPACITY
from libs.uploads.files import FileStore
from services.console.http.middleware import RequestScope
from services.console.http.operators import OperatorResource
from services.console.http.refusals import Refusals
from services.console.http.site import Mounted, site_of
from services.console.http.threads import Threads
from services.console.pages.files.wiring import FileTools
from services.console.pages.findings.wiring import FindingTools
from services.console.pages.system.readings import SystemReader
from services.console.pages.system.wiring import SystemTools
from services.console.pages.wiring import Desk, add_pages
from services.console.settings import ConsoleSettings
from services.console.sign_in.gate import Gate
from services.console.sign_in.proxy import Proxy
from services.console.sign_in.sessions import Links, Sessions
from services.console.streams.door import Door
from services.console.streams.events import EventResource
from services.console.streams.hub import Hub
from services.console.streams.reader import LiveReader
from services.console.streams.sockets import SocketResource

MINUTE_S, HOUR_S = 60, 3600


class Console(Struct, frozen=True):
    """The application, and what its process needs besides."""

    app: Mounted
    hub: Hub


class _Lifespan:
    """Begins to listen once there is an event loop."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def process_startup(self, scope: dict[str, Any], event: dict[str, Any]) -> None:
        """Called by the server before the first request."""
        self._hub.start()


def create_app(settings: ConsoleSettings) -> Console:
    """Build the console. Raises DurabilityError, redis.RedisError, ValueError where the surroundings are not fit."""
    check_redis(settings.redis_url, settings.namespace, settings.redis_stated, settings.redis_replicas)
    client = connect(settings.redis_url, namespace=settings.namespace, stated=settings.redis_stated)
    waitaof = check_durability(client, settings.redis_stated)
    check_at_boot(
        settings.database_url, ("sluice_reader", "sluice_tasks"), Installation(client, settings.namespace).compare
    )
    timing = Timing(window_chunks=settings.window_chunks, grace_ms=settings.grace_ms)
    store = JobStore(client, settings.namespace, timing, waitaof=waitaof, replicas=settings.redis_replicas)
    reading = open_pool(
        settings.database_url, "sluice_reader", name="console", size=settings.reader_connections,
        statement_timeout_s=15, timeout_s=3.0,
    )  # fmt: skip
    working = open_pool(
        settings.database_url, "sluice_tasks", name="console-work", size=settings.work_connections,
        statement_timeout_s=15, timeout_s=3.0,
    )  # fmt: skip
    reader, tasks = JobReader(reading), TaskReader(reading)
    lookup = JobLookup(store, reader)
    jobs, pages = AnyJobs(lookup, reader, tasks), JobPages(store, reader, tasks)
    broker = build_broker(client, settings.namespace)
    publisher = Publisher(broker)
    mendings, segments, check = MendingStore(working), SegmentRows(working), BulkCheck(pages)
    intake, admission = Intake(store, publisher, settings.intake.chunk_records), Admission(store, settings.intake)
    task_desk, events = TaskDesk(working), Events(client, settings.namespace)
    steering = Steering(store, task_desk, jobs, publisher, events)
    storage = open_storage(settings.files.files_url, settings.files.files_keys_file)
    files = FileTools(
        FileStore(working, storage, settings.files), MappingStore(working), tasks,
        TaskOpening(task_desk, publisher, events, {BULK.name: check}),
    )  # fmt: skip

    site, threads = site_of(settings.console_url), Threads(settings.console_threads)
    sessions = Sessions(
        client, settings.namespace, idle_s=settings.session_idle_minutes * MINUTE_S,
        longest_s=settings.session_hours * HOUR_S,
    )  # fmt: skip
    verifier = TokenVerifier(settings.tokens)
    proxy = Proxy(settings.proxy, lasts_s=settings.session_idle_minutes * MINUTE_S)
    gate = Gate(sessions, verifier, proxy, threads, site)
    places = settings.live_streams, settings.tenant_live_streams
    CAPACITY.labels("threads").set(settings.console_threads)
    CAPACITY.labels("streams").set(settings.live_streams)
    hub = Hub(settings.redis_url, settings.namespace, LiveReader(jobs, pages), threads, places)

    middleware: list[Any] = [RequestScope(), _Lifespan(hub)]
    app: falcon.asgi.App[Any, Any] = falcon.asgi.App(middleware=middleware)
    app.req_options.auto_parse_qs_csv = False
    app.req_options.keep_blank_qs_values = True
    app.resp_options.secure_cookies_by_default = False  # the site says whether they are
    system = SystemLookup(store, broker)
    desk = Desk(
        settings=settings, site=site, threads=threads, gate=gate, sessions=sessions, verifier=verifier,
        segments=segments, loads=LoadRecords(lookup, segments, files.store, files.mappings),
        mendings=mendings, sending=Sending(intake, admission, mendings), filling=Filling(intake, admission),
        organisations=OrganisationDesk(OrganisationStore(working)),
        links=Links(client, settings.namespace), store=store, lookup=lookup, jobs=jobs, pages=pages, reader=reader,
        steering=steering, bulk=check, counter=JobCounter(store, reader, tasks),
        statistics=StatisticsLookup(store, StatisticsReader(reading), pages), system=system,
        system_tools=SystemTools(
            reader=SystemReader(store, system, reading, settings.ingest_url), lanes=LaneSteering(store),
            scheduling=Scheduling(ScheduleDesk(working), publisher, events),
        ),
        versions=VersionNotes(reading, settings.namespace), inventory=InventoryLookup(InventoryReader(reading), lookup),
        files=files,
        findings=FindingTools(
            desk=FindingDesk(FindingReader(reading), DecisionStore(working), OwnRuleStore(working)),
            calendar=Calendar(reading), opening=files.opening,
        ),
    )  # fmt: skip
    Refusals(add_pages(app, desk)).install(app)
    _add_streams(app, Door(hub, gate, jobs, threads))
    operators = OperatorResource(client, threads, hub)
    app.add_route("/livez", operators, suffix="livez")
    app.add_route("/readyz", operators, suffix="readyz")
    return Console(Mounted(app, site.base), hub)


def _add_streams(app: "falcon.asgi.App[Any, Any]", door: Door) -> None:
    events = EventResource(door)
    app.add_route("/api/v1/jobs/{job}/events", events)
    app.add_route("/api/v1/events", events, suffix="all")
    app.add_route("/api/v1/jobs/{job}/ws", SocketResource(door))
