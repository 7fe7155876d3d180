"""The addresses of the page."""

from typing import Any

import falcon.asgi

from libs.steering.lanes import LaneSteering
from services.console.http.threads import Threads
from services.console.pages.system.page import SystemResource
from services.console.pages.system.readings import SystemReader
from services.console.pages.view import View
from services.console.sign_in.gate import Gate


def add_system(
    app: "falcon.asgi.App[Any, Any]", view: View, gate: Gate, threads: Threads, reader: SystemReader,
    steering: LaneSteering,
) -> None:  # fmt: skip
    """Add them."""
    page = SystemResource(view, gate, threads, reader, steering)
    app.add_route("/system", page)
    app.add_route("/system/lanes/{lane}/{action}", page, suffix="lane")
