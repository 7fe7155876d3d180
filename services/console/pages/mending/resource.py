"""/jobs/{id}/mend: rejected records in a grid: looked at, mended, checked by the rules, and sent again."""

import uuid
from collections.abc import Mapping
from typing import Any

import falcon
import falcon.asgi

from libs.contracts.chunks import Fault
from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.lookup import page_tokens
from libs.lookup.everything import AnyJobs
from libs.mending.rejects import Rejected, RejectedPage, Rejects, require_mendable
from libs.mending.sending import Mended, Sending, faults_of
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.job.errors import LAST_ROW
from services.console.pages.jobs.acting import LONGEST_REASON, origin_of
from services.console.pages.mending.grid import Typed, columns_of, grid, mended_of, typed
from services.console.pages.view import View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

LARGEST_FORM = 2 * 1024 * 1024
MOST_FIELDS = 2_000
TEMPLATE = "mend.html"


class MendResource:
    """One page of a job's rejected records at a time."""

    def __init__(
        self, view: View, gate: Gate, threads: Threads, jobs: AnyJobs, rejects: Rejects, sending: Sending
    ) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._jobs = jobs
        self._rejects = rejects
        self._sending = sending

    async def on_get(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """The records that nobody has sent again yet. Those of a batch that is part of a load are mended there."""
        person = await self._person(req)
        found = await self._threads.run(self._find, person, job)
        after = page_tokens.read_index_token(found.id, req.params.get("page_token"), LAST_ROW)
        page = await self._threads.run(lambda: self._rejects.page(found, after=after))
        self._show(req, resp, person, found, page)

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str) -> None:
        """Check what is to be sent again; if that is asked for and all of it is right, send it."""
        self._gate.require_own(req)
        person = await self._person(req)
        form = await read_form(req, largest=LARGEST_FORM, most_fields=MOST_FIELDS)
        found = await self._threads.run(self._find, person, job)
        what = typed(form)
        rejected = await self._threads.run(self._rejects.these, found, set(what.texts))
        mended = mended_of(found.entity or "", rejected, what)
        faults = await self._threads.run(faults_of, found.entity, mended) if mended.records else {}
        if complaint := self._complaint(form, mended, faults):
            resp.status = falcon.HTTP_200 if complaint in ("MEND_CHECKED", "MEND_FAULTY") else falcon.HTTP_422
            self._show_typed(req, resp, person, found, rejected, what, faults, form, complaint)
            return
        reason = form.text("reason", LONGEST_REASON)
        batch = await self._threads.run(self._sending.send, origin_of(req, person), found, mended, reason)
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(f"/jobs/{batch}")

    async def _person(self, req: falcon.asgi.Request) -> Person:
        """Who sees values of records, and may have them written."""
        await self._gate.person(req, Right.INGEST)
        return await self._gate.person(req, Right.REJECTS)

    def _find(self, person: Person, text: str) -> Job | Task:
        try:
            found = self._jobs.find(person.caller.tenant_id, uuid.UUID(text))
        except ValueError as error:
            raise Refusal("JOB_NOT_FOUND") from error
        if found is None:
            raise Refusal("JOB_NOT_FOUND")
        if isinstance(found, Job) and found.parent_id:
            raise falcon.HTTPSeeOther(self._view.site.path(f"/jobs/{found.parent_id}/mend"))
        require_mendable(found)
        return found

    def _complaint(self, form: Form, mended: Mended, faults: Mapping[int, list[Fault]]) -> str:
        """What there is to say instead of sending."""
        if not mended.records:
            return "MEND_NOTHING"
        if form.text("do", 10) != "send":
            return "MEND_FAULTY" if faults else "MEND_CHECKED"
        if faults:
            return "MEND_STILL_FAULTY"
        return "" if form.text("reason", LONGEST_REASON) else "MEND_WHY"

    def _show(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, person: Person, job: Job | Task, page: RejectedPage
    ) -> None:
        speech = self._view.speech(req)
        columns = columns_of(job.entity or "", page.rows, every="all" in req.params)
        more = None if page.after is None else page_tokens.after_index(job.id, page.after)
        self._view.show(req, resp, TEMPLATE, person, **_shown(job, columns), rows=grid(speech, columns, page.rows),
                        more=more, complaint="", reason="")  # fmt: skip

    def _show_typed(
        self,
        req: falcon.asgi.Request,
        resp: falcon.asgi.Response,
        person: Person,
        job: Job | Task,
        rejected: Mapping[int, Rejected],
        what: Typed,
        faults: Mapping[int, list[Fault]],
        form: Form,
        complaint: str,
    ) -> None:
        speech = self._view.speech(req)
        rows = [rejected[index] for index in what.texts if index in rejected]
        columns = columns_of(job.entity or "", rows, every="all" in req.params)
        self._view.show(
            req, resp, TEMPLATE, person, **_shown(job, columns), rows=grid(speech, columns, rows, what, faults),
            more=None, complaint=complaint, reason=form.text("reason", LONGEST_REASON),
        )  # fmt: skip


def _shown(job: Job | Task, columns: Any) -> dict[str, Any]:
    return {"job": job, "columns": columns, "section": "jobs"}
