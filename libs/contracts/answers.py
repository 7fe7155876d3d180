"""The bodies of successful answers: what the API encodes and what its OpenAPI description is made from."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.chunks import RecordErrorView
from libs.contracts.jobs import STATUS_VI, ChunkCounts, Job, JobStatus, Lane, Mode, RecordCounts
from libs.contracts.records import Entity
from libs.contracts.texts import worded


class BatchAnswer(Struct, kw_only=True):
    """A batch that was accepted (202). The list of ids is added under the entity's own name."""

    job_id: uuid.UUID
    status: JobStatus
    status_vi: str
    message: str
    message_vi: str
    total_submitted: int
    total_accepted: int
    total_rejected: int
    errors: list[RecordErrorView]
    """The first 100; all of them at `errors_url`."""
    errors_url: str
    job_url: str
    progress_url: str


class BatchResult(BatchAnswer, kw_only=True):
    """A batch that was written (201), or tried out (200)."""

    total_created: int
    total_updated: int
    total_unchanged: int
    total_failed: int
    """Every record that was not written, rejected ones included."""
    duration_seconds: float


def with_ids(answer: BatchAnswer, entity: Entity, ids: Sequence[str | None]) -> dict[str, Any]:
    """The answer with its ids under the entity's name for them."""
    return {**msgspec.structs.asdict(answer), entity.ids_member: ids}


class JobLinks(Struct, frozen=True, kw_only=True):
    """Where to go from a job."""

    self: str
    progress: str
    errors: str
    rejects: str
    ids: str
    cancel: str
    retry: str


class JobView(Struct, frozen=True, kw_only=True):
    """A job."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    entity: str
    status: JobStatus
    status_vi: str
    mode: Mode
    lane: Lane
    dry_run: bool
    created_by: str
    created_at: datetime.datetime
    started_at: datetime.datetime | None
    finished_at: datetime.datetime | None
    updated_at: datetime.datetime
    progress: float
    records: RecordCounts
    chunks: ChunkCounts
    attempts: int
    last_error: str | None
    links: JobLinks


class JobPage(Struct, frozen=True):
    """Jobs, newest first."""

    jobs: list[JobView]
    next_page_token: str | None


class ErrorPage(Struct, frozen=True):
    """Records' errors, by index."""

    errors: list[RecordErrorView]
    next_page_token: str | None


class RecordId(Struct, frozen=True):
    """A record that is in the database, by its place in the request."""

    index: int
    id: str


class IdPage(Struct, frozen=True):
    """Records that are in the database, by index."""

    ids: list[RecordId]
    next_page_token: str | None


class ProgressView(Struct, frozen=True, kw_only=True):
    """How far a job is."""

    job_id: uuid.UUID
    status: JobStatus
    status_vi: str
    progress: float
    message: str
    message_vi: str
    updated_at: datetime.datetime
    records: RecordCounts
    chunks: ChunkCounts
    records_per_second: float
    eta_seconds: float | None


class ProblemView(Struct, frozen=True, kw_only=True):
    """A refused request (RFC 9457)."""

    type: str
    title: str
    title_vi: str
    status: int
    detail: str
    detail_vi: str
    code: str
    request_id: str
    retryable: bool


class EntityLimit(Struct, frozen=True):
    """The limits of one entity."""

    member: str
    max_records: int


class Limits(Struct, frozen=True, kw_only=True):
    """Every limit that a client can hit."""

    entities: dict[str, EntityLimit]
    max_body_bytes: int
    max_wait_seconds: int
    default_wait_seconds: int
    max_idempotency_key_length: int
    idempotency_hours: int
    max_jobs_page: int
    max_errors_in_answer: int
    max_errors_page: int
    max_ids_page: int
    max_name_characters: int
    max_text_characters: int
    max_external_id_characters: int
    max_list_items: int
    max_combining_marks: int
    """In a row, in a text."""
    max_errors_of_record: int
    """Where a record has more, the last one says how many."""
    max_kept_record_bytes: int
    """Of a rejected record; a larger one is not among the rejects."""
    max_zstd_window_bytes: int
    max_token_bytes: int
    body_seconds: int
    body_bytes_per_second: int
    answer_grace_seconds: int
    answer_bytes_per_second: int
    max_head_bytes: int
    max_waiting_requests: int
    tenant_max_waiting_requests: int
    max_streams: int
    tenant_max_streams: int
    max_uploads: int
    """Files that a process receives at once."""
    tenant_max_uploads: int
    max_downloads: int
    tenant_max_downloads: int
    max_file_bytes: int
    max_file_parts: int
    """Pieces of 8 MiB, or what a request left when it ended."""
    max_file_name_characters: int
    max_upload_metadata_bytes: int
    max_files_page: int
    tenant_max_files: int
    tenant_files_max_bytes: int
    """Of an upload under way all that was announced counts."""
    file_hours: int
    """How long a complete file is kept."""
    upload_hours: int
    """How long an upload may rest."""
    backlog_max_bytes: int
    tenant_backlog_max_bytes: int
    tenant_retained_max_bytes: int
    job_cost_bytes: int
    """What a batch counts for: this, and for each of its chunks `chunk_cost_bytes`, and its compressed bytes or what
    its records and links cost, whichever is more."""
    chunk_cost_bytes: int
    chunk_records: int
    record_cost_bytes: int
    link_cost_bytes: int


def job_url(job_id: uuid.UUID) -> str:
    """A job's address."""
    return f"/api/v1/jobs/{job_id}"


def job_view(job: Job) -> JobView:
    """A job as the API shows it."""
    url = job_url(job.id)
    return JobView(
        id=job.id, tenant_id=job.tenant_id, entity=job.entity, status=job.status, status_vi=STATUS_VI[job.status],
        mode=job.mode, lane=job.lane, dry_run=job.dry_run, created_by=job.created_by, created_at=job.created_at,
        started_at=job.started_at, finished_at=job.finished_at, updated_at=job.updated_at, progress=job.progress,
        records=job.records, chunks=job.chunks, attempts=job.attempts, last_error=job.last_error,
        links=JobLinks(
            self=url, progress=f"{url}/progress", errors=f"{url}/errors", rejects=f"{url}/rejects",
            ids=f"{url}/ids", cancel=f"{url}/cancel", retry=f"{url}/retry",
        ),
    )  # fmt: skip


def progress_view(job: Job, now: datetime.datetime) -> ProgressView:
    """How far a job is; the rate is over the whole time since its start."""
    done = job.records.total - job.records.pending
    spent = ((job.finished_at or now) - job.started_at).total_seconds() if job.started_at else 0.0
    rate = done / spent if spent > 0 else 0.0
    message, message_vi = worded("JOB_PROGRESS", done=done, total=job.records.total)
    eta = 0.0 if job.status.ended else round(job.records.pending / rate, 1) if rate else None
    return ProgressView(
        job_id=job.id, status=job.status, status_vi=STATUS_VI[job.status], progress=job.progress,
        message=message, message_vi=message_vi,
        updated_at=job.updated_at, records=job.records, chunks=job.chunks, records_per_second=round(rate, 1),
        eta_seconds=eta,
    )  # fmt: skip
