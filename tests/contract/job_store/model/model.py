"""What the job store should hold, as plain Python: the ledger decides what a chunk counts, the store only agrees."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from libs.contracts.chunks import ChunkRef
from libs.contracts.jobs import ChunkCounts, JobStatus, NewJob, RecordCounts, end_status
from libs.jobs.costs import chunk_bytes, job_bytes
from libs.jobs.live.live_jobs import OPEN_STATES
from libs.jobs.reading import COUNTERS
from libs.jobs.values import ChunkBlob

OUTCOME = b"what became of it"
"""Of every chunk."""
WHILE_OPEN = 600
"""Bytes of a job that its end sets free."""
State = Literal["todo", "available", "running", "deferred", "settled"]


@dataclass(frozen=True)
class Entry:
    """A chunk in the ledger."""

    generation: int
    counts: RecordCounts
    failure: str


@dataclass
class Chunk:
    """A chunk as the store should hold it; `todo` is available and not handed out."""

    ref: ChunkRef
    blob: ChunkBlob
    state: State = "todo"
    generation: int = 0
    holder: str = ""
    ripe: bool = False
    """Whether the lease has run out, or the time until which the chunk was put off has come."""
    attempts: int = 0
    crashes: int = 0
    failure: str = ""

    def answer_to_start(self) -> str:
        """What `start` should say; `run` for a lease, `lost` for one whose last holder died."""
        match self.state:
            case "settled":
                return "settled"
            case "running":
                return "lost" if self.ripe else "busy"
            case "deferred":
                return "run" if self.ripe else "early"
            case "available":
                return "run"
            case "todo":
                return "early"

    @property
    def stays(self) -> int:
        """Bytes of it that its job holds on to."""
        if self.state != "settled":
            return 0
        retryable = self.failure in ("transient", "permanent")
        return len(OUTCOME) + (len(self.blob.payload) + len(self.blob.rejects) if retryable else 0)

    def reopen(self, generation: int) -> None:
        """A retry takes it up again."""
        self.state, self.generation, self.failure, self.attempts, self.crashes = "todo", generation, "", 0, 0


@dataclass
class ModelJob:
    """A job as the store should hold it."""

    job: NewJob
    chunks: list[Chunk]
    status: JobStatus = JobStatus.PENDING
    generation: int = 0
    cancelling: bool = False

    @property
    def done(self) -> bool:
        return all(chunk.state == "settled" for chunk in self.chunks)

    @property
    def failed(self) -> int:
        return sum(bool(chunk.failure) for chunk in self.chunks)

    @property
    def todo(self) -> list[int]:
        return [chunk.ref.chunk_no for chunk in self.chunks if chunk.state == "todo"]

    @property
    def held(self) -> int:
        """What it counts for beside the chunks that are not settled."""
        return job_bytes(len(self.chunks)) + sum(chunk.stays for chunk in self.chunks)

    def chunk_counts(self) -> ChunkCounts:
        states = Counter(chunk.state for chunk in self.chunks)
        return ChunkCounts(
            total=len(self.chunks), available=states["todo"] + states["available"], running=states["running"],
            deferred=states["deferred"], settled=states["settled"], failed=self.failed,
        )  # fmt: skip


@dataclass
class Model:
    """All jobs, and the ledger: the first write of a chunk in a generation wins."""

    jobs: dict[uuid.UUID, ModelJob] = field(default_factory=dict)
    ledger: dict[tuple[uuid.UUID, int], Entry] = field(default_factory=dict)
    marks: dict[tuple[uuid.UUID, str], tuple[uuid.UUID, str]] = field(default_factory=dict)
    """By tenant and Idempotency-Key: the job and the fingerprint."""
    key_sizes: dict[uuid.UUID, list[int]] = field(default_factory=lambda: defaultdict(list))
    """By tenant: what each of its Idempotency-Keys takes in Redis."""

    def chunk(self, ref: ChunkRef) -> Chunk:
        return self.jobs[ref.job_id].chunks[ref.chunk_no]

    def chunks(self, *states: State) -> list[Chunk]:
        return [chunk for job in self.jobs.values() for chunk in job.chunks if chunk.state in states]

    def hand_out(self, refs: Iterable[ChunkRef]) -> None:
        """The store gave these to a publisher."""
        for ref in refs:
            chunk = self.chunk(ref)
            assert chunk.state == "todo", f"handed out twice: {chunk}"
            chunk.state = "available"

    def write(self, ref: ChunkRef, entry: Entry) -> Entry:
        """One transaction of a writer: it enters the chunk, or finds it entered. Returns what to settle with."""
        known = self.ledger.get((ref.job_id, ref.chunk_no))
        if known and not (known.failure and known.generation < entry.generation):
            return known
        self.ledger[ref.job_id, ref.chunk_no] = entry
        return entry

    def sums(self, known: ModelJob) -> RecordCounts:
        """What the job's counters should be: the ledger's sums over the chunks that are settled."""
        settled = [chunk.ref.chunk_no for chunk in known.chunks if chunk.state == "settled"]
        entries = [self.ledger[known.job.id, number].counts for number in settled]
        sums = {name: sum(getattr(counts, name) for counts in entries) for name in COUNTERS}
        return RecordCounts(total=known.job.total, pending=known.job.total - sum(sums.values()), **sums)

    def end_of(self, known: ModelJob) -> JobStatus:
        return end_status(self.sums(known), chunks_failed=known.failed)

    def backlog(self) -> Counter[str]:
        """What open jobs count for, by "total" and by tenant."""
        sizes: Counter[str] = Counter()
        for known in self.jobs.values():
            if not known.status.ended:
                size = known.held + sum(chunk_bytes(chunk.blob) for chunk in known.chunks if chunk.state != "settled")
                sizes.update({"total": size, str(known.job.tenant_id): size})
        return sizes

    def open_chunks(self) -> Counter[str]:
        """Chunks that are not settled, by "lane|state"."""
        states = {"todo": "available"}
        return Counter(f"{c.ref.lane}|{states.get(c.state, c.state)}" for c in self.chunks("todo", *OPEN_STATES))

    def retained(self, tenant: uuid.UUID) -> int:
        """What is kept of the tenant's ended jobs, and its Idempotency-Keys."""
        ended = [known for known in self.jobs.values() if known.status.ended and known.job.tenant_id == tenant]
        return sum(known.held - WHILE_OPEN for known in ended) + sum(self.key_sizes[tenant])
