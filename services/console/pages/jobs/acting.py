"""What people do with jobs: cancel and retry, one or several, each with a reason that the audit trail keeps."""

import uuid
from collections import Counter

import falcon
import falcon.asgi
from msgspec import Struct

from libs.contracts.jobs import Job, RetryStrategy
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.intake.options import Origin
from libs.lookup.everything import AnyJobs
from libs.steering.jobs import Steering
from services.console.http.forms import Form, read_form
from services.console.http.threads import Threads
from services.console.pages.job.details import JobDetails, state_of
from services.console.pages.jobs.filters import search_of
from services.console.pages.view import TOLD_COOKIE, View
from services.console.sign_in.gate import Gate, Person
from services.console.sign_in.rights import Right

LONGEST_REASON = 500
MOST_CHOSEN = 200
ACTIONS = ("cancel", "retry")
TOLD_S = 60


class Order(Struct, frozen=True):
    """What somebody asks for."""

    action: str
    strategy: RetryStrategy
    reason: str


class Acting:
    """Carries out what is asked for."""

    def __init__(self, jobs: AnyJobs, steering: Steering) -> None:
        self._jobs = jobs
        self._steering = steering

    def one(self, origin: Origin, job_id: uuid.UUID, order: Order, seen: str) -> None:
        """Act on a job that somebody has seen in this state. Raises Refusal where it is in another."""
        job = self._jobs.find(origin.caller.tenant_id, job_id)
        if job is None:
            raise Refusal("JOB_NOT_FOUND")
        if state_of(job) != seen:
            raise Refusal("PAGE_STALE")
        self._act(job, origin, order)

    def each(self, origin: Origin, job_ids: list[uuid.UUID], order: Order) -> Counter[str]:
        """Act on several: how many are done, skipped since they are in no state for it, and gone."""
        found = {job.id: job for job in self._jobs.find_all(origin.caller.tenant_id, job_ids)}
        return Counter(self._tried(found.get(job_id), origin, order) for job_id in job_ids)

    def _tried(self, job: Job | Task | None, origin: Origin, order: Order) -> str:
        if job is None:
            return "gone"
        try:
            self._act(job, origin, order)
        except Refusal as refusal:
            if refusal.problem.code != "JOB_STATE":
                raise
            return "skipped"
        return "done"

    def _act(self, job: Job | Task, origin: Origin, order: Order) -> None:
        if order.action == "cancel":
            self._steering.cancel(job, origin, order.reason)
        else:
            self._steering.retry(job, origin, order.strategy, order.reason)


class ActResource:
    """/jobs/{id}/cancel and /retry, and /jobs/selected."""

    def __init__(self, view: View, gate: Gate, threads: Threads, acting: Acting, details: JobDetails) -> None:
        self._view = view
        self._gate = gate
        self._threads = threads
        self._acting = acting
        self._details = details

    async def on_post(self, req: falcon.asgi.Request, resp: falcon.asgi.Response, job: str, action: str) -> None:
        """One job, if it is as it was seen; otherwise the page as it is now (412, 409)."""
        person, form = await self._sent(req)
        job_id = _ids([job])[0]
        order = order_of(form, action)
        try:
            await self._threads.run(self._acting.one, origin_of(req, person), job_id, order, form.text("version", 100))
        except Refusal as refusal:
            if refusal.problem.code not in ("PAGE_STALE", "JOB_STATE"):
                raise
            await self._show_again(req, resp, person, job_id, refusal)
            return
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(f"/jobs/{job_id}")

    async def on_post_selected(self, req: falcon.asgi.Request, resp: falcon.asgi.Response) -> None:
        """Several jobs; those that are in no state for it are left alone."""
        person, form = await self._sent(req)
        order = order_of(form, form.text("action", 20))
        job_ids = list(dict.fromkeys(_ids(form.each("job"))))
        if not 0 < len(job_ids) <= MOST_CHOSEN:
            raise Refusal("NOTHING_CHOSEN", limit=MOST_CHOSEN)
        came = await self._threads.run(self._acting.each, origin_of(req, person), job_ids, order)
        told = ".".join(str(came[name]) for name in ("done", "skipped", "gone"))
        resp.set_cookie(
            TOLD_COOKIE, told, path=self._view.site.path("/"), max_age=TOLD_S, http_only=True, same_site="Lax",
            secure=self._view.site.is_secure(req),
        )  # fmt: skip
        resp.status = falcon.HTTP_303
        resp.location = self._view.site.path(f"/jobs?{search_of(req, self._view.speech(req)).query()}")

    async def _sent(self, req: falcon.asgi.Request) -> tuple[Person, Form]:
        self._gate.require_own(req)
        person = await self._gate.person(req, Right.OPERATE)
        return person, await read_form(req)

    async def _show_again(
        self, req: falcon.asgi.Request, resp: falcon.asgi.Response, person: Person, job_id: uuid.UUID, refusal: Refusal
    ) -> None:
        problem, speech = refusal.problem, self._view.speech(req)
        resp.status = problem.status
        complaint = speech.refusal(refusal)
        shown = await self._threads.run(self._details.read, person.caller.tenant_id, str(job_id))
        self._view.show(req, resp, "job.html", person, shown=shown, complaint=complaint, stream=shown.stream)


def order_of(form: Form, action: str) -> Order:
    """What a form asks for. Raises Refusal."""
    if action not in ACTIONS:
        raise Refusal("PAGE_NOT_FOUND")
    reason = form.text("reason", LONGEST_REASON)
    if not reason:
        raise Refusal("REASON_NEEDED")
    return Order(action, "all" if form.text("strategy", 20) == "all" else "transient", reason)


def _ids(texts: list[str]) -> list[uuid.UUID]:
    try:
        return [uuid.UUID(text) for text in texts]
    except ValueError as error:
        raise Refusal("JOB_NOT_FOUND") from error


def origin_of(req: falcon.asgi.Request, person: Person) -> Origin:
    """Who asks for it."""
    return Origin(person.caller, req.context.request_id, req.context.traceparent, "")
