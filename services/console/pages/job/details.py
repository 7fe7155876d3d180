"""All that the page of one job shows, read together."""

import datetime
import hashlib
import uuid
from itertools import chain

from msgspec import Struct

from libs.contracts.answers import LogLineView, ProgressView
from libs.contracts.chunks import RecordErrorView, error_views
from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.views import line_view, progress_view
from libs.database.reader import FaultCount, JobReader
from libs.jobs.store import JobStore
from libs.lookup import page_tokens
from libs.lookup.everything import AnyJobs
from libs.lookup.jobs import JobLookup

CHUNKS_SHOWN = 200
FAULTS_SHOWN = 30
RECORDS_SHOWN = 25
STORY_SHOWN = 200
OUTCOMES = ("created", "updated", "unchanged", "rejected", "failed", "cancelled", "pending")


class ChunkLine(Struct, frozen=True, kw_only=True):
    """A chunk as the page shows it."""

    number: int
    state: str
    records: int
    attempts: int
    error: str = ""
    writer: str = ""
    at: datetime.datetime | None = None


class Details(Struct, frozen=True, kw_only=True):
    """A job with all that is known of it."""

    job: Job | Task
    state: str
    """See `state_of`; an action names it."""
    progress: ProgressView
    story: list[LogLineView]
    chunks: list[ChunkLine]
    faults: list[FaultCount]
    errors: list[list[RecordErrorView]]
    """By record."""
    more: str | None
    """The token of the next page of errors."""

    @property
    def is_batch(self) -> bool:
        """Whether it has chunks and rejects of its own."""
        return isinstance(self.job, Job)

    @property
    def outcomes(self) -> list[tuple[str, int]]:
        """What its total is the sum of."""
        return [(name, getattr(self.job.records, name)) for name in OUTCOMES]

    @property
    def waited_s(self) -> float:
        """From its acceptance to its first attempt, or to now."""
        begun = self.job.started_at or self.job.finished_at or datetime.datetime.now(datetime.UTC)
        return (begun - self.job.created_at).total_seconds()

    @property
    def ran_s(self) -> float | None:
        """From its first attempt to its end, or to now; None before."""
        if self.job.started_at is None:
            return None
        return ((self.job.finished_at or datetime.datetime.now(datetime.UTC)) - self.job.started_at).total_seconds()

    @property
    def last_error(self) -> str | None:
        """A code."""
        return self.job.error if isinstance(self.job, Task) else self.job.last_error

    @property
    def may_cancel(self) -> bool:
        """Whether it is in a state for that."""
        return not self.job.status.ended and not self.job.cancelling

    @property
    def may_retry(self) -> bool:
        """Whether there is anything to be tried again."""
        if isinstance(self.job, Task):
            return self.job.status.ended and self.job.status != "completed"
        return self.job.status.ended and self.job.chunks.failed > 0

    @property
    def stream(self) -> str | None:
        """Where its changes are told; it has none any more once it has ended."""
        return None if self.job.status.ended else f"/api/v1/jobs/{self.job.id}/events"


def state_of(job: Job | Task) -> str:
    """What decides whether an action still means what it meant when its page was made: not how far the job is."""
    again = job.retries if isinstance(job, Task) else job.generation
    return hashlib.sha256(f"{job.status} {job.cancelling} {again}".encode()).hexdigest()[:16]


class JobDetails:
    """Reads them. Raises redis.RedisError, psycopg.Error."""

    def __init__(self, store: JobStore, lookup: JobLookup, jobs: AnyJobs, reader: JobReader) -> None:
        self._store = store
        self._lookup = lookup
        self._jobs = jobs
        self._reader = reader

    def read(self, tenant_id: uuid.UUID, text: str, token: object) -> Details:
        """All of a job; of its errors, the page that a token names. Raises Refusal where there is no such job."""
        job = self._find(tenant_id, text)
        is_batch = isinstance(job, Job)
        errors, more = self._errors(job, token) if isinstance(job, Job) else ([], None)
        return Details(
            job=job,
            state=state_of(job),
            progress=progress_view(job, datetime.datetime.now(datetime.UTC)),
            story=[line_view(line, job.type) for line in self._jobs.story(job, after=-1, limit=STORY_SHOWN)],
            chunks=self._chunks(job) if isinstance(job, Job) else [],
            faults=self._reader.fault_counts(tenant_id, job.id, limit=FAULTS_SHOWN) if is_batch else [],
            errors=errors,
            more=more,
        )

    def _find(self, tenant_id: uuid.UUID, text: str) -> Job | Task:
        try:
            found = self._jobs.find(tenant_id, uuid.UUID(text))
        except ValueError as error:
            raise Refusal("JOB_NOT_FOUND") from error
        if found is None:
            raise Refusal("JOB_NOT_FOUND")
        return found

    def _chunks(self, job: Job) -> list[ChunkLine]:
        """Redis is ahead while a job lives; the ledger knows who has written what, and when."""
        stored = {each.chunk_no: each for each in self._reader.chunks(job.tenant_id, job.id, limit=CHUNKS_SHOWN)}
        live = self._store.chunk_states(job, most=CHUNKS_SHOWN)
        lines = []
        for number in range(min(job.chunks.total, CHUNKS_SHOWN)):
            state = live[number].state if number < len(live) else "settled"
            if state == "settled" and (known := stored.get(number)):
                lines.append(
                    ChunkLine(
                        number=number, state=known.state, records=known.records, attempts=known.attempts,
                        error=known.error, writer=known.writer, at=known.written_at,
                    )
                )  # fmt: skip
            elif number < len(live):
                lines.append(
                    ChunkLine(number=number, state=state, records=live[number].records, attempts=live[number].attempts)
                )
        return lines

    def _errors(self, job: Job, token: object) -> tuple[list[list[RecordErrorView]], str | None]:
        last = page_tokens.read_index_token(job.id, token)
        rejects = chain.from_iterable(self._lookup.reject_pages(job, after=last, raw=False))
        found: list[list[RecordErrorView]] = []
        for reject in rejects:
            if len(found) == RECORDS_SHOWN:
                return found, page_tokens.after_index(job.id, last)
            found.append(error_views(reject))
            last = reject.index
        return found, None
