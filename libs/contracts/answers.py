"""The bodies of successful answers: what the API encodes and what its OpenAPI description is made from."""

import datetime
import uuid
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

from libs.contracts.chunks import RecordErrorView
from libs.contracts.inventory.records import Entity
from libs.contracts.jobs import WRITE, ChunkCounts, JobStatus, Lane, Mode, RecordCounts


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
    log: str = ""
    errors: str
    rejects: str
    ids: str
    cancel: str
    retry: str


class JobView(Struct, frozen=True, kw_only=True):
    """A job of any type; what says nothing of its type is null."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    type: str = WRITE
    parent_id: uuid.UUID | None = None
    """The job that has opened it."""
    entity: str | None
    status: JobStatus
    status_vi: str
    stage: str | None = None
    """What is being done, of a job that has stages."""
    stage_en: str | None = None
    stage_vi: str | None = None
    mode: Mode | None
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
    error: str | None = None
    """What the code of a job that failed means."""
    error_vi: str | None = None
    parameters: dict[str, Any] | None = None
    """What a job of another type than `write` was asked to do."""
    result: dict[str, Any] | None = None
    """What came of it; not in lists."""
    links: JobLinks


class JobPage(Struct, frozen=True):
    """Jobs, newest first."""

    jobs: list[JobView]
    next_page_token: str | None


class LogLineView(Struct, frozen=True, kw_only=True):
    """One line of a job's story."""

    seq: int
    at: datetime.datetime
    code: str
    message: str
    message_vi: str
    actor: str
    """Who did it: a person, a scanner, or a process of the service."""


class LogPage(Struct, frozen=True):
    """A job's story, in the order of time."""

    lines: list[LogLineView]
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
    type: str = WRITE
    status: JobStatus
    status_vi: str
    stage: str | None = None
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
    max_open_tasks: int
    """Jobs of a tenant of other types than `write` that have not ended."""
    max_schedules: int
    """Of a tenant."""
    max_schedule_grace_seconds: int
    max_small_body_bytes: int
    """Of a body that holds no records, such as one that opens such a job."""
    max_reason_characters: int
    max_errors_in_answer: int
    max_errors_page: int
    max_ids_page: int
    max_statistics_steps: int
    max_inventory_page: int
    max_inventory_looked_at: int
    """Records that a page of the inventory looks at, where no index names those that are meant."""
    max_inventory_words: int
    """Of a search; what stands behind them is one of them."""
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
    max_mappings_page: int
    max_preview_rows: int
    max_preview_bytes: int
    """Of a file, that a preview of a mapping reads."""
    preview_seconds: float
    max_column_operations: int
    max_value_map_entries: int
    max_files_of_job: int
    """Of a job of type `files`."""
    max_sheet_rows: int
    """Of an XLSX file that a transform makes."""
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
