"""The addresses of the page."""

from typing import Any

import falcon.asgi
from msgspec import Struct

from libs.steering.lanes import LaneSteering
from libs.steering.schedules import Scheduling
from services.console.http.threads import Threads
from services.console.pages.system.page import SystemResource
from services.console.pages.system.readings import SystemReader
from services.console.pages.system.schedules import ScheduleReader, ScheduleResource
from services.console.pages.view import View
from services.console.sign_in.gate import Gate


class SystemTools(Struct, frozen=True, kw_only=True):
    """What the page reads and steers with."""

    reader: SystemReader
    lanes: LaneSteering
    scheduling: Scheduling


def add_system(app: "falcon.asgi.App[Any, Any]", view: View, gate: Gate, threads: Threads, tools: SystemTools) -> None:
    """Add them."""
    schedules = ScheduleReader(tools.scheduling, threads)
    page = SystemResource(view, gate, threads, tools.reader, schedules, tools.lanes)
    app.add_route("/system", page)
    app.add_route("/system/lanes/{lane}/{action}", page, suffix="lane")
    app.add_route("/system/schedules/{action}", ScheduleResource(view, gate, threads, tools.scheduling))
