"""What everyone reads of live jobs.

All raise `redis.RedisError` where the server does not answer.
"""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

import redis

from libs.contracts.jobs import Before, Job, JobStatus, Lane
from libs.contracts.queues import LANES
from libs.contracts.system.workers import LanePause
from libs.jobs.keys import Keys
from libs.jobs.live.lanes import Waiting, read_paused, read_waiting
from libs.jobs.live.open_jobs import UnderWay, list_open, sum_open
from libs.jobs.reading import ChunkHead, ChunkState, LiveChunk, parse_job, unpack_job
from libs.jobs.scripts import Scripts
from libs.telemetry.metrics.stores import UNREADABLE

OPEN_STATES = ("available", "running", "deferred")
"""What a chunk is until it is settled."""
ENDS = frozenset(status.encode() for status in JobStatus if status.ended)
"""How jobs have ended, as Redis has it."""
JOBS_AT_ONCE = 100
"""Redis does nothing else meanwhile."""


class LiveJobs:
    """Live jobs in Redis, to be read."""

    def __init__(self, client: redis.Redis, namespace: str) -> None:
        # redis-py types every answer for both of its decodings; ours is bytes.
        self.client: Any = client
        self.keys = Keys(namespace)
        self._scripts = Scripts(client, self.keys.prefix)

    def job(self, tenant_id: uuid.UUID, job_id: uuid.UUID) -> Job | None:
        """One job, or None where Redis does not know it (any more)."""
        fields = self.client.hgetall(self.keys.job(tenant_id, job_id))
        return parse_job({name.decode(): value for name, value in fields.items()}) if fields else None

    def list_open(
        self,
        tenant_id: uuid.UUID,
        *,
        before: Before | None,
        statuses: Sequence[JobStatus],
        entities: Sequence[str],
        limit: int,
    ) -> list[Job]:
        """The newest open jobs of these states and entities, `limit` unless there are no more; no dry runs."""
        return list_open(self._scripts, tenant_id, before=before, statuses=statuses, entities=entities, limit=limit)

    def under_way(self, tenant_id: uuid.UUID) -> UnderWay:
        """How many jobs a tenant has open, and what they have yet to do; no dry runs."""
        return sum_open(self._scripts, tenant_id)

    def paused(self) -> dict[Lane, LanePause]:
        """The lanes that stand still."""
        return read_paused(self.client, self.keys.paused)

    def waiting(self) -> dict[Lane, Waiting]:
        """What is open in each lane, of all tenants together."""
        return read_waiting(self._scripts)

    def jobs_by_id(self, names: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> list[Job]:
        """Those of the jobs, named by tenant and id, that Redis knows; one that cannot be read is left out."""
        packed: list[bytes] = []
        for first in range(0, len(names), JOBS_AT_ONCE):
            some = names[first : first + JOBS_AT_ONCE]
            packed += self._scripts.run("read_jobs", *(str(part) for name in some for part in name))
        jobs = [unpack_job(each) for each in packed if each]
        if unreadable := jobs.count(None):
            UNREADABLE.labels("job").inc(unreadable)
        return [job for job in jobs if job is not None]

    def known_jobs(self, names: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> set[uuid.UUID]:
        """The ids of those jobs, named by tenant and id, that Redis holds, whatever it holds of them."""
        pipe = self.client.pipeline(transaction=False)
        for tenant_id, job_id in names:
            pipe.exists(self.keys.job(tenant_id, job_id))
        return {job_id for (_, job_id), held in zip(names, pipe.execute(), strict=True) if held}

    def ended_jobs(self, names: Sequence[tuple[uuid.UUID, uuid.UUID]]) -> list[tuple[uuid.UUID, uuid.UUID]]:
        """Those of the jobs, named by tenant and id, that have ended."""
        pipe = self.client.pipeline(transaction=False)
        for tenant_id, job_id in names:
            pipe.hget(self.keys.job(tenant_id, job_id), "status")
        return [name for name, status in zip(names, pipe.execute(), strict=True) if status in ENDS]

    def kept_jobs(self, first: int, limit: int) -> list[tuple[uuid.UUID, uuid.UUID]]:
        """Tenant and id of ended jobs that Redis remembers, in the order in which it will forget them."""
        names = self.client.zrange(self.keys.kept, first, first + limit - 1)
        return [(uuid.UUID(tenant), uuid.UUID(job)) for tenant, job in (raw.decode().split("|") for raw in names)]

    def live_chunks(self, job: Job) -> list[LiveChunk]:
        """Each chunk's state, the rejects of ingest while Redis holds them, and its outcome once settled."""
        pipe = self.client.pipeline(transaction=False)
        for number in range(job.chunks.total):
            pipe.hmget(self.keys.chunk(job.tenant_id, job.id, number), "state", "rejects", "outcome", "records")
        return [
            LiveChunk(state == b"settled", rejects or b"", outcome or b"", int(records or 0))
            for state, rejects, outcome, records in pipe.execute()
        ]

    def live_chunk(self, job: Job, number: int) -> LiveChunk:
        """One of them; one that Redis has forgotten is settled."""
        state, rejects, outcome = self.client.hmget(
            self.keys.chunk(job.tenant_id, job.id, number), "state", "rejects", "outcome"
        )
        return LiveChunk(state in (b"settled", None), rejects or b"", outcome or b"")

    def chunk_heads(self, job: Job) -> list[ChunkHead]:
        """Each chunk's state and size; none where Redis has forgotten any."""
        pipe = self.client.pipeline(transaction=False)
        for number in range(job.chunks.total):
            pipe.hmget(self.keys.chunk(job.tenant_id, job.id, number), "state", "records")
        found = pipe.execute()
        if not all(records for _, records in found):
            return []
        return [ChunkHead(state == b"settled", int(records)) for state, records in found]

    def chunk_states(self, job: Job, *, most: int) -> list[ChunkState]:
        """What the first chunks do now; none where Redis has forgotten any."""
        pipe = self.client.pipeline(transaction=False)
        for number in range(min(job.chunks.total, most)):
            pipe.hmget(self.keys.chunk(job.tenant_id, job.id, number), "state", "records", "attempts")
        found = pipe.execute()
        if not all(records for _, records, _ in found):
            return []
        return [ChunkState(state.decode(), int(records), int(attempts or 0)) for state, records, attempts in found]

    def count_open(self, tenant_id: uuid.UUID, statuses: Sequence[JobStatus], entities: Sequence[str]) -> int:
        """How many open jobs of these states and entities there are; no dry runs."""
        pipe = self.client.pipeline(transaction=False)
        for status in statuses:
            for entity in entities:
                pipe.zcard(self.keys.open_list(tenant_id, status, entity))
        return sum(pipe.execute())

    def open_chunks(self) -> dict[tuple[Lane, str], int]:
        """By lane and state (see `OPEN_STATES`): chunks of all tenants that are not settled.

        Jobs that were opened before their chunks were counted are not in it, until no job is open any more.
        """
        places = [(lane, state) for lane in LANES for state in OPEN_STATES]
        values = self.client.hmget(self.keys.chunks, [f"{lane}|{state}" for lane, state in places])
        return {place: max(int(value or 0), 0) for place, value in zip(places, values, strict=True)}

    def oldest_open_age_s(self, now: datetime.datetime) -> float:
        """How long ago the oldest job with open chunks was accepted, seconds; 0 where none is open."""
        first = self.client.zrange(self.keys.open, 0, 0, withscores=True)
        return max(0.0, now.timestamp() - first[0][1] / 1000) if first else 0.0
