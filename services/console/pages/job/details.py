"""All that the page of one job shows, read together."""

import datetime
import hashlib
import uuid

from msgspec import Struct

from libs.contracts.answers import LogLineView, ProgressView
from libs.contracts.jobs import Job
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.kinds import Task
from libs.contracts.tasks.types.bulk import BULK
from libs.contracts.tasks.types.rules import RULES
from libs.contracts.views import line_view, progress_view
from libs.database.mendings import Mending, MendingStore
from libs.database.reader import JobReader
from libs.jobs.store import JobStore
from libs.lookup import page_tokens
from libs.lookup.everything import AnyJobs
from libs.mending.rejects import require_mendable
from services.console.pages.job.errors import ErrorReader, Errors
from services.console.pages.job.parts import Part, Parts
from services.console.pages.job.results import results
from services.console.pages.jobs.filters import query_of
from services.console.pages.speech import Speech

CHUNKS_SHOWN = 200
STORY_SHOWN = 200
LAST_LINE = (1 << 63) - 1
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
    later: str | None
    """The token of the next page of the story."""
    chunks: list[ChunkLine]
    parts: list[Part]
    errors: Errors | None
    """None of a job that has no records."""
    file: str
    """The name of the file that it is about."""
    mendings: list[Mending]
    mends: Mending | None
    """What it was opened for, of a batch of mended records."""

    @property
    def is_batch(self) -> bool:
        """Whether it has chunks and rejects of its own."""
        return isinstance(self.job, Job)

    @property
    def counts_records(self) -> bool:
        """Whether records go through it: by chunks of its own, or by what it opens."""
        return isinstance(self.job, Job) or self.job.type != RULES.name

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
    def may_mend(self) -> bool:
        """Whether records of it may be mended and sent again."""
        try:
            require_mendable(self.job)
        except Refusal:
            return False
        return self.job.records.rejected > 0

    @property
    def about(self) -> str:
        """The query of the list of jobs that a bulk action is about."""
        if isinstance(self.job, Job) or self.job.type != BULK.name:
            return ""
        return query_of(self.job.parameters["filter"])

    def results(self, speech: Speech) -> list[tuple[str, str]]:
        """What came of a task, each with its name."""
        return results((self.job.result or {}) if isinstance(self.job, Task) else {}, speech)

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

    def __init__(
        self,
        store: JobStore,
        jobs: AnyJobs,
        reader: JobReader,
        parts: Parts,
        errors: ErrorReader,
        mendings: MendingStore,
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._reader = reader
        self._parts = parts
        self._errors = errors
        self._mendings = mendings

    def read(self, tenant_id: uuid.UUID, text: str, token: object = None, story: object = None) -> Details:
        """All of a job; of its errors and its story, the pages that tokens name.

        Raises Refusal where there is no such job.
        """
        job = self.find(tenant_id, text)
        lines, later = self._story(job, story)
        is_task = isinstance(job, Task)
        return Details(
            job=job,
            state=state_of(job),
            progress=progress_view(job, datetime.datetime.now(datetime.UTC)),
            story=lines,
            later=later,
            chunks=self._chunks(job) if isinstance(job, Job) else [],
            parts=self._parts.of(job) if isinstance(job, Task) else [],
            errors=self._errors.page(job, token),
            file=self._parts.file_names([job]).get(job.id, "") if isinstance(job, Task) else "",
            mendings=self._mendings.of_job(tenant_id, job.id),
            mends=None if is_task else self._mendings.as_batch(tenant_id, job.id),
        )

    def find(self, tenant_id: uuid.UUID, text: str) -> Job | Task:
        """One job. Raises Refusal where there is none."""
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

    def _story(self, job: Job | Task, token: object) -> tuple[list[LogLineView], str | None]:
        after = page_tokens.read_index_token(job.id, token, LAST_LINE)
        lines = self._jobs.story(job, after=after, limit=STORY_SHOWN + 1)
        shown = [line_view(line, job.type) for line in lines[:STORY_SHOWN]]
        return shown, page_tokens.after_index(job.id, shown[-1].seq) if len(lines) > STORY_SHOWN else None
