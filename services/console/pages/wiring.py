"""The pages of the console, and what each needs."""

from typing import Any

import falcon.asgi
from msgspec import Struct

from libs.database.mendings import MendingStore
from libs.database.reader import JobReader
from libs.database.segments import SegmentRows
from libs.database.statistics.versions import VersionNotes
from libs.identity.tokens import TokenVerifier
from libs.jobs.store import JobStore
from libs.lookup.counting import JobCounter
from libs.lookup.everything import AnyJobs
from libs.lookup.inventory import InventoryLookup
from libs.lookup.jobs import JobLookup
from libs.lookup.pages import JobPages
from libs.lookup.statistics import StatisticsLookup
from libs.lookup.system import SystemLookup
from libs.mending.filling import Filling
from libs.mending.loads.records import LoadRecords
from libs.mending.rejects import Rejects
from libs.mending.sending import Sending
from libs.steering.bulk import BulkCheck
from libs.steering.jobs import Steering
from libs.steering.organisations import OrganisationDesk
from services.console.http.refusals import Show
from services.console.http.site import Site
from services.console.http.threads import Threads
from services.console.pages.assets import Assets
from services.console.pages.dossiers.page import DossiersPage
from services.console.pages.entrance import Entrance
from services.console.pages.files.wiring import FileTools, add_file_pages
from services.console.pages.findings.wiring import FindingTools, add_findings
from services.console.pages.inventory.filling import FillPage
from services.console.pages.inventory.listing import InventoryListPage
from services.console.pages.inventory.record import RecordPage
from services.console.pages.job.details import JobDetails
from services.console.pages.job.downloads import DownloadResource
from services.console.pages.job.errors import ErrorReader
from services.console.pages.job.page import JobPageResource
from services.console.pages.job.parts import Parts
from services.console.pages.jobs.acting import Acting, ActResource
from services.console.pages.jobs.bulk import BulkResource
from services.console.pages.jobs.listing import JobListResource
from services.console.pages.mending.resource import MendResource
from services.console.pages.now import NowResource
from services.console.pages.now_readings import NowReader
from services.console.pages.organisation.page import OrganisationPage
from services.console.pages.preferences import PreferenceResource
from services.console.pages.provided import add_provided, provider_name
from services.console.pages.signing import SignInResource
from services.console.pages.statistics.page import StatisticsPage
from services.console.pages.statistics.readings import StatisticsReader
from services.console.pages.system.wiring import SystemTools, add_system
from services.console.pages.view import View
from services.console.settings import ConsoleSettings
from services.console.sign_in.gate import Gate
from services.console.sign_in.sessions import Links, Sessions


class Desk(Struct, frozen=True, kw_only=True):
    """The tools of the pages."""

    settings: ConsoleSettings
    site: Site
    threads: Threads
    gate: Gate
    sessions: Sessions
    links: Links
    verifier: TokenVerifier
    store: JobStore
    lookup: JobLookup
    jobs: AnyJobs
    pages: JobPages
    counter: JobCounter
    statistics: StatisticsLookup
    versions: VersionNotes
    inventory: InventoryLookup
    findings: FindingTools
    system: SystemLookup
    system_tools: SystemTools
    reader: JobReader
    steering: Steering
    files: FileTools
    bulk: BulkCheck
    segments: SegmentRows
    loads: LoadRecords
    mendings: MendingStore
    sending: Sending
    filling: Filling
    organisations: OrganisationDesk


def add_pages(app: "falcon.asgi.App[Any, Any]", desk: Desk) -> Show:
    """Add the routes of all pages; returns what shows refusals."""
    assets = Assets()
    view = View(
        desk.site, assets, desk.settings.console_language, desk.settings.console_timezone,
        sign_out_url=desk.settings.proxy.proxy_sign_out_url,
    )  # fmt: skip
    gate, threads = desk.gate, desk.threads
    errors = ErrorReader(desk.reader, desk.lookup, desk.loads)
    parts = Parts(desk.jobs, desk.pages, desk.segments, desk.files.tasks)
    details = JobDetails(desk.store, desk.jobs, desk.reader, parts, errors, desk.mendings)
    rejects = Rejects(desk.lookup, desk.loads, desk.mendings)
    acting = Acting(desk.jobs, desk.steering)
    entrance = Entrance(view, threads, desk.sessions, provider_name(desk.settings.oidc))
    signing = SignInResource(entrance, gate, threads, desk.sessions, desk.links, desk.verifier)
    act = ActResource(view, gate, threads, acting, details)
    downloads = DownloadResource(view, gate, threads, desk.jobs, desk.lookup, desk.loads)
    app.add_route("/", NowResource(view, gate, threads, NowReader(desk.pages, desk.statistics, desk.system)))
    app.add_route("/jobs", JobListResource(view, gate, threads, desk.pages, desk.counter))
    app.add_route("/jobs/selected", act, suffix="selected")
    app.add_route("/jobs/bulk", BulkResource(view, gate, threads, desk.bulk, desk.files.opening))
    app.add_route("/jobs/{job}", JobPageResource(view, gate, threads, details))
    app.add_route("/jobs/{job}/{action}", act)
    app.add_route("/jobs/{job}/mend", MendResource(view, gate, threads, desk.jobs, rejects, desk.sending))
    app.add_route("/jobs/{job}/errors.csv", downloads, suffix="errors")
    app.add_route("/jobs/{job}/errors.xlsx", downloads, suffix="workbook")
    app.add_route("/jobs/{job}/rejects", downloads, suffix="rejects")
    app.add_route("/jobs/{job}/rejects.ndjson", downloads, suffix="rejects")
    add_file_pages(app, desk.files, desk.settings, view, gate, threads)
    add_system(app, view, gate, threads, desk.system_tools)
    records = InventoryListPage(view, gate, threads, desk.inventory)
    app.add_route("/inventory", records, suffix="start")
    app.add_route("/inventory/{entity}", records)
    record = "/inventory/{entity}/{record}"
    app.add_route(record, RecordPage(view, gate, threads, desk.inventory, desk.findings.desk.findings, desk.jobs))
    app.add_route(f"{record}/fill", FillPage(view, gate, threads, desk.inventory, desk.filling))
    app.add_route("/organisation", OrganisationPage(view, gate, threads, desk.organisations))
    add_findings(app, view, gate, threads, desk.findings)
    app.add_route(
        "/dossiers", DossiersPage(view, gate, threads, desk.files.tasks, desk.files.store, desk.files.opening)
    )
    over_time = StatisticsReader(desk.statistics, desk.versions)
    app.add_route("/statistics", StatisticsPage(view, gate, threads, over_time))
    app.add_route("/sign-in", signing)
    add_provided(app, entrance, desk.settings)
    app.add_route("/sign-out", signing, suffix="out")
    app.add_route("/session", signing, suffix="session")
    app.add_route("/preferences", PreferenceResource(view, gate))
    app.add_route("/static/{digest}/{name}", assets)
    return view.show_refusal
