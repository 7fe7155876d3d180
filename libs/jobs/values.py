"""What the job store takes and gives."""

import datetime
import uuid

from msgspec import Struct

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import JobStatus, Lane, RecordCounts


class Timing(Struct, frozen=True, kw_only=True):
    """How long things may take, and how much may be out at once."""

    window_chunks: int = 16
    """Places of a tenant's window; a chunk of more than 2,000 records or 16,000 links takes several."""
    grace_ms: int = 3_000
    """How long a published chunk may wait for a writer before it is published again, the first time."""
    longest_grace_ms: int = 15_000
    lease_ms: int = 10_000
    ended_ttl_s: int = 3_600
    """How long Redis remembers an ended job; afterwards PostgreSQL answers."""
    failed_ttl_s: int = 7 * 86_400
    """The same for a job with failed chunks, whose payloads are kept for a retry."""


class ChunkBlob(Struct, frozen=True):
    """A chunk as it is put into the store."""

    records: int
    rejected: int
    payload: bytes
    rejects: bytes
    links: int = 0
    """Ids in the lists of its accepted records: each becomes a row, whatever its bytes shrink to."""


class Idempotency(Struct, frozen=True):
    """A client's Idempotency-Key on one route, and what its request was."""

    route: str
    key: str
    fingerprint: str


class Opened(Struct, frozen=True):
    """The job is durable. `refs` are the caller's to publish, unless they are `published`."""

    refs: list[ChunkRef]
    published: bool = False


class Replay(Struct, frozen=True):
    """The same request has come before, as this job."""

    job_id: uuid.UUID


class Mismatch(Struct, frozen=True):
    """The Idempotency-Key stands for another request."""


class JobEnd(Struct, frozen=True):
    """How a job ends, as the ledger has it."""

    status: JobStatus
    counts: RecordCounts
    finished_at: datetime.datetime


class Settled(Struct, frozen=True):
    """`first`: this call counted the chunk. `finished`: no chunk is open, and the job is to be ended.

    `closed`: it has been ended with this call. `refs` are the caller's to publish.
    """

    first: bool
    finished: bool
    refs: list[ChunkRef]
    closed: bool = False


class Changed(Struct, frozen=True):
    """The answer to cancel and retry: what happened, the job's state, and what to publish."""

    result: str
    status: JobStatus | None
    refs: list[ChunkRef]


class Load(Struct, frozen=True):
    """How much the store holds of all tenants together, bytes as `costs` counts them."""

    waiting: int
    """Of open jobs."""
    rate: int
    """What is settled a second; 0 where unknown."""
    used_memory: int
    max_memory: int
    """0 where the server has no bound."""
    paused: tuple[Lane, ...] = ()
    """Lanes that stand still."""


class Share(Struct, frozen=True):
    """How much the store holds of one tenant, bytes as `costs` counts them."""

    waiting: int
    """Of open jobs."""
    retaining: dict[float, int]
    """Of ended jobs, payloads that a retry needs and Idempotency-Keys: by the seconds after which they go, in order."""

    @property
    def retained(self) -> int:
        """All of it."""
        return sum(self.retaining.values())

    def below_after_s(self, limit: int) -> float:
        """Seconds until less than `limit` is retained, if nothing is added."""
        left = self.retained
        for seconds, size in self.retaining.items():
            left -= size
            if left < limit:
                return seconds
        return 0.0
