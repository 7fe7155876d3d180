"""Wires the ingest service. Everything is made here and handed down; nothing is made at import."""

from importlib.metadata import version

import falcon
from falcon import App
from msgspec import Struct

from libs.boot.installation import Installation
from libs.boot.surroundings import check_at_boot, check_redis
from libs.broker.factory import LaneBroker, build_broker
from libs.broker.publisher import Publisher
from libs.compliance.deadlines import Calendar
from libs.compliance.decisions import DecisionStore
from libs.compliance.findings import FindingReader
from libs.compliance.own_rule_store import OwnRuleStore
from libs.contracts.tasks.types.bulk import BULK
from libs.database.inventory.reader import InventoryReader
from libs.database.mappings import MappingStore
from libs.database.organisations import OrganisationStore
from libs.database.reader import JobReader
from libs.database.segments import SegmentRows
from libs.database.server.pool import open_pool
from libs.database.statistics.reader import StatisticsReader
from libs.database.task_reader import TaskReader
from libs.files.storage import open_storage
from libs.identity.tokens import TokenVerifier
from libs.intake.admission import Admission
from libs.intake.opening import Intake
from libs.jobs.events import Events
from libs.jobs.server.connection import check_durability, connect
from libs.jobs.store import JobStore
from libs.jobs.values import Timing
from libs.lookup.everything import AnyJobs
from libs.lookup.inventory import InventoryLookup
from libs.lookup.jobs import JobLookup
from libs.lookup.pages import JobPages
from libs.lookup.slots import Slots
from libs.lookup.statistics import StatisticsLookup
from libs.lookup.system import SystemLookup
from libs.lookup.waiting import JobWaiter
from libs.mending.loads.records import LoadRecords
from libs.steering.bulk import BulkCheck
from libs.steering.findings import FindingDesk
from libs.steering.jobs import Steering
from libs.steering.lanes import LaneSteering
from libs.steering.opening import TaskOpening
from libs.steering.organisations import OrganisationDesk
from libs.steering.schedules import Scheduling
from libs.tasks.desk import TaskDesk
from libs.tasks.schedules.desk import ScheduleDesk
from libs.telemetry.metrics.known import known
from libs.telemetry.metrics.requests import REQUESTS
from libs.uploads.files import FileStore
from services.ingest.batches.resource import BatchResource
from services.ingest.files.wiring import add_files
from services.ingest.findings.resource import FindingResource
from services.ingest.findings.rules import DeadlineResource, RuleResource, add_finding_routes
from services.ingest.http import refusals
from services.ingest.http.body import BodyReader
from services.ingest.http.middleware import RequestScope
from services.ingest.http.parameters import IdConverter
from services.ingest.inventory.resource import InventoryResource, add_inventory_routes
from services.ingest.jobs.reasons import ReasonReader
from services.ingest.jobs.records import RecordResource
from services.ingest.jobs.resource import JobResource
from services.ingest.mappings.resource import MappingResource, add_mapping_routes
from services.ingest.operators.resource import OperatorResource
from services.ingest.organisation.resource import OrganisationResource, add_organisation_routes
from services.ingest.schedules.resource import ScheduleResource, add_schedule_routes
from services.ingest.settings import IngestSettings
from services.ingest.statistics.resource import StatisticsResource, add_statistics_routes
from services.ingest.system.resource import SystemResource, add_system_routes
from services.ingest.tasks.opening import TaskOpener
from services.ingest.tasks.resource import add_type_routes


class Service(Struct, frozen=True):
    """The application and what its process needs besides."""

    app: "App[falcon.Request, falcon.Response]"
    operators: OperatorResource
    store: JobStore
    broker: LaneBroker
    settings: IngestSettings
    admission: Admission


