"""/jobs: the list of jobs."""

import asyncio
import re
import uuid

import falcon
import falcon.asgi

from libs.contracts.filters import JobFilter
from libs.contracts.jobs import Before
from libs.lookup import page_tokens
from libs.lookup.counting import MOST, JobCounter
from libs.lookup.pages import JobPages, Page
from services.console.http.threads import Threads
from services.console.pages.jobs.acting import MOST_CHOSEN
from services.console.pages.jobs.filters import CHOICES, search_of
from services.console.pages.now import STREAM
from services.console.pages.view import TOLD_COOKIE, View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right

PAGE = 50
assert PAGE <= MOST_CHOSEN
_TOLD = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")


class JobListResource:
    """Pages of jobs, newest first."""

    def __init__(self, view: View, gate: Gate, threads: Threads, pages: JobPages, counter: JobCounter) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._pages = pages
        self._counter = counter

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """A page. What was typed becomes an address that can be kept and sent."""
        person = await self._gate.person(req, Right.VIEW)
        search = search_of(req, self._view.speech(req))
        if "find" in req.params and not search.unknown:
            raise falcon.HTTPSeeOther(self._view.site.path(f"/jobs?{search.query()}".rstrip("?")))
        tenant_id = person.caller.tenant_id
        token = req.params.get("page_token")
        before = page_tokens.read_job_token(tenant_id, token)
        wanted = search.job_filter(self._view.speech(req))
        page, count = await asyncio.gather(
            self._threads.run(self._page, tenant_id, wanted, before),
            self._threads.run(self._counter.count, tenant_id, wanted),
        )
        self._view.show(
            req, resp, "jobs.html", person, search=search, jobs=page.jobs, count=count, most=MOST, choices=CHOICES,
            older=page_tokens.after_job(tenant_id, page.after) if page.after else None, first=token is None,
            told=_told(req, resp, self._view), stream=STREAM,
        )  # fmt: skip

    def _page(self, tenant_id: uuid.UUID, wanted: JobFilter, before: Before | None) -> Page:
        return self._pages.page(tenant_id, wanted, before=before, limit=PAGE)


def _told(req: falcon.asgi.Request, resp: falcon.asgi.Response, view: View) -> tuple[int, ...] | None:
    """What came of the last action upon many jobs, which is told once."""
    found = _TOLD.fullmatch("".join(req.get_cookie_values(TOLD_COOKIE) or [])[:20])
    if found is None or req.get_header("HX-Request"):
        return None
    resp.unset_cookie(TOLD_COOKIE, path=view.site.path("/"), same_site="Lax")
    return tuple(map(int, found.groups()))
