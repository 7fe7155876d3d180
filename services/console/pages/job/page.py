"""/jobs/{id}: one job."""

import falcon.asgi

from services.console.http.threads import Threads
from services.console.pages.job.details import JobDetails
from services.console.pages.view import View
from services.console.sign_in.gate import Gate
from services.console.sign_in.rights import Right


class JobPageResource:
    """The page of a job."""

    def __init__(self, view: View, gate: Gate, threads: Threads, details: JobDetails) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._details = details

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """All of it; of its errors and its story, the pages that the address names."""
        person = await self._gate.person(req, Right.VIEW)
        tokens = req.params.get("page_token"), req.params.get("story_token")
        shown = await self._threads.run(self._details.read, person.caller.tenant_id, job, *tokens)
        self._view.show(req, resp, "job.html", person, shown=shown, complaint="", stream=shown.stream)