def create_service(settings: IngestSettings) -> Service:
    """Build the service. Raises DurabilityError, redis.RedisError, ValueError where the surroundings are not fit."""
    check_redis(settings.redis_url, settings.namespace, settings.redis_stated, settings.redis_replicas)
    client = connect(settings.redis_url, namespace=settings.namespace, stated=settings.redis_stated)
    waitaof = check_durability(client, settings.redis_stated)
    check_at_boot(
        settings.database_url, ("sluice_reader", "sluice_tasks"), Installation(client, settings.namespace).compare
    )
    timing = Timing(window_chunks=settings.window_chunks, grace_ms=settings.grace_ms)
    store = JobStore(client, settings.namespace, timing, waitaof=waitaof, replicas=settings.redis_replicas)
    broker = build_broker(client, settings.namespace)
    publisher = Publisher(broker)
    pool = open_pool(
        settings.database_url, "sluice_reader", name="ingest", size=settings.reader_connections,
        statement_timeout_s=15, timeout_s=3.0,
    )  # fmt: skip
    reader = JobReader(pool)
    lookup = JobLookup(store, reader)
    work = open_pool(
        settings.database_url, "sluice_tasks", name="ingest-work", size=settings.work_connections,
        statement_timeout_s=15, timeout_s=3.0,
    )  # fmt: skip
    bodies = BodyReader(settings)
    admission = Admission(store, settings.intake)
    batches = BatchResource(
        bodies,
        admission,
        Intake(store, publisher, settings.intake.chunk_records),
        JobWaiter(store, Slots(*settings.waiting_places)),
        lookup,
    )
    app = App(middleware=[RequestScope(TokenVerifier(settings.tokens))])
    app.req_options.auto_parse_qs_csv = False
    app.req_options.keep_blank_qs_values = True
    app.resp_options.secure_cookies_by_default = True
    refusals.install(app)
    storage = open_storage(settings.files.files_url, settings.files.files_keys_file)
    store_of_files = FileStore(work, storage, settings.files)
    files = add_files(app, settings, store_of_files, bodies)
    mappings = MappingStore(work)
    add_mapping_routes(app, MappingResource(bodies, mappings, store_of_files))
    tasks, events = TaskReader(pool), Events(client, settings.namespace)
    desk = TaskDesk(work)
    any_jobs = AnyJobs(lookup, reader, tasks)
    pages = JobPages(store, reader, tasks)
    jobs = JobResource(
        any_jobs,
        pages,
        Steering(store, desk, any_jobs, publisher, events),
        ReasonReader(bodies),
    )
    loads = LoadRecords(lookup, SegmentRows(work), store_of_files, mappings)
    opening = TaskOpening(desk, publisher, events, {BULK.name: BulkCheck(pages)})
    add_type_routes(app, TaskOpener(bodies, files, opening), any_jobs)
    records = RecordResource(any_jobs, lookup, loads, Slots(*settings.stream_places))
    findings = FindingDesk(FindingReader(pool), DecisionStore(work), OwnRuleStore(work))
    add_finding_routes(
        app,
        FindingResource(findings, bodies, ReasonReader(bodies), Slots(*settings.stream_places)),
        RuleResource(findings, bodies),
        DeadlineResource(Calendar(pool)),
    )
    add_inventory_routes(app, InventoryResource(InventoryLookup(InventoryReader(pool), lookup), findings.findings))
    add_organisation_routes(app, OrganisationResource(bodies, OrganisationDesk(OrganisationStore(work))))
    add_statistics_routes(app, StatisticsResource(StatisticsLookup(store, StatisticsReader(pool), pages)))
    add_system_routes(app, SystemResource(LaneSteering(store), SystemLookup(store, broker), ReasonReader(bodies)))
    scheduling = Scheduling(ScheduleDesk(work), publisher, events)
    add_schedule_routes(app, ScheduleResource(scheduling, any_jobs, bodies, ReasonReader(bodies)))
    operators = OperatorResource(store, admission, settings, version("sluice"))
    _add_routes(app, batches, jobs, records, operators)
    return Service(app, operators, store, broker, settings, admission)


def _add_routes(
    app: "App[falcon.Request, falcon.Response]",
    batches: BatchResource,
    jobs: JobResource,
    records: RecordResource,
    operators: OperatorResource,
) -> None:
    batch = "/api/v1/tenants/{tenant_id}/batch/{entity}"
    app.add_route(batch, batches)
    app.add_route(f"{batch}/async", batches, suffix="async")
    known(REQUESTS, (batch, f"{batch}/async"), ("POST",), ("201", "202", "429", "500", "503"))
    app.add_route("/api/v1/jobs", jobs, suffix="list")
    app.router_options.converters[IdConverter.NAME] = IdConverter
    one = f"/api/v1/jobs/{{job:{IdConverter.NAME}}}"
    app.add_route(one, jobs)
    for name in ("progress", "log", "cancel", "retry"):
        app.add_route(f"{one}/{name}", jobs, suffix=name)
    for name in ("errors", "rejects", "ids"):
        app.add_route(f"{one}/{name}", records, suffix=name)
    app.add_route("/livez", operators, suffix="livez")
    app.add_route("/readyz", operators, suffix="readyz")
    app.add_route("/openapi.json", operators, suffix="openapi")
    app.add_route("/api/v1/limits", operators, suffix="limits")
