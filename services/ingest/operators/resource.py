"""/livez, /readyz, /openapi.json and /api/v1/limits."""

import falcon
import msgspec
import redis

from libs.contracts.answers import EntityLimit, Limits
from libs.contracts.chunks import MOST_FAULTS
from libs.contracts.inventory.members import MAX_EXTERNAL_ID, MAX_LIST, MAX_NAME, MAX_TEXT
from libs.contracts.inventory.normal_form import LONGEST_RUN
from libs.contracts.inventory.records import ENTITIES
from libs.contracts.refusals import Refusal
from libs.contracts.tasks.schedules import LONGEST_GRACE_S, MOST_SCHEDULES
from libs.contracts.tasks.types.files import MOST_FILES
from libs.contracts.tasks.types.transform import MOST_SHEET_ROWS
from libs.database.inventory.statements import MOST_LOOKED_AT
from libs.database.inventory.words import MOST_WORDS
from libs.files.decompression import ZSTD_WINDOW
from libs.files.mapping.checking import MOST_OPERATIONS
from libs.files.mapping.checking_operations import MOST_VALUES
from libs.identity.tokens import LONGEST_TOKEN
from libs.intake.admission import Admission
from libs.intake.validation.batch import MOST_ERRORS
from libs.intake.validation.large_records import LARGE_RECORD
from libs.jobs import costs
from libs.jobs.accepting import IDEMPOTENCY_TTL_S
from libs.jobs.server.refusals import refusal_of
from libs.jobs.store import JobStore
from libs.steering import looking
from libs.steering.opening import MOST_OPEN_TASKS
from libs.telemetry.prompt import Prompt
from libs.uploads.announcing import LONGEST_METADATA
from libs.uploads.names import LONGEST_NAME
from libs.uploads.receiving import MOST_PARTS
from services.ingest.files.resource import LARGEST_PAGE as FILES_PAGE
from services.ingest.http.headers import DEFAULT_WAIT_S, LONGEST_KEY, LONGEST_WAIT_S
from services.ingest.http.json_body import MOST_BYTES
from services.ingest.http.parameters import wants_json
from services.ingest.http.server.connection import LONGEST_HEAD
from services.ingest.inventory.resource import LARGEST_PAGE as RECORDS_PAGE
from services.ingest.jobs.id_formats import IDS_PAGE
from services.ingest.jobs.reasons import LONGEST_REASON
from services.ingest.jobs.records import ERRORS_PAGE
from services.ingest.jobs.resource import LARGEST_PAGE
from services.ingest.mappings import resource
from services.ingest.openapi.document import description
from services.ingest.settings import IngestSettings
from services.ingest.statistics.period import MOST_STEPS


