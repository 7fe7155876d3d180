"""Every Redis key of Sluice and its type. `{namespace}` is a hash tag: all keys share one slot.

    {ns}:due                                zset    "tenant|job|chunk_no|lane" -> when to publish again, Unix ms
    {ns}:open                               zset    "tenant|job" of jobs that have not ended -> created_at, Unix ms
    {ns}:kept                               zset    "tenant|job" of ended jobs still remembered -> until when, Unix ms
    {ns}:backlog                            hash    "total" or a tenant -> bytes that open jobs count for
    {ns}:chunks                             hash    "lane|state" -> chunks in that state, of all that are not settled
    {ns}:drain                              hash    since_ms, bytes, rate: what is settled, bytes a second
    {ns}:audit                              hash    audit id -> JSON, until a writer has stored it
    {ns}:<tenant>:open:<status>:<entity>    zset    "<created_at, Unix ms, 15 digits>|<job>" -> 0: open jobs, for lists;
                                                    dry runs, and what a task has opened, are not listed
    {ns}:paused                             hash    a lane that is paused -> JSON: since when, by whom, why
    {ns}:lane:<lane>:parked                 set     "tenant|job|chunk_no|lane" of chunks that were out by then
    {ns}:lane:<lane>:held                   set     tenants that have chunks to hand out in a paused lane
    {ns}:workers                            zset    id of a writer or processor -> its last beat, Unix ms
    {ns}:worker:<id>                        string  JSON: what it is and what it does; goes by itself
    {ns}:turn:<what>                        string  who does now what one writer does for all; goes by itself
    {ns}:asked                              string  nothing; written so that replicas are waited for
    {ns}:installation                       string  the id of the installation, which the database holds too
    {ns}:<tenant>:retained                  hash    Unix ms -> bytes of ended jobs and Idempotency-Keys that go then
    {ns}:<tenant>:job:<job>                 hash    the job: options, state, counters
    {ns}:<tenant>:job:<job>:todo            list    chunk numbers not yet handed out
    {ns}:<tenant>:job:<job>:chunk:<n>       hash    the chunk: state, attempts, lease, payload, outcome
    {ns}:<tenant>:idempotency:<route>:<h>   string  "<job id> <fingerprint>", h = SHA-256 of the client's key
    {ns}:<tenant>:lane:<lane>:waiting       list    jobs with chunks to hand out, served in turn
    {ns}:<tenant>:lane:<lane>:short         list    the same, jobs that are one place; "-" where it is the others' turn
    {ns}:<tenant>:lane:<lane>:window        set     chunks handed out and not settled, by their places
    {ns}:console:session:<h>                string  JSON, who has signed in, h = SHA-256 of the session's secret
    {ns}:console:sign-in:<h>                string  JSON, whom a one-time link signs in, h = SHA-256 of its secret
    {ns}:wake                               channel the name of a lane: there is something to fetch; and, where
                                                    somebody waits for it, `now`
    {ns}:<tenant>:events                    channel JSON, one message per change of a job
    {ns}:ended                              channel the id of a job that has ended
    {ns}:console                            channel nothing; keeps the subscription of a console with no watchers

Scripts build these names from the prefix (`lua/prelude.lua`); Python builds the few that it reads itself.
Dramatiq's own keys live under `{ns}:dramatiq`.
"""

import hashlib
import uuid


class Keys:
    """Builds key names below one namespace."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.prefix = f"{{{namespace}}}"
        self.due = f"{self.prefix}:due"
        self.open = f"{self.prefix}:open"
        self.kept = f"{self.prefix}:kept"
        self.backlog = f"{self.prefix}:backlog"
        self.drain = f"{self.prefix}:drain"
        self.chunks = f"{self.prefix}:chunks"
        self.audit = f"{self.prefix}:audit"
        self.installation = f"{self.prefix}:installation"
        self.ended = f"{self.prefix}:ended"
        self.console = f"{self.prefix}:console"
        self.paused = f"{self.prefix}:paused"
        self.workers = f"{self.prefix}:workers"

    def worker(self, worker_id: str) -> str:
        """What a writer or a processor has last said of itself."""
        return f"{self.prefix}:worker:{worker_id}"

    def turn(self, what: str) -> str:
        """Whose turn it is to do what one does for all."""
        return f"{self.prefix}:turn:{what}"

    def open_list(self, tenant_id: uuid.UUID, status: str, entity: str) -> str:
        """The tenant's open jobs of a state and an entity."""
        return f"{self.prefix}:{tenant_id}:open:{status}:{entity}"

    def events(self, tenant_id: uuid.UUID) -> str:
        """The channel on which every change of a job of the tenant is told."""
        return f"{self.prefix}:{tenant_id}:events"

    def retained(self, tenant_id: uuid.UUID) -> str:
        """What is kept of the tenant until it goes by itself."""
        return f"{self.prefix}:{tenant_id}:retained"

    def job(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> str:
        """One job."""
        return f"{self.prefix}:{tenant_id}:job:{job_id}"

    def chunk(self, tenant_id: uuid.UUID, job_id: uuid.UUID, chunk_no: int) -> str:
        """One chunk."""
        return f"{self.job(tenant_id, job_id)}:chunk:{chunk_no}"

    def idempotency(self, tenant_id: uuid.UUID, route: str, key: str) -> str:
        """What an Idempotency-Key stands for; hashed, because clients put anything into it."""
        return f"{self.prefix}:{tenant_id}:idempotency:{route}:{hashlib.sha256(key.encode()).hexdigest()}"

    def session(self, secret_hash: str) -> str:
        """Who has signed in to the console with this secret."""
        return f"{self.prefix}:console:session:{secret_hash}"

    def sign_in(self, secret_hash: str) -> str:
        """Whom the one-time link with this secret signs in."""
        return f"{self.prefix}:console:sign-in:{secret_hash}"
