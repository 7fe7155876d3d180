"""/findings.csv and /findings.xlsx: all that a list shows."""

import uuid
from collections.abc import Iterator
from itertools import chain

import falcon.asgi

from libs.compliance.findings import FindingReader
from libs.contracts.compliance.findings import FindingRow, row_of
from libs.contracts.refusals import Refusal
from libs.lookup.outcomes import error_formats
from libs.lookup.slots import Slots
from services.console.http.threads import Threads
from services.console.pages.findings.search import FindingSearch, search_of
from services.console.pages.job.downloads import WORKBOOKS, XLSX
from services.console.pages.job.workbook import MOST, as_xlsx
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right


class FindingDownloads:
    """What can be taken home."""

    def __init__(self, view: View, gate: Gate, threads: Threads, findings: FindingReader) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._findings = findings
        self._workbooks = Slots(WORKBOOKS, 1)

    async def on_get_csv(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """For a spreadsheet."""
        person = await self._gate.person(req, Right.INVENTORY)
        pages = await self._pages(person.caller.tenant_id, search_of(req))
        await self._send(resp, error_formats.as_csv(pages, kind=FindingRow), "text/csv; charset=utf-8; header=present")

    async def on_get_workbook(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """The same as a workbook."""
        person = await self._gate.person(req, Right.INVENTORY)
        speech = self._view.speech(req)
        pages = await self._pages(person.caller.tenant_id, search_of(req))
        pieces = as_xlsx(pages, FindingRow, speech.t("JOB_XLSX_CUT", n=speech.number(MOST)))
        await self._send(resp, self._in_turn(person.caller.tenant_id, pieces), XLSX)

    async def _pages(self, tenant_id: uuid.UUID, search: FindingSearch) -> Iterator[list[FindingRow]]:
        """The rows, of which the first are read here, so that a store that is away is still a clean 503."""
        pages = ([row_of(each) for each in page] for page in self._findings.each(tenant_id, search.wanted))
        return chain([await self._threads.run(next, pages, [])], pages)

    def _in_turn(self, tenant_id: uuid.UUID, pieces: Iterator[bytes]) -> Iterator[bytes]:
        if not self._workbooks.take(tenant_id):
            raise Refusal("CONSOLE_BUSY")
        try:
            yield from pieces
        finally:
            self._workbooks.give_back(tenant_id)

    async def _send(self, resp: falcon.asgi.Response, pieces: Iterator[bytes], media: str) -> None:
        first = await self._threads.run(next, pieces, b"")
        resp.stream = self._threads.each(filter(None, chain([first], pieces)))
        resp.content_type = media
        resp.downloadable_as = "findings.xlsx" if media == XLSX else "findings.csv"