class OperatorResource:
    """What operators and tools ask; none of it needs a token."""

    def __init__(self, store: JobStore, admission: Admission, settings: IngestSettings, version: str) -> None:
        self._store = store
        self._admission = admission
        self._version = version
        self._limits = msgspec.json.encode(_limits(settings))
        self._well = Prompt("readyz", self._why_not)
        self.draining = False

    def on_get_livez(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The process runs; touches nothing else."""
        resp.content_type = falcon.MEDIA_TEXT
        resp.data = b"ok\n"

    def on_get_readyz(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Batches can be taken: Redis answers, has room and keeps what it confirms, and the process is not draining."""
        if self.draining:
            raise Refusal("DRAINING")
        told = self._well.read()
        if not told.fresh:
            raise Refusal("QUEUE_UNAVAILABLE")
        if told.answer:
            raise told.answer
        resp.content_type = falcon.MEDIA_TEXT
        resp.data = b"ok\n"

    def _why_not(self) -> Refusal | None:
        """Why batches cannot be taken, by what Redis says."""
        try:
            self._store.client.ping()
            self._admission.check_all()
        except redis.RedisError as error:
            return refusal_of(error)
        except Refusal as refusal:
            return refusal
        return None

    def on_get_openapi(self, req: falcon.Request, resp: falcon.Response) -> None:
        """The description of the API."""
        resp.data = description(self._version)

    def on_get_limits(self, req: falcon.Request, resp: falcon.Response) -> None:
        """Every limit that a client can hit."""
        wants_json(req)
        resp.data = self._limits


def _limits(settings: IngestSettings) -> Limits:
    waiting, tenant_waiting = settings.waiting_places
    streams, tenant_streams = settings.stream_places
    uploads, tenant_uploads = settings.upload_places
    downloads, tenant_downloads = settings.download_places
    return Limits(
        entities={name: EntityLimit(entity.member, entity.max_records) for name, entity in ENTITIES.items()},
        max_body_bytes=settings.max_body_bytes,
        max_wait_seconds=LONGEST_WAIT_S,
        default_wait_seconds=DEFAULT_WAIT_S,
        max_idempotency_key_length=LONGEST_KEY,
        idempotency_hours=IDEMPOTENCY_TTL_S // 3600,
        max_jobs_page=LARGEST_PAGE,
        max_open_tasks=MOST_OPEN_TASKS,
        max_schedules=MOST_SCHEDULES,
        max_schedule_grace_seconds=LONGEST_GRACE_S,
        max_small_body_bytes=MOST_BYTES,
        max_reason_characters=LONGEST_REASON,
        max_errors_in_answer=MOST_ERRORS,
        max_errors_page=ERRORS_PAGE,
        max_ids_page=IDS_PAGE,
        max_statistics_steps=MOST_STEPS,
        max_inventory_page=RECORDS_PAGE,
        max_inventory_looked_at=MOST_LOOKED_AT,
        max_inventory_words=MOST_WORDS,
        max_name_characters=MAX_NAME,
        max_text_characters=MAX_TEXT,
        max_external_id_characters=MAX_EXTERNAL_ID,
        max_list_items=MAX_LIST,
        max_combining_marks=LONGEST_RUN,
        max_errors_of_record=MOST_FAULTS,
        max_kept_record_bytes=LARGE_RECORD,
        max_zstd_window_bytes=ZSTD_WINDOW,
        max_token_bytes=LONGEST_TOKEN,
        body_seconds=settings.body_seconds,
        body_bytes_per_second=settings.body_bytes_per_second,
        answer_grace_seconds=settings.answer_grace_seconds,
        answer_bytes_per_second=settings.answer_bytes_per_second,
        max_head_bytes=LONGEST_HEAD,
        max_waiting_requests=waiting,
        tenant_max_waiting_requests=tenant_waiting,
        max_streams=streams,
        tenant_max_streams=tenant_streams,
        max_uploads=uploads,
        tenant_max_uploads=tenant_uploads,
        max_downloads=downloads,
        tenant_max_downloads=tenant_downloads,
        max_mappings_page=resource.LARGEST_PAGE,
        max_preview_rows=resource.MOST_ROWS,
        max_preview_bytes=looking.MOST_BYTES,
        preview_seconds=looking.LONGEST_S,
        max_column_operations=MOST_OPERATIONS,
        max_value_map_entries=MOST_VALUES,
        max_files_of_job=MOST_FILES,
        max_sheet_rows=MOST_SHEET_ROWS,
        max_file_bytes=settings.files.max_file_bytes,
        max_file_parts=MOST_PARTS,
        max_file_name_characters=LONGEST_NAME,
        max_upload_metadata_bytes=LONGEST_METADATA,
        max_files_page=FILES_PAGE,
        tenant_max_files=settings.files.tenant_max_files,
        tenant_files_max_bytes=settings.files.tenant_files_max_bytes,
        file_hours=settings.files.file_hours,
        upload_hours=settings.files.upload_hours,
        backlog_max_bytes=settings.intake.backlog_max_bytes,
        tenant_backlog_max_bytes=settings.intake.tenant_backlog_max_bytes,
        tenant_retained_max_bytes=settings.intake.tenant_retained_max_bytes,
        job_cost_bytes=costs.JOB_BYTES,
        chunk_cost_bytes=costs.CHUNK_BYTES,
        chunk_records=settings.intake.chunk_records,
        record_cost_bytes=costs.RECORD_BYTES,
        link_cost_bytes=costs.LINK_BYTES,
    )
