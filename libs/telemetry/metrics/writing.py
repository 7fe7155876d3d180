"""Chunks on their way into PostgreSQL."""

from prometheus_client import Counter, Gauge, Histogram

from libs.contracts.inventory.records import ENTITIES
from libs.contracts.jobs import JobStatus
from libs.contracts.queues import LANES
from libs.telemetry.metrics.known import SECONDS, known

TABLES = [table for entity in ENTITIES.values() for table in (entity.table, *(link.table for link in entity.links))]
CHUNK_SECONDS = Histogram(
    "sluice_chunk_seconds", "From a chunk's lease to its settlement.", ("entity", "result"), buckets=SECONDS
)
COMMIT_SECONDS = Histogram(
    "sluice_commit_seconds", "From a job's acceptance to a chunk of it committed; not of retries that were asked for.",
    ("lane",), buckets=(*SECONDS, 120, 300, 900),
)  # fmt: skip
RECORDS = Counter(
    "sluice_records_total", "Records by outcome, counted when their chunk settles.", ("entity", "outcome")
)
COPY_ROWS = Counter("sluice_copy_rows_total", "Rows sent to a table, by COPY or as arrays.", ("table",))
COPY_BYTES = Counter("sluice_copy_bytes_total", "Bytes of these rows; of links, their targets alone.", ("table",))
DELIVERIES = Counter("sluice_deliveries_total", "Chunk messages by what start_chunk answered.", ("answer",))
REPEATS = Counter("sluice_ledger_repeats_total", "Chunks that the ledger held already when they were delivered.")
RETRIES = Counter("sluice_chunk_retries_total", "Chunks put off after an error, by kind of error.", ("kind",))
LEASES_LOST = Counter("sluice_leases_lost_total", "Chunks taken over from a writer that died or stalled.")
SWEEPS = Counter("sluice_sweeps_total", "Runs of the sweeper.")
SWEPT = Counter("sluice_swept_chunks_total", "Overdue chunks published again by the sweeper.")
BISECTED = Counter("sluice_bisected_chunks_total", "Chunks that PostgreSQL refused and that were bisected.")
JOBS_ENDED = Counter("sluice_jobs_ended_total", "Jobs by the state in which they ended.", ("status",))
JOBS_LOST = Counter("sluice_jobs_lost_total", "Jobs ended because Redis had lost them.")
AUDIT_ASIDE = Counter("sluice_audit_aside_total", "Audit entries that cannot be stored, kept in ingest.audit_aside.")
THREADS = Gauge("sluice_writer_threads", "Writer threads there are.")
BUSY_THREADS = Gauge("sluice_writer_busy_threads", "Writer threads at work on a chunk.")

known(CHUNK_SECONDS, ENTITIES, ("settled", "deferred", "failed", "lease_lost"))
known(COMMIT_SECONDS, LANES)
known(COPY_ROWS, TABLES)
known(COPY_BYTES, TABLES)
known(RECORDS, ENTITIES, ("created", "updated", "unchanged", "rejected", "failed", "cancelled"))
known(DELIVERIES, ("run", "gone", "settled", "busy", "early", "paused"))
known(JOBS_ENDED, [status for status in JobStatus if status.ended])
