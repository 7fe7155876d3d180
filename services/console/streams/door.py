"""Lets a stream begin: who asks for it, and for what."""

import uuid

import falcon.asgi

from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.lookup.everything import AnyJobs
from services.console.http.threads import Threads
from services.console.sign_in.gate import Gate, Person
from services.console.streams.hub import Hub
from services.console.streams.news import Watcher
from services.console.streams.telling import Telling


class Door:
    """What the addresses of streams have in common."""

    def __init__(self, hub: Hub, gate: Gate, jobs: AnyJobs, threads: Threads) -> None:
        self.hub = hub
        self._gate = gate
        self._jobs = jobs
        self._threads = threads

    async def person(self, req: falcon.asgi.Request) -> Person:
        """Who asks. Raises Refusal, also for whatever stands in the query: a token there is in every proxy's logs."""
        if req.query_string:
            raise Refusal("BAD_PARAMETER", name="?", allowed="-")
        return await self._gate.watcher(req)

    async def job(self, person: Person, text: str) -> Job | Task:
        """The job of this id. Raises Refusal, redis.RedisError, psycopg.Error."""
        try:
            job_id = uuid.UUID(text)
        except ValueError as error:
            raise Refusal("JOB_NOT_FOUND") from error
        found = await self._threads.in_turn(self._jobs.find, person.caller.tenant_id, job_id)
        if found is None:
            raise Refusal("JOB_NOT_FOUND")
        return found

    def telling(self, person: Person, job_id: uuid.UUID | None, known: str = "") -> Telling:
        """A stream of one job, or of all."""
        return Telling(self.hub, self._gate, person, Watcher(person.caller.tenant_id, job_id, known))
