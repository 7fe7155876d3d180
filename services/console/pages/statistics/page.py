"""/statistics."""

import datetime

import falcon.asgi

from libs.contracts.inventory.records import ENTITIES
from services.console.http.threads import Threads
from services.console.pages.statistics.readings import JOBS, RECORDS, StatisticsReader, seconds_a_chunk, seconds_a_job
from services.console.pages.statistics.spans import SPANS, span_of
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right


class StatisticsPage:
    """What has happened over time."""

    def __init__(self, view: View, gate: Gate, threads: Threads, reader: StatisticsReader) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._reader = reader

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The span that the address names; a day without one."""
        person = await self._gate.person(req, Right.VIEW)
        span = span_of(req, datetime.datetime.now(datetime.UTC))
        system = Right.WATCH_SYSTEM in person.rights
        tenant_id = person.caller.tenant_id
        shown = await self._threads.run(lambda: self._reader.read(tenant_id, span, system=system))
        self._view.show(
            req, resp, "statistics.html", person, span=span, spans=SPANS, entities=ENTITIES, shown=shown,
            plots=shown.plots(self._view.speech(req)), outcomes=[name for name, *_ in RECORDS],
            ends=[name for name, *_ in JOBS], seconds_a_job=seconds_a_job, seconds_a_chunk=seconds_a_chunk,
        )  # fmt: skip
